//! ID tokens and the claims parameter.

use std::collections::BTreeSet;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use portcullis::{
    protocol::{client::values::IdTokenClaims, client_metadata::ClientMetadata, signing_algorithm::SigningAlgorithm},
    registry::{ChangeError, clients},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::Browser,
    server::{ISSUER, Server, Tokens, admin, claims},
};

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
    server.change_client("web", |web| web.id_token_claims = IdTokenClaims::Userinfo).await;
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

/// Auth.js, express-openid-connect and Kubernetes look there, and never ask for userinfo.
#[sqlx::test]
async fn an_id_token_names_its_user_if_its_client_wants_that(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let told = async |browser: &mut Browser, scope: &str| {
        let page = browser.obtain("alice", &[("scope", scope), ("prompt", "consent")]).await;
        let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
        (claims(&tokens.id), tokens)
    };
    let about_the_user = |id: &Value| {
        let names = ["name", "preferred_username", "email", "email_verified", "updated_at", "address", "roles"];
        names.into_iter().filter(|name| id.get(*name).is_some()).collect::<Vec<_>>()
    };

    let (id, tokens) = told(&mut browser, "openid profile email address offline_access").await;
    assert_eq!(about_the_user(&id), ["name", "preferred_username", "email", "email_verified"]);
    assert_eq!((&id["preferred_username"], &id["email"]), (&json!("alice"), &json!("alice@people.example")));
    let info = server.get_with_token("/oauth2/userinfo", &tokens.access).await.json();
    assert_eq!((&info["email"], info.get("updated_at").is_some()), (&id["email"], true), "there as well, and the rest");
    let fewer =
        [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str()), ("scope", "openid email")];
    let fewer = Tokens::of(&server.token_as("web", &fewer).await);
    assert_eq!(about_the_user(&claims(&fewer.id)), ["email", "email_verified"]);

    assert_eq!(about_the_user(&told(&mut browser, "openid").await.0), [""; 0], "no scope, no claim");
    server.change_client("web", |web| web.scopes = web.scopes.filtered(|scope| scope != "profile")).await;
    assert_eq!(about_the_user(&told(&mut browser, "openid profile email").await.0), ["email", "email_verified"]);
    server.change_client("web", |web| web.id_token_claims = IdTokenClaims::Userinfo).await;
    assert_eq!(about_the_user(&told(&mut browser, "openid email").await.0), [""; 0]);
}

/// Roles for applications: by the scope `roles`, under the name that the client wants, and only with consent.
#[sqlx::test]
async fn an_application_is_told_the_roles_that_concern_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let change = |web: &mut ClientMetadata| {
        web.scopes = "openid roles records:read".parse().unwrap();
        web.roles_claim = Some("realm_access.roles".into());
    };
    server.change_client("web", change).await;
    let mut browser = server.browser();
    let told = async |browser: &mut Browser, scope: &str| {
        let page = browser.obtain("alice", &[("scope", scope)]).await;
        let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
        let info = server.get_with_token("/oauth2/userinfo", &tokens.access).await.json();
        (claims(&tokens.id), info)
    };

    let page = browser.authorize(&[("scope", "openid roles")]).await;
    let consent = browser.sign_in(&page, "alice").await;
    assert!(consent.answer.body.contains("Know your roles"), "{}", consent.answer.body);
    browser.consent(&consent, "allow").await;
    let (id, info) = told(&mut browser, "openid roles").await;
    assert_eq!(id["realm_access"], json!({"roles": ["patient"]}));
    assert_eq!((&info["realm_access"], id.get("roles"), info.get("roles")), (&id["realm_access"], None, None));
    let (id, info) = told(&mut browser, "openid").await;
    assert!(id.get("realm_access").is_none() && info.get("realm_access").is_none(), "without the scope");

    server.change_client("web", |web| web.id_token_claims = IdTokenClaims::Userinfo).await;
    let (id, info) = told(&mut browser, "openid roles").await;
    assert!(id.get("realm_access").is_none() && info["realm_access"]["roles"] == json!(["patient"]));
    server.change_client("web", |web| web.scopes = "openid roles".parse().unwrap()).await;
    assert_eq!(
        told(&mut browser, "openid roles").await.1["realm_access"],
        json!({"roles": []}),
        "none gives its scopes"
    );
    server.change_client("web", |web| (web.all_roles, web.roles_claim) = (true, None)).await;
    assert_eq!(told(&mut browser, "openid roles").await.1["roles"], json!(["patient"]));
}

/// JW-17
#[sqlx::test]
async fn jw_17_no_claim_of_the_protocols_carries_roles(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let client = server.client("web").await.unwrap();
    for claim in [
        "sub",
        "iss",
        "aud",
        "acr",
        "email",
        "scope.roles",
        "cnf",
        "client_id",
        "a..b",
        ".a",
        "a b",
        "a\"b",
        "a.b.c.d.e",
    ] {
        let metadata = ClientMetadata { roles_claim: Some(claim.into()), ..client.metadata.clone() };
        let refused = clients::update(&server.app, &admin(), "web", client.revision, &metadata).await.err().unwrap();
        let ChangeError::Invalid(refusals) = refused else { panic!("{claim}: {refused}") };
        assert_eq!(refusals.iter().map(|refusal| refusal.field).collect::<Vec<_>>(), ["roles_claim"], "{claim}");
    }
    for claim in ["groups", "roles", "realm_access.roles", "https://a.example/roles", "cognito:groups"] {
        server.change_client("web", |web| web.roles_claim = Some(claim.into())).await;
    }
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
