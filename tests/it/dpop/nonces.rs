//! Nonces of ours (RFC 9449 §8, §9).

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::{Key, SERVICE, USERINFO, get, text, token};
use crate::server::{Answer, Server};

const ROUTE: &str = "POST /oauth2/token";

async fn demanding(options: PgConnectOptions) -> Server {
    Server::start_with(options, |settings| settings.dpop_require_nonce = true).await
}

/// The one nonce that an answer gives.
fn nonce(answer: &Answer) -> String {
    let all = answer.headers.get_all("dpop-nonce").iter().collect::<Vec<_>>();
    let [one] = all[..] else { panic!("one nonce: {all:?} {}", answer.body) };
    one.to_str().unwrap().to_owned()
}

async fn ask(server: &Server, key: &Key, changes: Value) -> Answer {
    let proof = key.proof(server, ROUTE, None, &changes);
    token(server, "service", &SERVICE, &[&proof]).await
}

/// DP-09
#[sqlx::test]
async fn dp_09_a_proof_needs_a_nonce_that_is_not_too_old(_: PgPoolOptions, options: PgConnectOptions) {
    let server = demanding(options).await;
    let second = server.second_node_with(|settings| settings.dpop_require_nonce = true).await;
    let key = Key::new();
    let wanted = (400, "use_dpop_nonce".to_owned());

    let asked = ask(&server, &key, json!({})).await;
    assert_eq!(asked.refusal(), wanted);
    let first = nonce(&asked);
    let refused = "select count(*) from audit_events where event = 'token.refused'";
    let refused = sqlx::query_scalar::<_, i64>(refused).fetch_one(&server.db).await.unwrap();
    assert_eq!(refused, 0, "a question is no refusal to look into");

    for (node, changes) in [(&server, json!({})), (&second, json!({})), (&server, json!({"iat": 1_000_000_000}))] {
        let mut changes = changes;
        changes["nonce"] = first.clone().into();
        let answer = ask(node, &key, changes).await;
        assert_eq!(answer.status, 200, "it is good again and again, and says when: {}", answer.body);
    }
    server.advance(Duration::seconds(150)).await;
    let later = ask(&server, &key, json!({ "nonce": first })).await;
    assert_eq!(later.status, 200);
    let newer = nonce(&later);
    assert_ne!(newer, first, "the next one comes with the answer");
    let answer = ask(&second, &key, json!({ "nonce": newer })).await;
    assert_eq!((answer.status.as_u16(), answer.header("dpop-nonce")), (200, ""));

    server.advance(Duration::seconds(150)).await;
    for changes in [json!({ "nonce": first }), json!({ "nonce": "made up" }), json!({ "nonce": "" }), json!({})] {
        let answer = ask(&server, &key, changes.clone()).await;
        assert_eq!(answer.refusal(), wanted, "{changes}");
        assert_eq!(nonce(&ask(&second, &key, changes).await), nonce(&answer), "all nodes give the same");
    }
    assert_eq!(ask(&second, &key, json!({ "nonce": newer })).await.status, 200);
}

/// DP-07, DP-09: with a nonce the proof is of its time, not of the clock of its maker.
#[sqlx::test]
async fn a_proof_with_a_nonce_counts_once_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = demanding(options).await;
    let key = Key::new();
    let nonce = nonce(&ask(&server, &key, json!({})).await);
    for iat in [1, 2_000_000_000, server.clock.now().unix_timestamp()] {
        let proof = key.proof(&server, ROUTE, None, &json!({ "nonce": nonce, "iat": iat }));
        assert_eq!(token(&server, "service", &SERVICE, &[&proof]).await.status, 200, "{iat}");
        server.advance(Duration::seconds(40)).await;
        let again = token(&server, "service", &SERVICE, &[&proof]).await;
        assert_eq!(again.refusal(), (400, "invalid_dpop_proof".into()), "{iat}");
    }
}

/// DP-09: at what takes tokens.
#[sqlx::test]
async fn userinfo_asks_for_a_nonce_in_its_challenge(_: PgPoolOptions, options: PgConnectOptions) {
    let server = demanding(options).await;
    let key = Key::new();
    let given = nonce(&ask(&server, &key, json!({})).await);
    let code = server.browser().obtain_code().await;
    let proof = key.proof(&server, ROUTE, None, &json!({ "nonce": given }));
    let access = text(&super::redeem(&server, "web", &code, &[&proof]).await.json()["access_token"]);
    let ask = async |changes: Value| {
        let proof = key.proof(&server, "GET /oauth2/userinfo", Some(&access), &changes);
        get(&server, USERINFO, &format!("DPoP {access}"), &[&proof]).await
    };

    let asked = ask(json!({})).await;
    assert_eq!(asked.refusal(), (401, "use_dpop_nonce".into()));
    assert!(asked.header("www-authenticate").starts_with("DPoP realm=\"portcullis\", error=\"use_dpop_nonce\""));
    assert_eq!(nonce(&asked), given);
    assert_eq!(ask(json!({ "nonce": given })).await.status, 200);
    server.advance(Duration::seconds(150)).await;
    let later = ask(json!({ "nonce": given })).await;
    assert_eq!(later.status, 200);
    assert_ne!(nonce(&later), given);
}

/// Where none is demanded, none is given, and one that is sent along is looked at all the same.
#[sqlx::test]
async fn a_nonce_that_nobody_asked_for_must_be_ours(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let key = Key::new();
    let answer = ask(&server, &key, json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.header("dpop-nonce")), (200, ""));

    let asked = ask(&server, &key, json!({ "nonce": "of another server" })).await;
    assert_eq!(asked.refusal(), (400, "use_dpop_nonce".into()));
    assert_eq!(ask(&server, &key, json!({ "nonce": nonce(&asked), "iat": 1 })).await.status, 200);
}

/// A script must be able to read the nonce, and to send the proof.
#[sqlx::test]
async fn scripts_can_read_the_nonce(_: PgPoolOptions, options: PgConnectOptions) {
    let server = demanding(options).await;
    for (method, header, value) in
        [("OPTIONS", "access-control-allow-headers", "dpop"), ("POST", "access-control-expose-headers", "DPoP-Nonce")]
    {
        let request = Request::builder().method(method).uri("/oauth2/token").header("origin", "https://spa.example");
        let request = request.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
        assert!(server.send(request).await.header(header).contains(value), "{method}");
    }
}
