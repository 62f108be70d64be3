//! Consent: asked for what is new, remembered, and never more than client and roles allow.

use axum::http::StatusCode;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::server::{Server, Tokens, claims};

#[sqlx::test]
async fn the_page_says_in_words_what_is_asked(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[("scope", "openid email records:read")]).await;

    let page = browser.sign_in(&asked, "alice").await;

    for words in ["The web client", "alice", "Health records", "Use records:read", "Read your email address"] {
        assert!(page.answer.body.contains(words), "{words}: {}", page.answer.body);
    }
    assert!(!page.answer.body.contains("Read your postal address"));
}

#[sqlx::test]
async fn consent_is_remembered_and_grows(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain("alice", &[("scope", "openid")]).await.code();

    let again = browser.authorize(&[("scope", "openid")]).await;
    let more = browser.authorize(&[("scope", "openid profile")]).await;
    let allowed = browser.consent(&more, "allow").await;
    let other = browser.authorize(&[("scope", "email")]).await;
    browser.consent(&other, "allow").await;
    let all = browser.authorize(&[("scope", "openid profile email")]).await;
    let other_client = browser.authorize(&[("client_id", "spa"), ("redirect_uri", crate::server::SPA_CALLBACK)]).await;

    assert!(!again.code().is_empty() && !allowed.code().is_empty());
    assert_eq!(Tokens::of(&server.redeem("web", &all.code()).await).scope, "openid profile email");
    assert!(other_client.has_form("consent"), "it was given to one client: {}", other_client.uri);
}

#[sqlx::test]
async fn another_browser_of_the_same_person_is_not_asked_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.browser().obtain_code().await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;

    let page = browser.sign_in(&asked, "alice").await;

    assert!(!page.code().is_empty());
}

#[sqlx::test]
async fn prompt_consent_asks_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain_code().await;
    server.advance(Duration::seconds(1)).await;

    let asked = browser.authorize(&[("prompt", "consent")]).await;

    assert!(asked.has_form("consent"), "{}", asked.uri);
    assert!(!browser.consent(&asked, "allow").await.code().is_empty());
}

#[sqlx::test]
async fn who_says_no_gives_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;
    let asked = browser.sign_in(&asked, "alice").await;

    let denied = browser.consent(&asked, "deny").await;

    assert_eq!(denied.error(), "access_denied");
    assert_eq!(denied.redirected()["state"], "the-state");
    assert_eq!(browser.authorize(&[("prompt", "none")]).await.error(), "consent_required");
    let again = browser.submit(&asked.uri, &[("decision", "allow")]).await;
    assert_eq!(again.answer.status, StatusCode::BAD_REQUEST, "the request is over: {}", again.uri);
}

#[sqlx::test]
async fn neither_yes_nor_no_changes_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;
    let asked = browser.sign_in(&asked, "alice").await;

    for form in [&[][..], &[("decision", "maybe")], &[("decision", "allow"), ("decision", "deny")]] {
        let page = browser.submit(&asked.uri, form).await;
        assert!(page.has_form("consent"), "{form:?} {}", page.uri);
    }
}

#[sqlx::test]
async fn roles_cut_what_a_person_can_grant(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[("scope", "openid records:read")]).await;

    let page = browser.sign_in(&asked, "bob").await;
    let page = browser.consent(&page, "allow").await;

    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(tokens.scope, "openid");
    assert_eq!(claims(&tokens.access)["aud"], crate::server::ISSUER);
    let nothing_left = browser.authorize(&[("scope", "records:read")]).await;
    assert_eq!(nothing_left.error(), "invalid_scope");
}

#[sqlx::test]
async fn the_registration_cuts_what_a_client_can_get(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.change_client("web", |web| web.scopes = vec!["openid".into(), "records:read".into()]).await;

    let code = server.browser().obtain("alice", &[("scope", "openid email records:read records:write")]).await.code();

    assert_eq!(Tokens::of(&server.redeem("web", &code).await).scope, "openid records:read");
}
