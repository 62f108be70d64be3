//! How the person of an account gets in while others attack it, and what that ends.

use axum::http::StatusCode;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::{behind_proxy, fail, sign_in};
use crate::{
    authenticator::Authenticator,
    browser::Browser,
    factors, mail, passkeys,
    server::{PASSWORD, Server},
};

const NEW: &str = "ninety-two brass lanterns";

/// Closes the account of alice by wrong passwords.
async fn attacked(server: &Server) {
    assert_eq!(fail(server, "alice", 11).await, [[422; 10].as_slice(), &[429]].concat());
}

async fn from_elsewhere(server: &Server, password: &str) -> StatusCode {
    sign_in(server, "203.0.113.1", "alice", password).await.status
}

#[sqlx::test]
async fn do_10_a_passkey_opens_a_closed_account(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    let mut key = Authenticator::new();
    passkeys::with_passkey(&server, "alice", &mut key).await;
    attacked(&server).await;
    assert_eq!(from_elsewhere(&server, PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);

    let mut browser = server.browser();
    let credential = key.get(&passkeys::challenge(&mut browser).await);
    assert!(passkeys::signs_in(&mut browser, &credential).await);

    assert_eq!(from_elsewhere(&server, PASSWORD).await, StatusCode::SEE_OTHER);
}

#[sqlx::test]
async fn do_10_recovery_opens_a_closed_account(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    attacked(&server).await;

    server.browser().submit("/recover", &[("username", "alice")]).await;
    let link = mail::link(&server, "alice@people.example").await;
    assert_eq!(from_elsewhere(&server, PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, "asking opens nothing");
    assert_eq!(server.browser().submit(&link, &[("password", NEW)]).await.uri, "/recover/done");

    assert_eq!(from_elsewhere(&server, NEW).await, StatusCode::SEE_OTHER);
}

/// LG-05: five wrong codes close the second factor, but for devices that the person is known by.
#[sqlx::test]
async fn lg_05_a_known_device_gives_codes_while_others_guess(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (known, app) = factors::with_app(&server, "alice").await;
    let (mut thief, _) = factors::with_password(&server, "alice").await;
    assert_eq!(guess(&mut thief, 6).await, [422, 422, 422, 422, 422, 429]);

    let code = app.code(server.clock.now());
    assert_eq!(give(&mut thief, &code).await, 429, "the right code makes no difference");
    let mut returning = returned(&server, &known).await;
    assert_eq!(give(&mut returning, &code).await, 200);

    server.clock.advance(Duration::seconds(30));
    let mut stolen = returned(&server, &known).await;
    assert_eq!(guess(&mut stolen, 5).await, [422; 5]);
    assert_eq!(give(&mut stolen, &app.code(server.clock.now())).await, 429, "who has taken the device is stopped too");
}

/// The same browser after a while: it is known, and its person has given the password.
async fn returned(server: &Server, known: &Browser) -> Browser {
    let mut browser = server.browser();
    browser.cookies.insert("__Host-device".into(), known.cookies["__Host-device"].clone());
    let page = browser.open("/account/factors").await;
    assert!(browser.sign_in(&page, "alice").await.has_form("second-factor"));
    browser
}

async fn give(browser: &mut Browser, code: &str) -> u16 {
    browser.submit("/second-factor", &[("code", code)]).await.answer.status.as_u16()
}

async fn guess(browser: &mut Browser, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(give(browser, "wrong!").await);
    }
    statuses
}
