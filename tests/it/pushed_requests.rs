//! Authorization requests that clients push to us before the browser comes (PAR, RFC 9126).

use axum::http::{Method, StatusCode};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    browser::{Browser, CHALLENGE, Page, authorize_uri},
    server::{Answer, SPA_CALLBACK, Server, WEB_CALLBACK},
};

/// The request that `web` pushes, with these parameters in place of its own; an empty one is left out.
pub fn request<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good = [
        ("response_type", "code"),
        ("redirect_uri", WEB_CALLBACK),
        ("scope", "openid profile"),
        ("state", "pushed-state"),
        ("nonce", "pushed-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = good.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty())).collect()
}

async fn pushed(server: &Server, changes: &[(&str, &str)]) -> Answer {
    server.post("/oauth2/par", Some("web"), &request(changes)).await
}

async fn reference(server: &Server, changes: &[(&str, &str)]) -> String {
    let answer = pushed(server, changes).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()["request_uri"].as_str().unwrap().to_owned()
}

pub fn opening(client: &str, reference: &str) -> String {
    let query = [("client_id", client), ("request_uri", reference)];
    format!("/oauth2/authorize?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish())
}

/// Signs alice in and allows what is asked for.
pub async fn finish(browser: &mut Browser, mut page: Page) -> Page {
    if page.has_form("sign-in") {
        page = browser.sign_in(&page, "alice").await;
    }
    if page.has_form("consent") {
        page = browser.consent(&page, "allow").await;
    }
    page
}

fn is_refused(page: &Page) -> bool {
    page.answer.status == StatusCode::BAD_REQUEST && page.redirected().is_empty()
}

/// PR-08, and what stands beside the reference in the browser counts for nothing (PR-11).
#[sqlx::test]
async fn a_browser_brings_a_reference_and_nothing_else_counts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let answer = pushed(&server, &[]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::CREATED, "no-store"));
    let (json, uri) = (answer.json(), answer.json()["request_uri"].as_str().unwrap().to_owned());
    assert_eq!(json["expires_in"], 60);
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:ptc_pr_") && answer.header("set-cookie").is_empty());

    let mut browser = server.browser();
    let beside = "&state=other&nonce=other&scope=openid+offline_access&redirect_uri=https%3A%2F%2Fevil.example";
    let page = browser.open(&(opening("web", &uri) + beside)).await;
    let page = finish(&mut browser, page).await;

    assert!(page.uri.starts_with(WEB_CALLBACK), "{}", page.uri);
    let answer = page.redirected();
    assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("pushed-state", "https://id.example"));
    let tokens = crate::server::Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(tokens.scope, "openid profile");
    assert_eq!(crate::server::claims(&tokens.id)["nonce"], "pushed-nonce");
}

/// PR-05: opened as often as somebody reloads, answered once, and not after its time.
#[sqlx::test]
async fn pr_05_a_reference_works_until_it_is_answered(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let uri = reference(&server, &[]).await;

    // A preview of the link, another browser, and the same browser twice.
    server.browser().open(&opening("web", &uri)).await;
    let (mut one, mut other) = (server.browser(), server.browser());
    one.open(&opening("web", &uri)).await;
    let (page, others) = (one.open(&opening("web", &uri)).await, other.open(&opening("web", &uri)).await);
    assert!(finish(&mut one, page).await.redirected().contains_key("code"));
    let late = finish(&mut other, others).await;
    assert!(late.redirected().is_empty() && late.answer.status == StatusCode::BAD_REQUEST, "answered already");
    assert!(is_refused(&one.open(&opening("web", &uri)).await), "nor opened again");

    let uri = reference(&server, &[]).await;
    server.clock.advance(Duration::seconds(59));
    let page = one.open(&opening("web", &uri)).await;
    server.clock.advance(Duration::seconds(30));
    assert!(is_refused(&other.open(&opening("web", &uri)).await), "too late to begin");
    assert!(finish(&mut one, page).await.redirected().contains_key("code"), "not too late to go on");

    let uri = reference(&server, &[("prompt", "none")]).await;
    let denied = server.browser().open(&opening("web", &uri)).await;
    assert_eq!(denied.error(), "login_required");
    assert!(is_refused(&server.browser().open(&opening("web", &uri)).await), "an error is an answer");
}

/// Of many browsers that finish the same request at once, one gets a code.
#[sqlx::test]
async fn a_pushed_request_is_answered_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = reference(&server, &[]).await;
    let mut browser = server.browser();
    let page = browser.open(&opening("web", &first)).await;
    finish(&mut browser, page).await;
    let uri = reference(&server, &[]).await;

    let tries = (0..8).map(|_| {
        let (mut browser, uri) = (browser.clone(), uri.clone());
        tokio::spawn(async move { browser.open(&opening("web", &uri)).await.redirected().contains_key("code") })
    });
    let mut codes = 0;
    for one in tries.collect::<Vec<_>>() {
        codes += usize::from(one.await.unwrap());
    }
    assert_eq!(codes, 1);
}

/// Group PR, and conformance §10: what is wrong is said to the client, and nobody's browser is needed.
#[sqlx::test]
async fn pr_03_what_is_wrong_is_said_when_it_is_pushed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (changes, error) in [
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")][..], "invalid_request"),
        (&[("redirect_uri", "")], "invalid_request"),
        (&[("redirect_uri", "https://evil.example/cb")], "invalid_request"),
        (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "records:unheard-of")], "invalid_scope"),
        (&[("client_id", "spa")], "invalid_request"),
        (&[("state", "a"), ("state", "b")], "invalid_request"),
    ] {
        assert_eq!(pushed(&server, changes).await.refusal(), (400, error.to_owned()), "{changes:?}");
    }
    let unauthenticated = [&request(&[])[..], &[("client_id", "web")]].concat();
    let answer = server.post("/oauth2/par", None, &unauthenticated).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    let put = axum::http::Request::builder().method(Method::PUT).uri("/oauth2/par");
    let answer = server.send(put.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

/// PR-06: it is for the client that pushed it; and what can be made up opens nothing.
#[sqlx::test]
async fn a_reference_is_for_its_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let uri = reference(&server, &[]).await;
    let last = if uri.ends_with('A') { 'B' } else { 'A' };
    let changed = format!("{}{last}", &uri[..uri.len() - 1]);
    for uri in [
        opening("spa", &uri),
        opening("web", &changed),
        opening("web", "urn:ietf:params:oauth:request_uri:"),
        opening("web", "urn:ietf:params:oauth:request_uri:ptc_ac_AAAA"),
    ] {
        assert!(is_refused(&server.browser().open(&uri).await), "{uri}");
    }
    let spa = [&request(&[("redirect_uri", SPA_CALLBACK)])[..], &[("client_id", "spa")]].concat();
    let answer = server.post("/oauth2/par", None, &spa).await;
    assert_eq!(answer.status, StatusCode::CREATED, "a public client may push too: {}", answer.body);
}

/// PR-07
#[sqlx::test]
async fn pr_07_a_client_may_be_held_to_push_its_requests(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.change_client("web", |web| web.require_pushed_authorization_requests = true).await;

    assert!(is_refused(&server.browser().open(&authorize_uri(&[])).await));
    let uri = reference(&server, &[]).await;
    let mut browser = server.browser();
    let page = browser.open(&opening("web", &uri)).await;
    assert!(finish(&mut browser, page).await.redirected().contains_key("code"));
}

/// What was pushed counts as the client is registered when the browser comes.
#[sqlx::test]
async fn a_client_that_was_changed_meanwhile_begins_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let uri = reference(&server, &[]).await;
    let other = "https://web.example/other".to_owned();
    server.change_client("web", |web| web.redirect_uris = vec![other]).await;
    assert!(is_refused(&server.browser().open(&opening("web", &uri)).await));
}
