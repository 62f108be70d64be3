//! Every setting, parsed once into its final type, every problem reported at once.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::str::FromStr;

use ipnet::IpNet;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use time::Duration;
use tracing::level_filters::LevelFilter;
use url::Url;
use zeroize::Zeroizing;

mod accent;
mod branding;
mod client_documents;
mod defence;
mod editable_claims;
mod in_force;
mod issuer;
mod language;
mod logo;
mod mail;
mod mutual_tls;
mod source;
pub mod table;
mod tls;
mod tried_out;
mod value;

pub use accent::Accent;
pub use branding::Branding;
pub use client_documents::DocumentHost;
pub use defence::{Defence, Rates};
pub use editable_claims::{EditableClaim, EditableClaims, NotEditable};
pub use in_force::{Given, InForce, Origin};
pub use issuer::{Issuer, MalformedIssuer};
pub use language::{Language, UnknownLanguage};
pub use logo::{Logo, MOST_BYTES as MOST_LOGO_BYTES, UnusableLogo};
pub use mail::{MailSettings, SmtpEncryption, SmtpServer};
pub use mutual_tls::{AuthorityFiles, MutualTls};
use source::Source;
pub use tls::TlsFiles;
pub use tried_out::TriedOut;

/// What [`Config::client_cache_bytes`] is if it is not given.
pub const DEFAULT_CLIENT_CACHE_BYTES: u32 = 32 << 20;

/// The key of [`Config::document_hosts`].
const DOCUMENT_HOSTS: &str = "client_metadata_documents.allowed_hosts";

/// The key of [`Config::outbound_authorities`].
const OUTBOUND_AUTHORITIES: &str = "outbound.ca_file";

/// Read if it exists and no other file is named.
const DEFAULT_FILE: &str = "portcullis.toml";

/// The settings of a server. The comments name their keys.
pub struct Config {
    /// `issuer`: under which URL everybody reaches it.
    pub issuer: Issuer,
    /// `listen`: where it listens; 127.0.0.1:8080 if not given.
    pub listen: SocketAddr,
    /// `tls.certificate` and `tls.key`: what it speaks TLS with there. `None`: in clear.
    pub tls: Option<TlsFiles>,
    /// `tls.mtls_listen` and its like: where clients show certificates of theirs, and who vouches for these.
    pub mutual_tls: MutualTls,
    /// `operations.listen`: where it tells operators how it is; 127.0.0.1:9090 if not given.
    pub operations_listen: SocketAddr,
    /// `database.url`: a PostgreSQL connection URL. A server behind a network must prove who it is by its certificate, unless
    /// `database.require_verified_tls` is `false`.
    pub database_url: SecretText,
    /// `database.owner_url`: the same database, reached by the role that owns its tables; only `migrate` uses it.
    pub database_owner_url: Option<SecretText>,
    /// `database.max_connections`: from 1 to 1000; 16 if not given.
    pub database_max_connections: u32,
    /// `master_key`: what seals secrets in the database; the form is checked, 32 bytes.
    pub master_key: SecretText,
    /// `other_master_key`: what else may have sealed secrets, while one master key takes the place of another.
    pub other_master_key: Option<SecretText>,
    /// `trusted_proxies`: whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `additional_hosts`: what `Host` may say beside the issuer's authority.
    pub additional_hosts: Vec<String>,
    /// `name`: what pages call this installation.
    pub name: String,
    /// `language`: which language users read who ask for none that we have; `en` if not given.
    pub language: Language,
    /// `branding.…` and `links.…`: what pages show of this installation beside its name.
    pub branding: Branding,
    /// `token.refresh_grace`: how long a used refresh token excuses a lost answer; 0 to 60 s, 10 if not given.
    pub refresh_grace: Duration,
    /// `dpop.require_nonce`: whether a DPoP proof must have a nonce of ours; `false` if not given.
    pub dpop_require_nonce: bool,
    /// `audit.token_issuance`: what makes the issuing of a token a matter of record.
    pub token_issuance: TokenIssuanceRecord,
    /// `outbound.allowed_networks`: what this server may call although it is not public: clients at sign-out.
    pub outbound_allowed_networks: Vec<IpNet>,
    /// `outbound.allowed_ports`: ports that it may call beside 443 where clients name the URL.
    pub outbound_allowed_ports: Vec<u16>,
    /// `outbound.ca_file`: certificates (PEM) that it trusts beside those of the operating system when it calls.
    pub outbound_authorities: Option<Vec<u8>>,
    /// `client_metadata_documents.allowed_hosts`: whose clients may describe themselves by a document; nobody's if not given.
    pub document_hosts: Vec<DocumentHost>,
    /// `security.contact`: where to report a vulnerability, as a `mailto:` or `https:` URI; shown in `security.txt`.
    pub security_contact: Option<String>,
    /// `mail.smtp_url`, `mail.from`, `mail.ca_file`: how mail is sent. Without them it waits.
    pub mail: Option<MailSettings>,
    /// `registration`: whether users may open accounts themselves; `false` if not given.
    pub registration: bool,
    /// `account.editable_claims`: what users may change of themselves; names and language if not given.
    pub editable_claims: EditableClaims,
    /// `passwords.breach_check_url`: where to ask for passwords that others have lost, as `https://…/range/`.
    pub breach_check_url: Option<Url>,
    /// `separation_of_duties`: whether accounts that administer are kept out of client applications; `true` if not given.
    pub separation_of_duties: bool,
    /// `cache.clients_bytes`: how many bytes of clients are kept in memory; 33554432 (32 MiB) if not given, which is some
    /// 10,000 clients. Those that are used beyond that are read anew each time.
    pub client_cache_bytes: u32,
    /// How many failures and requests are too many, and whose.
    pub defence: Defence,
    /// `redis.url`: a Redis or Valkey that counts requests for all nodes; each counts for itself if not given.
    pub redis_url: Option<SecretText>,
    /// `log.level`: what is logged at least; `info` if not given.
    pub log_level: LevelFilter,
    /// All of them as they were given, for people to look at: without secrets.
    pub in_force: Vec<InForce>,
}

/// Where the record of an issued token goes that writes no other row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenIssuanceRecord {
    /// Into the audit trail, durable before the token leaves.
    Database,
    /// Into the log, as one structured line.
    Log,
}

/// A setting that must not be seen: wiped from memory when it goes, and never printed.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Keeps this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Config {
    /// Reads all settings, or says everything that is wrong with them at once.
    ///
    /// The environment (`PORTCULLIS_…`) goes before the file, which is `portcullis.toml` if none is named.
    ///
    /// # Errors
    ///
    /// One message for each problem, with the key and what to do. None contains a secret.
    pub fn read(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path),
            None if Path::new(DEFAULT_FILE).exists() => std::fs::read_to_string(DEFAULT_FILE),
            None => Ok(String::new()),
        };
        let name = file.unwrap_or(Path::new(DEFAULT_FILE)).display();
        let text = text.map_err(|error| vec![format!("the file {name} cannot be read: {error}")])?;
        // The error's own Display quotes the line, which may hold a secret.
        let table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.lines().count().max(1);
            vec![format!("the file {name} is not TOML, see line {line}: {}", error.message())]
        })?;
        Self::from_source(Source::new(name.to_string(), table, env))
    }

    fn from_source<E: Fn(&str) -> Option<String>>(mut source: Source<E>) -> Result<Self, Vec<String>> {
        let s = &mut source;
        let issuer =
            s.required("issuer", "the https URL under which people and clients reach this server", Issuer::from_str);
        let listen = s.or_default("listen", ([127, 0, 0, 1], 8080).into(), value::address);
        let tls = TlsFiles::read(s);
        let operations_listen = s.or_default("operations.listen", ([127, 0, 0, 1], 9090).into(), value::address);
        let database_url =
            s.secret("database.url", "the database, as postgres://user:password@host/name", value::postgres_url);
        let database_owner_url = s.secret_if_given("database.owner_url", value::postgres_url);
        let verified_tls = s.or_default("database.require_verified_tls", true, value::switch);
        let database_max_connections = s.or_default("database.max_connections", 16, value::whole_number(1..=1000));
        let master_key =
            s.secret("master_key", "32 random bytes in base64, kept where the database is not", value::master_key);
        let other_master_key = s.secret_if_given("other_master_key", value::master_key);
        let trusted_proxies = s.list("trusted_proxies", value::network);
        let files = tls.as_ref().and_then(Option::as_ref);
        let mutual_tls = MutualTls::read(s, issuer.as_ref(), files, trusted_proxies.as_deref());
        let additional_hosts = s.list("additional_hosts", value::host);
        let name = s.or_default("name", "Portcullis".to_owned(), value::name);
        let language = s.or_default("language", Language::default(), Language::from_str);
        let branding = Branding::read(s);
        let refresh_grace = s.or_default("token.refresh_grace", 10, value::whole_number(0..=60));
        let dpop_require_nonce = s.or_default("dpop.require_nonce", false, value::switch);
        let token_issuance = s.or_default("audit.token_issuance", TokenIssuanceRecord::Database, value::token_issuance);
        let security_contact = s.or_default("security.contact", None, |text| value::contact(text).map(Some));
        let outbound_allowed_networks = s.list("outbound.allowed_networks", value::network);
        let outbound_allowed_ports = s.list("outbound.allowed_ports", value::port);
        let outbound_authorities = s.or_default(OUTBOUND_AUTHORITIES, None, |path| value::certificates(path).map(Some));
        let document_hosts = document_hosts(s);
        let mail = mail(s);
        let registration = s.or_default("registration", false, value::switch);
        let editable_claims = s.list_if_given("account.editable_claims", EditableClaim::from_str);
        let breach_check_url =
            s.or_default("passwords.breach_check_url", None, |text| value::https_url(text).map(Some));
        let separation_of_duties = s.or_default("separation_of_duties", true, value::switch);
        let client_cache_bytes =
            s.or_default("cache.clients_bytes", DEFAULT_CLIENT_CACHE_BYTES, value::whole_number(1 << 20..=u32::MAX));
        let defence = Defence::read(s);
        let redis_url = s.secret_if_given("redis.url", value::redis_url);
        let log_level = s.or_default("log.level", LevelFilter::INFO, value::log_level);

        if let (Some(listen), Some(None), Some(proxies)) = (listen, &tls, &trusted_proxies) {
            s.problems.extend(exposed(listen, proxies));
        }
        if verified_tls == Some(true) {
            s.problems.extend(database_url.as_ref().and_then(|url| unprotected("database.url", url)));
            let owner_url = database_owner_url.as_ref().and_then(Option::as_ref);
            s.problems.extend(owner_url.and_then(|url| unprotected("database.owner_url", url)));
        }
        let mtls_listen = mutual_tls.as_ref().and_then(|mutual_tls| mutual_tls.listen);
        let addresses =
            [("listen", listen), ("operations.listen", operations_listen), ("tls.mtls_listen", mtls_listen)];
        s.problems.extend(shared(&addresses));
        s.refuse_the_rest();
        let in_force = s.in_force();
        let complete = || {
            Some(Self {
                issuer: issuer?,
                listen: listen?,
                tls: tls?,
                mutual_tls: mutual_tls?,
                operations_listen: operations_listen?,
                database_url: database_url?,
                database_owner_url: database_owner_url?,
                database_max_connections: database_max_connections?,
                master_key: master_key?,
                other_master_key: other_master_key?,
                trusted_proxies: trusted_proxies?,
                additional_hosts: additional_hosts?,
                name: name?,
                language: language?,
                branding: branding?,
                refresh_grace: Duration::seconds(refresh_grace?.into()),
                dpop_require_nonce: dpop_require_nonce?,
                token_issuance: token_issuance?,
                outbound_allowed_networks: outbound_allowed_networks?,
                outbound_allowed_ports: outbound_allowed_ports?,
                outbound_authorities: outbound_authorities?,
                document_hosts: document_hosts?,
                security_contact: security_contact?,
                mail: mail?,
                registration: registration?,
                editable_claims: editable_claims?.map_or_else(EditableClaims::default, EditableClaims::new),
                breach_check_url: breach_check_url?,
                separation_of_duties: separation_of_duties?,
                client_cache_bytes: client_cache_bytes?,
                defence: defence?,
                redis_url: redis_url?,
                log_level: log_level?,
                in_force,
            })
        };
        match complete() {
            Some(config) if source.problems.is_empty() => Ok(config),
            _ => Err(source.problems),
        }
    }
}

/// Each host has one entry, which says all of it.
fn document_hosts<E: Fn(&str) -> Option<String>>(s: &mut Source<E>) -> Option<Vec<DocumentHost>> {
    let hosts = s.list(DOCUMENT_HOSTS, DocumentHost::from_str)?;
    let is_again = |(place, one): (usize, &DocumentHost)| hosts.iter().take(place).any(|other| other.overlaps(one));
    if let Some((_, again)) = hosts.iter().enumerate().find(|entry| is_again(*entry)) {
        s.problems.push(format!("{DOCUMENT_HOSTS} names {} twice: write one entry for it", again.host));
        return None;
    }
    Some(hosts)
}

/// A server and a sender belong together. `None`: something is wrong with them.
#[expect(clippy::option_option, reason = "absent and wrong are different")]
fn mail<E: Fn(&str) -> Option<String>>(s: &mut Source<E>) -> Option<Option<MailSettings>> {
    let url = s.secret_if_given("mail.smtp_url", |text| SmtpServer::parse(text).map(|_| ()))?;
    let from = s.or_default("mail.from", None, |text| value::mailbox(text).map(Some))?;
    let authorities = s.or_default("mail.ca_file", None, |path| value::certificates(path).map(Some))?;
    match (url, from) {
        (Some(url), Some(from)) => {
            let server = SmtpServer::parse(url.expose()).ok()?;
            Some(Some(MailSettings { server, from, authorities }))
        }
        (None, None) => Some(None),
        _ => {
            s.problems.push("mail.smtp_url and mail.from: give both, or none of them".into());
            None
        }
    }
}

/// Tokens and passwords in clear belong on this machine or behind a proxy that encrypts.
fn exposed(listen: SocketAddr, trusted_proxies: &[IpNet]) -> Option<String> {
    (!listen.ip().is_loopback() && trusted_proxies.is_empty()).then(|| {
        format!(
            "listen (PORTCULLIS_LISTEN) is {listen}, which others reach in clear: give tls.certificate and tls.key, listen on \
             127.0.0.1, or put a proxy that speaks TLS in front and name its network in trusted_proxies"
        )
    })
}

/// A database behind a network, whose server could be anybody.
fn unprotected(key: &str, url: &SecretText) -> Option<String> {
    let options = url.expose().parse::<PgConnectOptions>().ok()?;
    let host = options.get_host();
    let is_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse().is_ok_and(|address: IpAddr| address.is_loopback());
    (!is_here && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull)).then(|| {
        format!(
            "{key} ({}) names a server at {host} and not sslmode=verify-full, so whoever stands \
             on the way can read and change everything: add sslmode=verify-full, with sslrootcert=FILE if its certificate \
             is from an authority of your own; if nobody can stand on the way, say database.require_verified_tls = false",
            source::variable(key),
        )
    })
}

/// Sockets of the same address, of which one could not be opened.
fn shared(addresses: &[(&str, Option<SocketAddr>)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, (other_key, other)) in addresses.iter().enumerate() {
        let Some(address) = other.filter(|address| address.port() != 0) else { continue };
        let before = addresses.iter().take(place).find(|(_, before)| *before == Some(address));
        problems.extend(before.map(|(key, _)| {
            let variable = source::variable(other_key);
            format!("{key} and {other_key} are both {address}: give {other_key} ({variable}) another port")
        }));
    }
    problems
}

#[cfg(test)]
mod tests;
