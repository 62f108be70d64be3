//! No secret in any log or table. The harness logs at TRACE and notes every secret that an answer gives out;
//! `script/check-logs` looks for the noted ones in all that was logged.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::Path,
    process,
    sync::{Mutex, OnceLock},
};

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::{keys::SigningKey, registry::clients, store::signing_keys};
use sqlx::{
    AssertSqlSafe, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::Duration;
use tracing::level_filters::LevelFilter;

use crate::{
    browser::VERIFIER,
    console,
    server::{Answer, PASSWORD, SECRET, Server, TOTP_SECRET, admin, master_key, secret_of},
    tokens,
};

/// Where the log of this process lies, and the secrets that must not be in it.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/it-logs");

/// Characters of a token's payload that are looked for: a log line may be cut before its signature.
const BEGINNING: usize = 40;

static NOTED: OnceLock<Mutex<(HashSet<String>, File)>> = OnceLock::new();

/// Begins to log everything, of libraries too, and to note secrets. A second call changes nothing.
pub fn watch() {
    NOTED.get_or_init(|| {
        forget_earlier_runs();
        let file = |ending| File::create(format!("{FOLDER}/{}.{ending}", process::id())).unwrap();
        let log =
            tracing_subscriber::fmt().json().with_max_level(LevelFilter::TRACE).with_writer(Mutex::new(file("log")));
        tracing::subscriber::set_global_default(log.finish()).unwrap();
        Mutex::new((HashSet::new(), file("secrets")))
    });
    for secret in [PASSWORD, SECRET, TOTP_SECRET, VERIFIER, &secret_of("web"), &secret_of("monitor")] {
        note(secret);
    }
}

/// Notes every secret in an answer: cookies, and what looks like one of our secrets or a JWT.
pub fn note_secrets_of(answer: &Answer) {
    for line in answer.headers.get_all(header::SET_COOKIE) {
        let (_, rest) = line.to_str().unwrap().split_once('=').unwrap();
        note(rest.split(';').next().unwrap());
    }
    let is_ours = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let words = |text: &str| text.split(|c| !is_ours(c)).map(ToOwned::to_owned).collect::<Vec<_>>();
    for word in words(&answer.body).into_iter().chain(words(answer.header("location"))) {
        match word.split('.').collect::<Vec<_>>()[..] {
            [header, payload, signature] if header.starts_with("eyJ") => {
                note(signature);
                note(&format!(".{}", &payload[..BEGINNING.min(payload.len())]));
            }
            [secret] if secret.starts_with("ptc_") => note(secret),
            _ => {}
        }
    }
}

pub fn note(secret: &str) {
    let Some(noted) = NOTED.get().filter(|_| secret.len() > 8) else { return };
    let mut noted = noted.lock().unwrap();
    if noted.0.insert(secret.to_owned()) {
        writeln!(noted.1, "{secret}").unwrap();
    }
}

fn noted() -> Vec<String> {
    NOTED.get().unwrap().lock().unwrap().0.iter().cloned().collect()
}

/// Removes what processes left that run no more, so that a check concerns the last run.
fn forget_earlier_runs() {
    fs::create_dir_all(FOLDER).unwrap();
    for entry in fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let process = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !Path::new("/proc").join(process).exists() {
            fs::remove_file(path).unwrap();
        }
    }
}

/// CR-02, CO-13, RF-16, JW-15, CA-10: whoever steals a copy of the database can use nothing in it.
#[sqlx::test]
async fn no_table_holds_a_secret(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    tokens::refresh(&server, tokens["refresh_token"].as_str().unwrap()).await;
    server.browser().obtain("bob", &[("response_mode", "form_post")]).await;
    server.service_token().await;
    let (mut admin, _) = console::signed_in(&server, "admin").await;
    let rotated = admin.submit("/admin/clients/web/secrets", &[("overlap", "0")]).await;
    assert!(rotated.has_form("client-secret"), "{} {}", rotated.answer.status, rotated.answer.body);

    let dump = dump(&server.db).await;
    let secrets = noted();
    let private_keys = private_keys(&server.db).await;

    assert!(secrets.iter().any(|secret| secret.starts_with("ptc_ac_")), "no code was noted");
    assert!(secrets.iter().any(|secret| secret.starts_with("ptc_rt_")), "no refresh token was noted");
    for secret in &secrets {
        assert!(!dump.contains(secret.as_str()), "a table holds the secret {}…", &secret[..8]);
        assert!(!dump.contains(&hex(secret.as_bytes())), "a table holds the bytes of {}…", &secret[..8]);
    }
    for key in private_keys {
        let middle = &key[key.len() / 3..][..32]; // inside of the secret number, whichever kind of key it is
        assert!(!dump.contains(&hex(middle)), "a private key lies open");
    }
}

/// The search above finds what is there: each client's secret is known by its hash, and nothing else.
#[sqlx::test]
async fn a_dump_shows_every_column(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let made = clients::rotate_secret(&server.app, &admin(), "service", Duration::ZERO).await.unwrap();

    let dump = dump(&server.db).await;

    assert!(dump.contains("alice@people.example"), "a text");
    assert!(dump.contains(&hex(made.hash().as_bytes())), "bytes");
    let brought = portcullis::secret::Secret::presented(SECRET).hash();
    assert!(!dump.contains(&hex(brought.as_bytes())), "it may be a word that somebody chose");
    assert!(dump.contains("client.created"), "a row of a partition");
}

/// LP-06, LP-02: what somebody typed reaches no log, even if it is a secret in the wrong field.
#[sqlx::test]
async fn a_secret_in_the_wrong_place_is_not_recorded(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let misplaced = "ptc_cs_misplaced-misplaced-misplaced-misplaced";
    note(misplaced);

    let form = [("username", misplaced), ("password", misplaced)];
    server.browser().submit("/sign-in", &form).await;
    server.token(Some(misplaced), &[("grant_type", "client_credentials")]).await;
    server.get(&format!("/oauth2/authorize?client_id={misplaced}&state={misplaced}")).await;
    server.get(&format!("/oauth2/userinfo?access_token={misplaced}")).await;
    server.post(&format!("/oauth2/token?client_secret={misplaced}"), None, &[]).await;
    let named = Request::get("/").header("x-request-id", misplaced);
    server.send(named.body(Body::empty()).unwrap()).await;

    assert!(!dump(&server.db).await.contains(misplaced));
    let log = fs::read_to_string(format!("{FOLDER}/{}.log", process::id())).unwrap();
    assert!(!log.contains(misplaced));
    assert!(log.contains("client.authentication"), "the log has no events");
}

/// LP-09: who sends a request does not say whether it is recorded, and what it says of its own tracing is not.
#[sqlx::test]
async fn lp_09_headers_for_tracing_change_nothing_and_are_not_recorded(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let sent = [
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b4902b7-00"), // "do not sample"
        ("tracestate", "vendor=tracestate-of-somebody-else"),
        ("baggage", "user=baggage-of-somebody-else"),
        ("referer", "https://elsewhere.example/page-of-somebody-else"),
    ];
    let metadata = "/.well-known/openid-configuration";
    let traced = sent.into_iter().fold(Request::get(metadata), |request, (name, value)| {
        note(value);
        request.header(name, value)
    });

    let answer = server.send(traced.body(Body::empty()).unwrap()).await;
    let plain = server.get(metadata).await;

    assert_eq!((answer.status, &answer.body), (plain.status, &plain.body));
    let (dump, log) = (dump(&server.db).await, fs::read_to_string(format!("{FOLDER}/{}.log", process::id())).unwrap());
    assert!(log.contains(answer.header("x-request-id")), "the request has its line");
    for text in ["4bf92f3577b34da6", "00f067aa0b4902b7", "-of-somebody-else"] {
        assert!(!dump.contains(text) && !log.contains(text), "{text}");
    }
}

/// Every row of every table as text; bytes are hexadecimal.
async fn dump(db: &PgPool) -> String {
    let tables = "select format('%I.%I', table_schema, table_name) from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'";
    let mut dump = String::new();
    for table in sqlx::query_scalar::<_, String>(tables).fetch_all(db).await.unwrap() {
        let rows = AssertSqlSafe(format!("select t::text from {table} t"));
        for row in sqlx::query_scalar::<_, String>(rows).fetch_all(db).await.unwrap() {
            dump.push_str(&row);
            dump.push('\n');
        }
    }
    dump
}

async fn private_keys(db: &PgPool) -> Vec<Vec<u8>> {
    let rows = signing_keys::all(db).await.unwrap();
    let sealed = rows.into_iter().filter_map(|row| Some((row.kid, row.private_key?)));
    sealed.map(|(kid, key)| master_key().open(&SigningKey::seal_context(&kid), &key).unwrap().to_vec()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
