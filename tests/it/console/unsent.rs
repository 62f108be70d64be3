//! Nothing is lost, and nothing happens twice: reloading, going back, a session that ends in the middle of a form.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::{client_form, element, make_administrator, revision, signed_in};
use crate::{
    browser::{Browser, Page},
    factors::{between, with_app},
    server::{PASSWORD, Server},
};

async fn count(server: &Server, of: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {of}"))).fetch_one(&server.db).await.unwrap()
}

/// Signs in where somebody was sent to.
async fn sign_in_at(server: &Server, browser: &mut Browser, page: &Page, username: &str) -> Page {
    assert_eq!(page.path(), "/admin/sign-in");
    let page = browser.submit(&page.uri, &[("username", username), ("password", PASSWORD)]).await;
    assert_eq!(page.path(), "/admin/second-factor", "{}", page.answer.body);
    browser.submit(&page.uri, &[("code", &server.code())]).await
}

/// Another administrator, signed in.
async fn bob(server: &Server) -> Browser {
    let (_, app) = with_app(server, "bob").await;
    make_administrator(server, "bob").await;
    let mut browser = server.browser();
    let page = browser.submit("/admin/sign-in", &[("username", "bob"), ("password", PASSWORD)]).await;
    let page = browser.submit(&page.uri, &[("code", &app.code(server.clock.now()))]).await;
    assert_eq!(page.uri, "/admin", "{}", page.answer.body);
    browser
}

#[sqlx::test]
async fn a_new_secret_is_shown_until_it_is_stored(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let before = (count(&server, "clients").await, count(&server, "client_secrets").await);

    let page = browser.submit("/admin/clients/new", &client_form("Nightly")).await;
    let (path, secret) = (page.path().to_owned(), element(&page, "client-secret").to_owned());
    let reloaded = browser.open(&page.uri).await;

    assert!(secret.starts_with("ptc_cs_"), "{}", page.answer.body);
    assert_eq!(element(&reloaded, "client-secret"), secret);
    assert_eq!(count(&server, "clients").await, before.0 + 1);
    let (mut elsewhere, _) = signed_in(&server, "admin").await;
    assert!(!elsewhere.open(&path).await.has_form("client-secret"), "another session of the same user");
    elsewhere.submit("/admin/stored", &[("path", &path)]).await;
    assert!(browser.open(&path).await.has_form("client-secret"), "that was not theirs to say");

    let stored = browser.submit("/admin/stored", &[("path", &path)]).await;

    assert_eq!(stored.uri, path);
    assert!(!stored.has_form("client-secret"));
    assert_eq!(count(&server, "waiting").await, 0);

    let rotated = browser.submit(&format!("{path}/secrets"), &[("overlap", "3600")]).await;
    let another = element(&rotated, "client-secret").to_owned();
    assert_ne!(another, secret);
    assert_eq!(element(&browser.open(&path).await, "client-secret"), another);
    assert_eq!(count(&server, "client_secrets").await, before.1 + 2, "reloading rotates nothing");
    server.clock.advance(Duration::minutes(5));
    assert!(!browser.open(&path).await.has_form("client-secret"), "five minutes are enough");
    server.run_job("old_drafts").await.unwrap();
    assert_eq!(count(&server, "waiting").await, 0);
}

#[sqlx::test]
async fn a_form_whose_session_has_ended_waits_for_its_user(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut bob = bob(&server).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let before = count(&server, "clients").await;
    server.clock.advance(Duration::minutes(10));
    bob.open("/admin/clients").await;
    server.clock.advance(Duration::minutes(6));

    let mut form = client_form("Nightly & more");
    form.push(("client_secret", "typed-by-mistake"));
    let sent_away = browser.submit("/admin/clients/new", &form).await;

    assert!(!bob.open("/admin/clients/new").await.answer.body.contains("Nightly"), "it is not theirs");
    let back = sign_in_at(&server, &mut browser, &sent_away, "admin").await;
    assert_eq!(back.uri, "/admin/clients/new");
    for kept in ["Nightly &#38; more", "value=\"service\" checked", "value=\"records:read\" checked", "Not sent yet."] {
        assert!(back.answer.body.contains(kept), "{kept}: {}", back.answer.body);
    }
    assert!(!back.answer.body.contains("typed-by-mistake"));
    assert_eq!(count(&server, "clients").await, before, "it was not sent");
    let raw = sqlx::query_scalar::<_, Vec<u8>>("select content from waiting").fetch_one(&server.db).await.unwrap();
    assert!(!String::from_utf8_lossy(&raw).contains("Nightly"), "it lies sealed");

    browser.submit("/admin/clients/new", &client_form("Nightly & more")).await;

    assert_eq!(count(&server, "clients").await, before + 1);
    assert!(!browser.open("/admin/clients/new").await.answer.body.contains("Not sent yet."));
}

/// What was typed over an older revision is not saved over what somebody changed meanwhile.
#[sqlx::test]
async fn a_form_that_waited_knows_which_revision_it_was_made_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let uri = "/admin/roles/visitor";
    let seen = revision(&browser.open(uri).await);
    server.clock.advance(Duration::minutes(16));
    let sent_away = browser.submit(uri, &[("revision", &seen), ("description", "Mine")]).await;
    let mut bob = bob(&server).await;
    let saved = bob.submit(uri, &[("revision", &seen), ("description", "Theirs")]).await;
    assert_eq!(saved.answer.status, 200, "{}", saved.answer.body);

    let back = sign_in_at(&server, &mut browser, &sent_away, "admin").await;

    assert!(back.answer.body.contains("value=\"Mine\""), "{}", back.answer.body);
    assert_eq!(revision(&back), seen);
    let refused = browser.submit(uri, &[("revision", &seen), ("description", "Mine")]).await;
    assert_eq!(refused.answer.status, 412, "{}", refused.answer.body);
}

#[sqlx::test]
async fn nothing_is_kept_for_strangers(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut stranger = server.browser();

    stranger.submit("/admin/clients/new", &client_form("Nightly")).await;
    stranger.cookies.insert("__Host-admin".into(), "made-up".into());
    stranger.submit("/admin/clients/new", &client_form("Nightly")).await;

    assert_eq!(count(&server, "waiting").await, 0);
}

#[sqlx::test]
async fn what_a_script_keeps_is_there_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let kept = [("path", "/admin/apis/new"), ("waits.name", "Half a na"), ("waits.scope.4.name", "a:read")];

    assert_eq!(browser.submit("/admin/unsent", &kept).await.answer.status, 204);
    for nowhere in ["/admin/clients", "/account/details", "https://thief.example/admin/apis/new"] {
        let refused = browser.submit("/admin/unsent", &[("path", nowhere), ("waits.name", "x")]).await;
        assert_eq!(refused.answer.status, 400, "{nowhere}");
    }

    let page = browser.open("/admin/apis/new").await;
    assert!(page.answer.body.contains("value=\"Half a na\"") && page.answer.body.contains("value=\"a:read\""));
    let discarded = browser.submit("/admin/unsent", &[("path", "/admin/apis/new"), ("discard", "true")]).await;
    assert_eq!(discarded.uri, "/admin/apis/new");
    assert!(!discarded.answer.body.contains("Half a na"));
}

#[sqlx::test]
async fn a_sign_in_leads_to_the_page_that_was_wanted(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for wanted in ["/admin/clients/service", "/admin/audit?event=client.created&from=2026-11-22T10%3A00"] {
        let mut browser = server.browser();
        let sent_away = browser.open(wanted).await;
        assert_eq!(sign_in_at(&server, &mut browser, &sent_away, "admin").await.uri, wanted);
    }
    let mut browser = server.browser();
    let form = [("username", "admin"), ("password", PASSWORD)];
    let page = browser.submit("/admin/sign-in?to=https%3A%2F%2Fthief.example%2F", &form).await;
    assert_eq!(page.uri, "/admin/second-factor");
}

/// Who reloads the page of their recovery codes sees those that were printed.
#[sqlx::test]
async fn recovery_codes_are_shown_until_they_are_stored(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = with_app(&server, "alice").await;
    let page = browser.submit("/account/factors/codes", &[]).await;
    let first = between(&page.answer.body, "<ol class=\"codes\"", "</ol>").to_owned();

    let again = browser.open(&page.uri).await;
    assert_eq!(between(&again.answer.body, "<ol class=\"codes\"", "</ol>"), first);
    let stored = browser.submit("/account/factors/codes/stored", &[]).await;
    assert_eq!(stored.uri, "/account/factors");
    assert_eq!(browser.open("/account/factors/codes").await.uri, "/account/factors");
}

/// The session tells its page when it ends, and asking is being there.
#[sqlx::test]
async fn a_session_goes_on_for_who_says_that_they_are_there(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, page) = signed_in(&server, "admin").await;
    let told = |page: &Page| between(&page.answer.body, "data-ends=\"", "\"").parse::<i64>().unwrap();
    let first = told(&page);
    server.clock.advance(Duration::minutes(12));

    let later = browser.submit("/admin/session", &[]).await.answer.body.parse::<i64>().unwrap();

    assert!((12 * 60 * 1000..13 * 60 * 1000).contains(&(later - first)), "{first} {later}");
    server.clock.advance(Duration::minutes(12));
    assert_eq!(browser.open("/admin/clients").await.uri, "/admin/clients");
}
