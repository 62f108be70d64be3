//! ID tokens and the claims parameter.

use std::collections::BTreeSet;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use portcullis::protocol::signing_algorithm::SigningAlgorithm;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::server::{ISSUER, Server, Tokens, claims};

/// Checks a token as a client does: with the published key that its header names.
async fn verified(server: &Server, token: &str) -> (Algorithm, Value) {
    let jwks: JwkSet = serde_json::from_value(server.get("/oauth2/jwks").await.json()).unwrap();
    let header = decode_header(token).unwrap();
    let key = jwks.find(header.kid.as_deref().unwrap()).expect("the key is published");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&["web"]);
    validation.set_issuer(&[ISSUER]);
    let token = decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap();
    (header.alg, token.claims)
}

#[sqlx::test]
async fn an_id_token_is_signed_as_its_client_wants_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (ours, theirs) in [
        (None, Algorithm::RS256),
        (Some(SigningAlgorithm::Ps256), Algorithm::PS256),
        (Some(SigningAlgorithm::Es256), Algorithm::ES256),
        (Some(SigningAlgorithm::EdDsa), Algorithm::EdDSA),
    ] {
        if let Some(ours) = ours {
            server.change_client("web", |web| web.id_token_signed_response_alg = ours).await;
        }
        let tokens = server.tokens("web").await;
        assert_eq!(verified(&server, &tokens.id).await.0, theirs);
    }
}

#[sqlx::test]
async fn an_id_token_says_who_signed_in_when_and_how_and_no_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("web").await;

    let (_, claims) = verified(&server, &tokens.id).await;

    let names = claims.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>();
    assert_eq!(names, ["iss", "sub", "aud", "exp", "iat", "auth_time", "sid", "nonce", "acr", "amr"].into());
    let now = server.clock.now().unix_timestamp();
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert!((now - 30..=now).contains(&claims["auth_time"].as_i64().unwrap()));
    assert_eq!(claims["sub"], server.user_id("alice").await.to_string());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal1"), &json!(["pwd"])));
    assert_eq!((&claims["aud"], &claims["nonce"]), (&json!("web"), &json!("the-nonce")));
}

#[sqlx::test]
async fn without_openid_there_is_none_and_without_nonce_it_has_none(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();

    let plain = browser.obtain("alice", &[("scope", "records:read")]).await.code();
    let without_nonce = browser.obtain("alice", &[("nonce", "")]).await.code();

    assert_eq!(Tokens::of(&server.redeem("web", &plain).await).id, "");
    assert!(claims(&Tokens::of(&server.redeem("web", &without_nonce).await).id).get("nonce").is_none());
}

#[sqlx::test]
async fn the_claims_parameter_brings_single_claims_where_it_says(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let asked = json!({
        "userinfo": {"name": {"essential": true}, "password_hash": null},
        "id_token": {"email": null, "auth_time": {"essential": true}, "acr": {"values": ["aal9"]}},
    });

    let page = server.browser().obtain("alice", &[("scope", "openid"), ("claims", &asked.to_string())]).await;

    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    let (id, info) = (claims(&tokens.id), server.get_with_token("/oauth2/userinfo", &tokens.access).await.json());
    assert_eq!((&id["email"], id.get("name")), (&json!("alice@people.example"), None));
    assert_eq!(info, json!({"sub": id["sub"], "name": "alice of Test"}));
}

#[sqlx::test]
async fn an_essential_acr_that_cannot_be_met_is_an_error(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let wants = |acr: &str| json!({"id_token": {"acr": {"essential": true, "values": [acr]}}}).to_string();

    let met = server.browser().obtain("alice", &[("claims", &wants("aal1"))]).await;
    let unmet = server.browser().obtain("alice", &[("claims", &wants("aal3"))]).await;

    assert!(!met.code().is_empty());
    assert_eq!(unmet.error(), "unmet_authentication_requirements");
}

#[sqlx::test]
async fn a_subject_that_is_asked_for_must_be_the_one_that_answers(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (alice, bob) = (server.user_id("alice").await, server.user_id("bob").await);
    let wants = |sub: String| json!({"id_token": {"sub": {"value": sub}}}).to_string();
    let mut browser = server.browser();
    browser.obtain_code().await;

    let same = browser.authorize(&[("prompt", "none"), ("claims", &wants(alice.to_string()))]).await;
    let other = browser.authorize(&[("prompt", "none"), ("claims", &wants(bob.to_string()))]).await;

    assert!(!same.code().is_empty());
    assert_eq!(other.error(), "login_required");
}
