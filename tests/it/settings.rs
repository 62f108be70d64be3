//! Which settings are in force: on a page, by the admin API and at the command line.

use std::{env, fs};

use portcullis::{
    config::{Config, InForce, table::GROUPS},
    keys::MasterKey,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    admin_api::mighty,
    cli::{Program, text},
    console,
    server::Server,
};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");
const START: &str = "<!-- The settings: written by the test `the_document_has_every_setting`. -->\n";
const END: &str = "<!-- The end of the settings. -->";

/// Passwords and keys that no page, answer or command may show.
const HIDDEN: [&str; 5] = ["hunter2-database", "hunter2-owner", "hunter2-mail", "hunter2-redis", "hunter2-breaches"];

/// An installation that has given every secret, and some settings more.
fn variables() -> Vec<(&'static str, String)> {
    let key = || MasterKey::generate().unwrap().to_text().to_string();
    [
        ("PORTCULLIS_ISSUER", "https://id.example"),
        ("PORTCULLIS_DATABASE_URL", "postgres://p:hunter2-database@localhost/none"),
        ("PORTCULLIS_DATABASE_OWNER_URL", "postgres://o:hunter2-owner@localhost/none"),
        ("PORTCULLIS_MAIL_SMTP_URL", "smtps://me:hunter2-mail@mail.example"),
        ("PORTCULLIS_MAIL_FROM", "no-reply@example.org"),
        ("PORTCULLIS_REDIS_URL", "rediss://me:hunter2-redis@cache.example"),
        ("PORTCULLIS_PASSWORDS_BREACH_CHECK_URL", "https://me:hunter2-breaches@lists.example/range/"),
        ("PORTCULLIS_TRUSTED_PROXIES", "192.0.2.1,2001:db8::/32"),
        ("PORTCULLIS_REGISTRATION", "true"),
        ("PORTCULLIS_ACCOUNT_EDITABLE_CLAIMS", "none"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into_iter()
    .chain([("PORTCULLIS_MASTER_KEY", key()), ("PORTCULLIS_OTHER_MASTER_KEY", key())])
    .collect()
}

fn in_force(variables: &[(&str, String)]) -> Vec<InForce> {
    let env = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    Config::read(None, env).unwrap_or_else(|problems| panic!("{problems:?}")).in_force
}

fn keys() -> Vec<&'static str> {
    GROUPS.iter().flat_map(|group| group.settings).map(|setting| setting.key).collect()
}

fn assert_hides(shown: &str, variables: &[(&str, String)]) {
    let of_keys = variables.iter().filter(|(name, _)| name.ends_with("MASTER_KEY")).map(|(_, key)| key.as_str());
    for hidden in HIDDEN.into_iter().chain(of_keys) {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
}

/// Every setting is shown, with where it comes from, and no secret.
#[sqlx::test]
async fn every_setting_is_shown_and_no_secret(_: PgPoolOptions, options: PgConnectOptions) {
    let variables = variables();
    let settings = in_force(&variables);
    let server = Server::start_with(options, |chosen| chosen.in_force = settings).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;

    let page = browser.open("/admin/settings").await.answer.body;
    let answer = mighty(&server).await.ask(&server, "GET /settings", Value::Null).await;

    assert_hides(&page, &variables);
    assert_hides(&answer.body, &variables);
    let answer = answer.json();
    let found = answer["settings"].as_array().unwrap();
    assert_eq!(found.iter().map(|setting| setting["key"].as_str().unwrap()).collect::<Vec<_>>(), keys());
    for key in keys() {
        assert!(page.contains(&format!("<th scope=\"row\"><code>{key}</code><br>")), "{key}: {page}");
    }
    let of = |key: &str| found.iter().find(|setting| setting["key"] == key).unwrap();
    for (key, value, origin) in [
        ("database.url", "set", "environment, PORTCULLIS_DATABASE_URL"),
        ("other_master_key", "set", "environment, PORTCULLIS_OTHER_MASTER_KEY"),
        ("trusted_proxies", "192.0.2.1, 2001:db8::/32", "environment, PORTCULLIS_TRUSTED_PROXIES"),
        ("account.editable_claims", "none", "environment, PORTCULLIS_ACCOUNT_EDITABLE_CLAIMS"),
        ("registration", "true", "environment, PORTCULLIS_REGISTRATION"),
        ("listen", "127.0.0.1:8080", "default"),
        ("rate_limits.api", "50", "default"),
    ] {
        assert_eq!((&of(key)["value"], &of(key)["origin"]), (&json!(value), &json!(origin)), "{key}");
    }
    assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer["database"]["role"].as_str().map(str::is_empty), Some(false));
}

#[sqlx::test]
async fn the_command_line_shows_the_same(_: PgPoolOptions, options: PgConnectOptions) {
    let variables = variables();
    let mut program = Program::new(&options);
    for (name, value) in &variables {
        program = program.with(name, value);
    }

    let output = program.run("config", "");
    let found = program.json("config", "");

    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_hides(&text(&output.stdout), &variables);
    assert_hides(&found.to_string(), &variables);
    let found = found.as_array().unwrap().iter().map(|setting| setting["key"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(found, keys());
    let wrong = program.with("PORTCULLIS_LISTEN", "nowhere").run("config", "");
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("PORTCULLIS_LISTEN"));
}

/// What a file says is shown with its path, and a secret in another file by the name of neither.
#[test]
fn a_file_of_settings_is_named() {
    let folder = env::temp_dir();
    let (file, key) = (folder.join(format!("in-force-{}.toml", std::process::id())), folder.join("in-force.key"));
    fs::write(&key, MasterKey::generate().unwrap().to_text().as_str()).unwrap();
    let text = format!(
        "issuer = \"https://id.example\"\nmaster_key_file = {key:?}\ndatabase.url = \"postgres://localhost/none\"\n\
         database.max_connections = 7\ntrusted_proxies = []\n"
    );
    fs::write(&file, text).unwrap();

    let read = Config::read(Some(&file), |name| (name == "PORTCULLIS_NAME").then(|| "Institute".to_owned()));

    fs::remove_file(&file).unwrap();
    fs::remove_file(&key).unwrap();
    let settings = read.unwrap_or_else(|problems| panic!("{problems:?}")).in_force;
    let of =
        |key: &str| settings.iter().find(|one| one.setting.key == key).map(|one| (one.value(), one.origin())).unwrap();
    let from_file = format!("file {}", file.display());
    assert_eq!(of("database.max_connections"), ("7".into(), from_file.clone()));
    assert_eq!(of("master_key"), ("set".into(), from_file.clone()));
    assert_eq!(of("trusted_proxies"), ("none".into(), from_file));
    assert_eq!(of("name"), ("Institute".into(), "environment, PORTCULLIS_NAME".into()));
    assert_eq!(of("redis.url"), ("not set".into(), "default".into()));
}

/// Every key that the program reads is one of the table: each of them can be given, and none that is not.
#[test]
fn the_table_is_what_the_program_reads() {
    for key in keys() {
        let variable = format!("PORTCULLIS_{}", key.replace('.', "_").to_uppercase());
        let asked = std::cell::Cell::new(false);
        let _ = Config::read(None, |name| {
            asked.set(asked.get() || name == variable);
            None
        });
        assert!(asked.get(), "{key} is in the table, and nobody reads it");
    }
    let asked = std::cell::RefCell::new(Vec::new());
    let _ = Config::read(None, |name| {
        asked.borrow_mut().push(name.to_owned());
        None
    });
    let known = keys().into_iter().map(|key| format!("PORTCULLIS_{}", key.replace('.', "_").to_uppercase()));
    let known = known.collect::<Vec<_>>();
    for name in asked.into_inner() {
        let name = name.strip_suffix("_FILE").filter(|name| known.iter().any(|known| known == name)).unwrap_or(&name);
        assert!(known.iter().any(|known| known == name), "{name} is read, and not in the table");
    }
}

/// With `WRITE_DOCUMENTS=1` it writes the table anew.
#[test]
fn the_document_has_every_setting() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(START).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let table = table();
    if env::var_os("WRITE_DOCUMENTS").is_some() {
        fs::write(DOCUMENT, format!("{before}{START}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "run this test with WRITE_DOCUMENTS=1");
    }
}

fn table() -> String {
    let mut table = "| key | variable | default | meaning |\n|---|---|---|---|\n".to_owned();
    for setting in GROUPS.iter().flat_map(|group| group.settings) {
        let variable = format!("PORTCULLIS_{}", setting.key.replace('.', "_").to_uppercase());
        let secret = if setting.is_secret { ", secret" } else { "" };
        let row = format!("| `{}` | `{variable}` | {}{secret} | {} |\n", setting.key, setting.default, setting.meaning);
        table.push_str(&row);
    }
    table
}
