//! PKCE: S256, always.

use axum::http::StatusCode;
use portcullis::{
    clock::time_ordered_id,
    policy::event::Outcome,
    store::audit_events::{self, Filter, RecordedEvent},
};
use sqlx::{
    error::ErrorKind,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::Duration;

use crate::{
    browser::{CHALLENGE, VERIFIER},
    server::Server,
};

#[sqlx::test]
async fn pk_03_a_malformed_challenge_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let short = &CHALLENGE[..42];

    for challenge in [
        short,
        &format!("{CHALLENGE}A"),
        &"A".repeat(128),
        &format!("{short}="),
        &format!("{short}+"),
        &format!("{short}/"),
        &format!("{short}é"),
    ] {
        let page = server.browser().authorize(&[("code_challenge", challenge)]).await;
        assert_eq!(page.error(), "invalid_request", "{challenge} {}", page.uri);
        assert!(!page.redirected().contains_key("code"));
    }
}

#[sqlx::test]
async fn pk_05_pk_07_pk_09_only_the_verifier_of_the_challenge_redeems(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();

    for (verifier, error) in [
        ("", "invalid_grant"),
        (&VERIFIER[..42], "invalid_grant"),
        (&"x".repeat(43), "invalid_grant"),
        (&"x".repeat(129), "invalid_grant"),
        (&format!("{VERIFIER} "), "invalid_grant"),
        (&format!("{VERIFIER}é"), "invalid_grant"),
        (&format!("{VERIFIER}\0"), "invalid_request"),
        (CHALLENGE, "invalid_grant"),
    ] {
        let code = browser.obtain_code().await;
        let form = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", verifier)];
        let answer = server.token(Some("web"), &form).await;
        assert_eq!(answer.refusal(), (400, error.into()), "{verifier:?}");
    }
    let code = browser.obtain_code().await;
    let without = server.token(Some("web"), &[("grant_type", "authorization_code"), ("code", &code)]).await;
    assert_eq!(without.refusal(), (400, "invalid_grant".into()));
}

/// PK-08: no verifier can come for a code that had no challenge. Requests without one are refused (`authorize::az_04…`),
/// and whatever the program did, there would be no such code.
#[sqlx::test]
async fn pk_08_the_database_keeps_no_code_without_a_challenge(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.browser().obtain_code().await;
    let insert = async |challenge: Option<&str>| {
        let copy = "insert into authorization_codes
            select $1, secret_hash, client_id, redirect_uri, $2, issued_at, expires_at, redeemed_at
            from authorization_codes limit 1";
        let grant_id = time_ordered_id(server.clock.now());
        sqlx::query(copy).bind(grant_id).bind(challenge).execute(&server.db).await
    };

    for (challenge, refusal) in [
        (None, ErrorKind::NotNullViolation),
        (Some(""), ErrorKind::CheckViolation),
        (Some(&CHALLENGE[..42]), ErrorKind::CheckViolation),
    ] {
        let refused = insert(challenge).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().kind(), refusal, "{challenge:?}");
    }
    assert_eq!(insert(Some(CHALLENGE)).await.unwrap().rows_affected(), 1);
}

#[sqlx::test]
async fn d4_a_wrong_verifier_burns_the_code(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;
    let wrong = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", CHALLENGE)];
    server.token(Some("web"), &wrong).await;

    let right = server.redeem("web", &code).await;

    assert_eq!(right.refusal(), (400, "invalid_grant".into()));
}

#[sqlx::test]
async fn pk_10_the_challenge_is_never_heard_of_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let mut seen = String::new();

    let asked = browser.authorize(&[]).await;
    let asked_again = browser.sign_in(&asked, "alice").await;
    let page = browser.consent(&asked_again, "allow").await;
    let answer = server.redeem("web", &page.code()).await;
    let refused = server.redeem("web", &page.code()).await;

    assert_eq!((answer.status, refused.status), (StatusCode::OK, StatusCode::BAD_REQUEST));
    for text in [&asked.answer.body, &asked_again.answer.body, &page.uri, &answer.body, &refused.body] {
        seen.push_str(text);
    }
    assert!(!seen.contains(CHALLENGE) && !seen.contains(VERIFIER));
    let events: Vec<String> =
        sqlx::query_scalar("select e::text from audit_events e").fetch_all(&server.db).await.unwrap();
    assert!(!events.is_empty() && events.iter().all(|event| !event.contains(CHALLENGE)));
}

/// PK-11: a challenge is made for one request. Who uses it again is not refused, because it may be a person who went back.
#[sqlx::test]
async fn pk_11_a_client_that_uses_a_challenge_again_is_noticed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let noticed = async |server: &Server| -> Vec<RecordedEvent> {
        let filter = Filter { event: Some("pkce.challenge_reused"), ..Filter::default() };
        audit_events::list(&server.db, &filter, 10).await.unwrap()
    };

    browser.obtain_code().await;
    browser.obtain_code_for("spa").await;
    browser.obtain("alice", &[("code_challenge", &CHALLENGE.replace('E', "e"))]).await.code();
    assert_eq!(noticed(&server).await.len(), 0, "of another client, or another one");

    let code = browser.obtain_code().await;
    let events = noticed(&server).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].client_id.as_deref(), events[0].outcome), (Some("web"), Outcome::Failure));
    assert!(!format!("{events:?}").contains(CHALLENGE));
    assert_eq!(server.redeem("web", &code).await.status, 200, "nothing is refused");

    server.advance(Duration::hours(23)).await;
    browser.obtain_code().await;
    assert_eq!(noticed(&server).await.len(), 2, "within a day");
    server.advance(Duration::hours(24)).await;
    browser.obtain_code().await;
    assert_eq!(noticed(&server).await.len(), 2, "a day later");
}
