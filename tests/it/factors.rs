//! What people prove themselves by beside the password: authenticator apps and recovery codes.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use portcullis::authentication::factors as library;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

use crate::{
    browser::{Browser, Page},
    console, privacy,
    server::{Answer, Server, admin, code_at},
    tokens,
};

/// An authenticator app that has learnt its secret.
pub struct App(String);

impl App {
    /// The app that a page teaches its secret to.
    pub fn of(page: &Page) -> Self {
        let text = between(&page.answer.body, "<code id=\"secret\">", "</code>").replace(' ', "");
        privacy::note(&text);
        assert_eq!(text.len(), 32, "160 bits in base32");
        Self(text)
    }

    pub fn code(&self, at: OffsetDateTime) -> String {
        code_at(&self.0, at.unix_timestamp())
    }
}

pub fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0
}

/// A browser whose person has given their password for the list of their factors, and what it sees then.
pub async fn with_password(server: &Server, username: &str) -> (Browser, Page) {
    let mut browser = server.browser();
    let page = browser.open("/account/factors").await;
    let page = browser.sign_in(&page, username).await;
    (browser, page)
}

/// A person who has just added an authenticator app.
pub async fn with_app(server: &Server, username: &str) -> (Browser, App) {
    let (mut browser, _) = with_password(server, username).await;
    let app = add_app(server, &mut browser).await;
    (browser, app)
}

async fn add_app(server: &Server, browser: &mut Browser) -> App {
    let app = App::of(&browser.submit("/account/factors/app", &[("name", "Phone")]).await);
    let page = browser.submit("/account/factors/app", &[("code", &app.code(server.clock.now()))]).await;
    assert_eq!(page.uri, "/account/factors?done=added", "{}", page.answer.body);
    server.clock.advance(Duration::seconds(30)); // that code is used
    app
}

/// Whether a browser is signed in with all that its person must prove.
async fn is_in(browser: &mut Browser) -> bool {
    browser.open("/account/factors").await.uri == "/account/factors"
}

async fn gives(browser: &mut Browser, code: &str) -> bool {
    browser.submit("/second-factor", &[("code", code)]).await;
    is_in(browser).await
}

async fn recovery_codes(browser: &mut Browser) -> Vec<String> {
    let page = browser.submit("/account/factors/codes", &[]).await;
    let list = between(&page.answer.body, "<ol class=\"codes\" id=\"codes\"", "</ol>");
    let codes = list.split("<code>").skip(1).map(|item| item.split_once("</code>").unwrap().0.to_owned());
    let codes = codes.collect::<Vec<_>>();
    assert_eq!(codes.len(), 10, "{}", page.answer.body);
    for code in &codes {
        privacy::note(code);
    }
    codes
}

/// How many of twenty browsers get in that give the same code at once.
async fn race(server: &Server, username: &str, code: &str) -> usize {
    let mut racing = JoinSet::new();
    for _ in 0..20 {
        let (mut browser, _) = with_password(server, username).await;
        let code = code.to_owned();
        racing.spawn(async move { gives(&mut browser, &code).await });
    }
    racing.join_all().await.into_iter().filter(|is_in| *is_in).count()
}

/// LG-14: and the code that confirmed the app is used too.
#[sqlx::test]
async fn lg_14_a_code_counts_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, app) = with_app(&server, "alice").await;
    let confirmed_by = app.code(server.clock.now() - Duration::seconds(30));
    let code = app.code(server.clock.now());

    let (mut browser, page) = with_password(&server, "alice").await;
    assert!(page.has_form("second-factor"), "{}", page.uri);
    assert!(!gives(&mut browser, &confirmed_by).await);
    assert_eq!(race(&server, "alice", &code).await, 1);
    assert!(!gives(&mut browser, &code).await);
}

/// LG-15, with the spaces of LG-16: one step before and after, each once, and none when a newer one was used.
#[sqlx::test]
async fn lg_15_clocks_may_be_one_step_off(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, app) = with_app(&server, "alice").await;
    server.clock.advance(Duration::minutes(20)); // past the throttle's window, whatever it counted

    for (steps, is_right) in [(-2, false), (2, false), (-1, true), (1, true), (0, false)] {
        let (mut browser, _) = with_password(&server, "alice").await;
        let code = app.code(server.clock.now() + Duration::seconds(30 * steps));
        let spaced = format!(" {} {}", &code[..3], &code[3..]);
        assert_eq!(gives(&mut browser, &spaced).await, is_right, "{steps} steps off");
    }
}

#[sqlx::test]
async fn lg_16_nothing_but_six_digits_is_a_code(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, app) = with_app(&server, "alice").await;
    let (mut browser, _) = with_password(&server, "alice").await;
    let code = app.code(server.clock.now());
    let wide = code.bytes().map(|digit| char::from_u32(0xff10 + u32::from(digit - b'0')).unwrap()).collect::<String>();

    for wrong in [format!("{code}0"), wide, code[1..].to_owned(), String::new()] {
        assert!(!gives(&mut browser, &wrong).await, "{wrong:?}");
    }
    assert!(gives(&mut browser, &code).await);
}

#[sqlx::test]
async fn lg_18_a_recovery_code_counts_once_for_its_owner(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, _) = with_app(&server, "alice").await;
    with_app(&server, "bob").await;
    let old = recovery_codes(&mut alice).await;
    let codes = recovery_codes(&mut alice).await;

    let (mut bob, _) = with_password(&server, "bob").await;
    assert!(!gives(&mut bob, &codes[0]).await, "another's code");
    let (mut thief, _) = with_password(&server, "alice").await;
    assert!(!gives(&mut thief, &old[0]).await, "a code of the old set");
    assert_eq!(race(&server, "alice", &codes[0]).await, 1);
    server.clock.advance(Duration::minutes(20));
    let (mut typing, _) = with_password(&server, "alice").await;
    assert!(gives(&mut typing, &codes[1].to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l")).await);
    for code in codes.iter().chain(&old) {
        assert_eq!(server.rows_with(code).await, 0);
        assert_eq!(server.rows_with(&code.replace('-', "")).await, 0);
    }
}

/// LG-19: an old sign-in must be renewed, by the factor that there is.
#[sqlx::test]
async fn lg_19_factors_change_only_after_a_recent_sign_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, app) = with_app(&server, "alice").await;
    let page = browser.open("/account/factors").await;
    let factor = between(&page.answer.body, "href=\"/account/factors/0", "\"").to_owned();
    let remove = format!("/account/factors/0{factor}/remove");
    let (mut half, _) = with_password(&server, "alice").await;
    server.clock.advance(Duration::seconds(301));

    for change in ["/account/factors/app", "/account/factors/passkey", "/account/factors/codes", &remove] {
        let page = browser.submit(change, &[("name", "Mine")]).await;
        assert_eq!(page.uri, "/sign-in?to=factors", "{change}");
        let page = half.submit(change, &[("name", "Mine")]).await;
        assert_eq!(page.uri, "/second-factor?to=factors", "{change}");
    }
    let page = browser.open(&format!("/account/factors/0{factor}")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert!(page.has_form("second-factor"), "a password alone is not enough");
    browser.submit(&page.uri, &[("code", &app.code(server.clock.now()))]).await;
    assert_eq!(browser.submit(&remove, &[]).await.uri, "/account/factors?done=removed");
    assert!(with_password(&server, "alice").await.1.uri == "/account/factors", "there is nothing left to ask for");
}

/// Who clicks twice begins one app after the other.
#[sqlx::test]
async fn an_app_can_be_begun_by_many_clicks_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (browser, _) = with_password(&server, "alice").await;

    let mut clicks = JoinSet::new();
    for _ in 0..8 {
        let mut browser = browser.clone();
        clicks.spawn(async move { browser.submit("/account/factors/app", &[("name", "Phone")]).await.answer.status });
    }

    assert_eq!(clicks.join_all().await, [StatusCode::OK; 8]);
}

/// LG-11
#[sqlx::test]
async fn lg_11_a_new_factor_ends_what_the_old_ones_began(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let (mut other, _) = with_password(&server, "alice").await;

    let (mut browser, _) = with_app(&server, "alice").await;

    assert!(is_in(&mut browser).await);
    assert_eq!(other.open("/account/factors").await.uri, "/sign-in?to=factors");
    assert_eq!(server.refresh("web", refresh).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(mails(&server).await, ["factor-added"]);
    let events = "select event || ' ' || outcome from audit_events where event like 'factor.%' and actor like 'user:%'";
    let events: Vec<String> = sqlx::query_scalar(events).fetch_all(&server.db).await.unwrap();
    assert_eq!(events, ["factor.added success"]);
}

/// Never the last factor of somebody who must have one.
#[sqlx::test]
async fn an_administrator_keeps_a_factor(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let page = browser.open("/account/factors").await;
    let page = browser.sign_in(&page, "admin").await;
    let page = browser.submit(&page.uri, &[("code", &server.code())]).await;
    let factor = between(&page.answer.body, "href=\"/account/factors/0", "\"").to_owned();

    let refused = browser.submit(&format!("/account/factors/0{factor}/remove"), &[]).await;

    assert_eq!(refused.answer.status, 422);
    assert!(refused.answer.body.contains("Your account must have one of these."));
    assert!(browser.open("/account/factors").await.answer.body.contains(&format!("/account/factors/0{factor}")));
}

/// CR-03: a secret opens in its own row only.
#[sqlx::test]
async fn cr_03_secrets_cannot_be_exchanged(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, app) = with_app(&server, "alice").await;
    with_app(&server, "bob").await;
    let swapped = "update totp_factors one set secret = other.secret from totp_factors other
        where one.name = 'Phone' and other.name = 'Phone' and one.ctid <> other.ctid";
    assert_eq!(sqlx::query(swapped).execute(&server.db).await.unwrap().rows_affected(), 2);

    let now = server.clock.now();
    for name in ["alice", "bob"] {
        let user_id = server.user_id(name).await;
        let proven = library::verify_code(&server.app, user_id, &app.code(now), admin().actor(), now).await;
        assert!(proven.is_err(), "{name}");
    }
}

/// The codes go into a file, and nothing else does.
#[sqlx::test]
async fn the_file_of_recovery_codes_holds_codes_only(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = with_app(&server, "alice").await;
    let codes = recovery_codes(&mut browser).await;
    let form = [("code", codes[0].as_str()), ("code", "<script>alert(1)</script>"), ("code", &codes[1])];

    let answer = posted(&mut browser, "/account/factors/codes/file", &form).await;

    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.header("content-disposition").starts_with("attachment"));
    let lines = answer.body.lines().collect::<Vec<_>>();
    assert_eq!(lines[0], "Recovery codes of alice at Test. Each works once.");
    assert_eq!(lines[1..], ["", &codes[0], &codes[1]]);
}

/// An administrator takes the factors of somebody who has lost them.
#[sqlx::test]
async fn lost_factors_are_reset(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = with_app(&server, "alice").await;
    let codes = recovery_codes(&mut browser).await;
    let user_id = server.user_id("alice").await;

    let (mut console, _) = console::signed_in(&server, "admin").await;
    let user = format!("/admin/users/{user_id}");
    assert!(console.open(&user).await.answer.body.contains("<bdi>Phone</bdi>"));

    let page = console.submit(&format!("{user}/reset-mfa"), &[("confirmation", "alice")]).await;

    assert!(page.answer.body.contains("Taken away.") && !page.answer.body.contains("<bdi>Phone</bdi>"));
    assert_eq!(browser.open("/account/factors").await.uri, "/sign-in?to=factors");
    let (_, page) = with_password(&server, "alice").await;
    assert_eq!(page.uri, "/account/factors");
    let now = server.clock.now();
    assert!(library::verify_code(&server.app, user_id, &codes[0], admin().actor(), now).await.unwrap().is_none());
    assert_eq!(mails(&server).await, ["factor-added", "recovery-codes-made", "factor-removed"]);
}

/// What the people were told, but for new devices.
async fn mails(server: &Server) -> Vec<String> {
    let kinds = "select kind from outbox where kind <> 'new-device' order by mail_id";
    sqlx::query_scalar(kinds).fetch_all(&server.db).await.unwrap()
}

async fn posted(browser: &mut Browser, uri: &str, form: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post(uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    browser.request(request.body(Body::from(body)).unwrap()).await
}
