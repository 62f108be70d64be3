use std::path::PathBuf;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const MINIMAL: [(&str, &str); 3] = [
    ("PORTCULLIS_ISSUER", "https://id.example.org"),
    ("PORTCULLIS_DATABASE_URL", "postgres://portcullis:hunter2@db/portcullis?sslmode=verify-full"),
    ("PORTCULLIS_MASTER_KEY", KEY),
];

fn read(file: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let env = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    Config::from_source(Source::new("here.toml", file.parse().unwrap(), env))
}

fn problems(file: &str, variables: &[(&str, &str)]) -> Vec<String> {
    read(file, &[variables, &MINIMAL].concat()).err().unwrap_or_default()
}

/// A file of this test alone, which goes with the value.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("portcullis-config-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn three_settings_are_enough() {
    let config = read("", &MINIMAL).ok().unwrap();

    assert_eq!(config.issuer.as_str(), "https://id.example.org");
    assert_eq!(config.database_url.expose(), MINIMAL[1].1);
    assert_eq!(config.master_key.expose(), KEY);
    assert_eq!(
        (config.listen, config.operations_listen),
        (([127, 0, 0, 1], 8080).into(), ([127, 0, 0, 1], 9090).into())
    );
    assert_eq!((config.database_max_connections, config.name.as_str()), (16, "Portcullis"));
    assert_eq!((config.refresh_grace, config.log_level), (Duration::seconds(10), LevelFilter::INFO));
    assert_eq!(config.token_issuance, TokenIssuanceRecord::Database);
    assert!(config.trusted_proxies.is_empty() && config.additional_hosts.is_empty());
}

#[test]
fn the_environment_goes_before_the_file() {
    let key = TemporaryFile::new("key", &format!("{KEY}\n"));
    let file = format!(
        r#"
        issuer = "https://file.example.org"
        name = "Institute"
        listen = "0.0.0.0:80"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        additional_hosts = ["id.internal:8443"]
        master_key_file = {:?}
        database = {{ url = "postgresql:///portcullis?host=/run/postgresql", max_connections = 4 }}
        token.refresh_grace = 0
        audit.token_issuance = "log"
        [log]
        level = "warn"
        "#,
        key.0,
    );
    let config = read(
        &file,
        &[
            ("PORTCULLIS_ISSUER", "https://env.example.org"),
            ("PORTCULLIS_DATABASE_MAX_CONNECTIONS", "8"),
            ("PORTCULLIS_TRUSTED_PROXIES", "192.0.2.1, 2001:db8::/32"),
            ("PORTCULLIS_NAME", ""),
        ],
    )
    .ok()
    .unwrap();

    assert_eq!(config.issuer.as_str(), "https://env.example.org");
    assert_eq!((config.database_max_connections, config.name.as_str()), (8, "Institute"));
    assert_eq!(config.trusted_proxies, ["192.0.2.1/32", "2001:db8::/32"].map(|net| net.parse().unwrap()));
    assert_eq!(config.additional_hosts, ["id.internal:8443"]);
    assert_eq!(config.master_key.expose(), KEY);
    assert_eq!((config.refresh_grace, config.log_level), (Duration::ZERO, LevelFilter::WARN));
    assert_eq!(config.token_issuance, TokenIssuanceRecord::Log);
}

#[test]
fn all_problems_come_at_once() {
    let problems = read(
        "isuer = 'x'\ntoken.refresh_grace = 61",
        &[("PORTCULLIS_DATABASE_URL", "mysql://hunter2@db"), ("PORTCULLIS_LISTEN", "localhost")],
    );
    let problems = problems.err().unwrap();
    for (problem, (key, advice)) in problems.iter().zip([
        ("issuer is missing", "PORTCULLIS_ISSUER"),
        ("listen (PORTCULLIS_LISTEN) is \"localhost\"", "127.0.0.1:8080"),
        ("database.url (PORTCULLIS_DATABASE_URL)", "postgres://"),
        ("master_key is missing", "PORTCULLIS_MASTER_KEY_FILE"),
        ("token.refresh_grace (PORTCULLIS_TOKEN_REFRESH_GRACE) is \"61\"", "from 0 to 60"),
        ("isuer", "spelling"),
    ]) {
        assert!(problem.starts_with(key) && problem.contains(advice), "{problem}");
    }
    assert_eq!(problems.len(), 6);
}

#[test]
fn cr_07_a_database_behind_a_network_must_prove_who_it_is() {
    let url = |url| [("PORTCULLIS_DATABASE_URL", url)];
    for remote in [
        "postgres://portcullis:hunter2@db/portcullis",
        "postgres://portcullis:hunter2@db/portcullis?sslmode=require",
        "postgres://portcullis:hunter2@db/portcullis?sslmode=verify-ca",
        "postgres://portcullis:hunter2@192.0.2.1/portcullis?sslmode=prefer",
        "postgres://portcullis:hunter2@[2001:db8::1]/portcullis",
        "postgres://portcullis:hunter2@localhost.example/portcullis",
        "postgres://portcullis:hunter2@localhost/portcullis?host=db",
    ] {
        let found = problems("", &url(remote));
        assert!(found.len() == 1 && found[0].contains("sslmode=verify-full"), "{remote}: {found:?}");
        assert!(problems("database.require_verified_tls = false", &url(remote)).is_empty(), "{remote}");
    }
    let owner = [("PORTCULLIS_DATABASE_OWNER_URL", "postgres://owner:hunter2@db/portcullis")];
    let found = problems("", &owner);
    assert!(
        found.len() == 1 && found[0].starts_with("database.owner_url (PORTCULLIS_DATABASE_OWNER_URL)"),
        "{found:?}"
    );
    assert!(problems("database.require_verified_tls = false", &owner).is_empty());
    let unread = problems("", &url("postgres://portcullis:hunter2@db/portcullis?sslmode=verify"));
    assert!(unread.len() == 1 && unread[0].contains("sslmode") && !unread[0].contains("hunter2"), "{unread:?}");
    for near in [
        "postgres://portcullis:hunter2@localhost/portcullis",
        "postgres://portcullis:hunter2@127.0.0.1:5433/portcullis",
        "postgres://portcullis:hunter2@[::1]/portcullis",
        "postgresql:///portcullis?host=/run/postgresql",
        "postgresql://portcullis@localhost/portcullis?host=%2Frun%2Fpostgresql",
    ] {
        assert_eq!(problems("", &url(near)), [""; 0], "{near}");
    }
}

#[test]
fn each_bad_value_is_one_problem_that_names_its_key() {
    let cut = TemporaryFile::new("cut", "-----BEGIN CERTIFICATE-----\n");
    for (file, key) in [
        ("listen = '0.0.0.0:8080'", "listen"),
        ("listen = '[::]:8080'", "listen"),
        ("operations.listen = '127.0.0.1:8080'", "listen"),
        ("operations.listen = 9090", "operations.listen"),
        ("database.max_connections = 0", "database.max_connections"),
        ("database.max_connections = 1.5", "database.max_connections"),
        ("trusted_proxies = ['10.0.0.0/33']", "trusted_proxies"),
        ("trusted_proxies = '10.0.0.0/8'", "trusted_proxies"),
        ("trusted_proxies = [1]", "trusted_proxies"),
        ("additional_hosts = ['https://id.internal']", "additional_hosts"),
        ("additional_hosts = ['ID.internal']", "additional_hosts"),
        ("additional_hosts = ['id.internal/']", "additional_hosts"),
        ("name = ' '", "name"),
        ("name = \"a\\nb\"", "name"),
        ("language = 'fr'", "language"),
        ("branding.logo = '/nonexistent.png'", "branding.logo"),
        ("branding.logo = '/dev/null'", "branding.logo"),
        (
            "branding.accent = '#ffdd00'\nbranding.accent_dark = '#6ac6cc'",
            "branding.accent (PORTCULLIS_BRANDING_ACCENT)",
        ),
        ("branding.accent = '#0b5c64'\nbranding.accent_dark = '#0b5c64'", "branding.accent_dark"),
        ("branding.accent = '#0b5c64'", "branding.accent and branding.accent_dark"),
        ("links.privacy = 'http://health.example'", "links.privacy"),
        ("links.support = 'javascript:alert(1)'", "links.support"),
        ("token.refresh_grace = -1", "token.refresh_grace"),
        ("audit.token_issuance = 'none'", "audit.token_issuance"),
        ("client_metadata_documents.allowed_hosts = ['*.example']", "client_metadata_documents.allowed_hosts"),
        (
            "client_metadata_documents.allowed_hosts = ['a.example', 'a.example openid']",
            "client_metadata_documents.allowed_hosts names a.example twice",
        ),
        (
            "client_metadata_documents.allowed_hosts = ['a.example:1', 'a.example']",
            "client_metadata_documents.allowed_hosts names a.example twice",
        ),
        ("client_metadata_documents.allowed_hosts = 'a.example'", "client_metadata_documents.allowed_hosts"),
        ("outbound.allowed_ports = ['0']", "outbound.allowed_ports"),
        ("outbound.allowed_ports = ['https']", "outbound.allowed_ports"),
        ("outbound.ca_file = '/nonexistent.pem'", "outbound.ca_file"),
        ("outbound.ca_file = '/dev/null'", "outbound.ca_file"),
        (&format!("outbound.ca_file = {:?}", cut.0), "outbound.ca_file"),
        ("mail.ca_file = '/dev/null'", "mail.ca_file"),
        ("account.editable_claims = ['given_name', 'shoe_size']", "account.editable_claims"),
        ("account.editable_claims = ['email']", "account.editable_claims"),
        ("account.editable_claims = ['phone_number_verified']", "account.editable_claims"),
        ("account.editable_claims = ['address.country']", "account.editable_claims"),
        ("account.editable_claims = 'name'", "account.editable_claims"),
        ("defence.address_failures = 0", "defence.address_failures"),
        ("defence.denied_networks = ['everybody']", "defence.denied_networks"),
        ("rate_limits.tokens = 0", "rate_limits.tokens"),
        ("redis.url = 'http://cache'", "redis.url"),
        ("log.level = 'loud'", "log.level"),
        ("database = 'postgres://db'", "database"),
        ("log.levle = 'info'", "log.levle"),
        ("passkeys.require_hardware_bound = true", "passkeys.require_hardware_bound"),
    ] {
        let problems = problems(file, &[]);
        assert!(problems.len() == 1 && problems[0].starts_with(key), "{file}: {problems:?}");
    }
}

#[test]
fn users_change_what_the_installation_lets_them() {
    let by_file = |file: &str| read(file, &MINIMAL).ok().unwrap().editable_claims;
    let by_variable = |text| {
        let variable = [("PORTCULLIS_ACCOUNT_EDITABLE_CLAIMS", text)];
        read("account.editable_claims = ['name']", &[&variable, &MINIMAL[..]].concat()).ok().unwrap().editable_claims
    };

    assert_eq!(by_file("").names(), ["name", "given_name", "family_name", "nickname", "locale"]);
    assert_eq!(by_file("account.editable_claims = []").names(), [""; 0]);
    assert_eq!(by_file("[account]\neditable_claims = ['address']").names(), ["address"]);
    assert_eq!(by_variable("phone_number, birthdate").names(), ["phone_number", "birthdate"]);
    assert_eq!(by_variable("none").names(), [""; 0]);
    let refusal = problems("account.editable_claims = ['email_verified']", &[]);
    let said = "account.editable_claims (PORTCULLIS_ACCOUNT_EDITABLE_CLAIMS) is \"email_verified\": users cannot change \
                this claim here; give any of name, ";
    assert!(refusal.len() == 1 && refusal[0].starts_with(said), "{refusal:?}");
}

#[test]
fn hosts_of_documents_come_from_the_file_or_the_environment() {
    const KEY: &str = "PORTCULLIS_CLIENT_METADATA_DOCUMENTS_ALLOWED_HOSTS";
    let both = ["a.example", "b.example openid records:read"].map(|entry| entry.parse::<DocumentHost>().unwrap());
    let file = "client_metadata_documents.allowed_hosts = ['a.example', 'b.example openid records:read']";

    assert_eq!(read(file, &MINIMAL).ok().unwrap().document_hosts, both);
    let text = "a.example, b.example openid records:read";
    let variables = [&MINIMAL[..], &[(KEY, text)]].concat();
    assert_eq!(read("", &variables).ok().unwrap().document_hosts, both);
    let tried_out = |value: &str| TriedOut::read(|name| (name == KEY).then(|| value.to_owned()));
    assert_eq!(tried_out(text).ok().unwrap().document_hosts, both);
    assert!(tried_out("*").err().unwrap()[0].contains("no wildcards"));
}

#[test]
fn the_defence_is_set_as_it_is_named() {
    let file = r#"
        [defence]
        address_failures = 10
        block_failures = 20
        address_connections = 30
        tighten_above = 40
        allowed_networks = ["10.0.0.0/8"]
        denied_networks = ["192.0.2.0/24"]
        [console]
        allowed_networks = ["10.1.0.0/16"]
        [rate_limits]
        pages = 1
        tokens = 2
        questions = 3
        api = 4
        [redis]
        url = "rediss://cache.example"
    "#;
    let config = read(file, &MINIMAL).ok().unwrap();

    let networks = |text: &str| vec![text.parse().unwrap()];
    assert_eq!(
        config.defence,
        Defence {
            address_failures: 10,
            address_connections: 30,
            block_failures: 20,
            tighten_above: 40,
            allowed_networks: networks("10.0.0.0/8"),
            denied_networks: networks("192.0.2.0/24"),
            console_networks: networks("10.1.0.0/16"),
            rates: Rates { pages: 1, tokens: 2, questions: 3, api: 4 },
        }
    );
    assert_eq!(config.redis_url.as_ref().map(SecretText::expose), Some("rediss://cache.example"));
    assert_eq!(read("", &MINIMAL).ok().unwrap().defence, Defence::default());
}

#[test]
fn a_certificate_and_its_key_make_listening_acceptable() {
    let file = TemporaryFile::new("tls", "");
    let path = file.0.to_str().unwrap();
    let both = format!("listen = '0.0.0.0:8443'\ntls.certificate = '{path}'\ntls.key = '{path}'");
    assert_eq!(problems(&both, &[]), [""; 0]);
    let one = problems(&format!("tls.certificate = '{path}'"), &[]);
    assert_eq!(one, ["tls.certificate and tls.key: give both, or none of them"]);
    let missing = problems(&format!("tls.certificate = '{path}'\ntls.key = '/nonexistent'"), &[]);
    assert!(missing[0].contains("tls.key") && missing[0].contains("cannot be read"), "{missing:?}");
}

#[test]
fn clients_show_certificates_where_somebody_asks_for_them() {
    let file = TemporaryFile::new("mtls", "");
    let path = file.0.to_str().unwrap();
    let tls = format!("tls.certificate = '{path}'\ntls.key = '{path}'\n");
    let proxy = "trusted_proxies = ['10.0.0.0/8']\ntls.client_cert_header = true\n";
    let url = |text: &str| {
        let config = read(text, &MINIMAL).unwrap_or_else(|problems| panic!("{problems:?}"));
        config.mutual_tls.url.map(|url| url.as_str().to_owned())
    };
    assert_eq!(url(&tls), None);
    assert_eq!(url(proxy), None, "the issuer itself");
    assert_eq!(url(&format!("{tls}tls.mtls_listen = '[::]:9443'")).as_deref(), Some("https://id.example.org:9443"));
    let named = "tls.mtls_url = 'https://mtls.example.org'";
    for text in [format!("{proxy}{named}"), format!("{tls}tls.mtls_listen = '[::]:0'\n{named}")] {
        assert_eq!(url(&text).as_deref(), Some("https://mtls.example.org"));
    }
    let crl = format!("{proxy}tls.client_ca = '{path}'\ntls.client_crl = '{path}'");
    assert_eq!(read(&crl, &MINIMAL).ok().unwrap().mutual_tls.authorities.unwrap().revoked.unwrap(), file.0);

    for (text, says) in [
        ("tls.mtls_listen = '[::]:9443'".to_owned(), "give tls.certificate and tls.key too"),
        (format!("{tls}tls.mtls_listen = '[::]:0'"), "has no port of its own"),
        (format!("{tls}tls.mtls_listen = '[::]:443'"), "would be the issuer itself"),
        (format!("{tls}tls.mtls_listen = '127.0.0.1:8080'"), "listen and tls.mtls_listen are both 127.0.0.1:8080"),
        (format!("{tls}tls.mtls_listen = '127.0.0.1:9090'"), "operations.listen and tls.mtls_listen are both"),
        (format!("{proxy}tls.mtls_url = 'http://localhost:9443'"), "give an https URL"),
        (format!("{proxy}tls.mtls_url = 'https://mtls.example.org/x'"), "give an https URL"),
        (named.to_owned(), "nobody is asked for a certificate there"),
        ("tls.client_cert_header = true".to_owned(), "name the proxies that set it in trusted_proxies"),
        (format!("{proxy}tls.client_crl = '{path}'"), "give tls.client_ca too"),
        (format!("{proxy}tls.client_ca = '/nonexistent'"), "cannot be read"),
    ] {
        let found = problems(&text, &[]);
        assert!(found.len() == 1 && found[0].contains(says), "{text}: {found:?}");
    }
}

#[test]
fn a_proxy_in_front_makes_listening_in_clear_acceptable() {
    assert!(problems("listen = '0.0.0.0:8080'\ntrusted_proxies = ['10.0.0.0/8']", &[]).is_empty());
    assert!(problems("listen = '[::1]:0'\noperations.listen = '[::1]:0'", &[]).is_empty());
}

#[test]
fn no_message_shows_a_secret() {
    let secret = "hunter2";
    let broken = TemporaryFile::new("broken", "[database]\nurl = \"postgres://hunter2@db\nissuer = 1");
    let held = TemporaryFile::new("held", secret);
    let held = held.0.to_str().unwrap();
    for found in [
        problems("", &[("PORTCULLIS_MASTER_KEY", secret)]),
        problems("", &[("PORTCULLIS_REDIS_URL", secret)]),
        problems("", &[("PORTCULLIS_DATABASE_URL", secret)]),
        problems("", &[("PORTCULLIS_DATABASE_OWNER_URL", secret)]),
        problems("", &[("PORTCULLIS_MASTER_KEY", ""), ("PORTCULLIS_MASTER_KEY_FILE", held)]),
        problems("", &[("PORTCULLIS_MASTER_KEY", secret), ("PORTCULLIS_MASTER_KEY_FILE", held)]),
        problems("", &[("PORTCULLIS_MASTER_KEY", ""), ("PORTCULLIS_MASTER_KEY_FILE", "/nonexistent")]),
        read("master_key = 'hunter2'\nmaster_key_file = 'hunter2'", &MINIMAL[..2]).err().unwrap(),
        Config::read(Some(&broken.0), |_| None).err().unwrap(),
    ] {
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].contains(secret), "{found:?}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_toml() {
    let missing = Config::read(Some(Path::new("/nonexistent/portcullis.toml")), |_| None).err().unwrap();
    assert!(missing[0].contains("/nonexistent/portcullis.toml cannot be read"), "{missing:?}");
    let broken = TemporaryFile::new("toml", "\n\nissuer = \n");
    let problem = Config::read(Some(&broken.0), |_| None).err().unwrap();
    assert!(problem[0].contains("see line 3"), "{problem:?}");
}
