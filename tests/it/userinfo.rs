//! The userinfo endpoint (OpenID Connect Core §5.3), and how it takes a token (RFC 6750 §2).

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::accounts::users;
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    server::{Answer, Server, admin},
    tokens,
};

const URI: &str = "/oauth2/userinfo";

async fn access_token(server: &Server) -> String {
    tokens::of_alice(server).await["access_token"].as_str().unwrap().to_owned()
}

async fn ask(server: &Server, method: &str, authorizations: &[String], form: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(URI);
    for authorization in authorizations {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    if form.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    server.send(request.body(Body::from(form.unwrap_or_default().to_owned())).unwrap()).await
}

/// UI-03, UI-08
#[sqlx::test]
async fn ui_03_a_token_comes_in_one_place_and_one_scheme(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let token = access_token(&server).await;
    let header = |scheme: &str| format!("{scheme} {token}");
    let form = format!("access_token={token}");
    let twice = format!("{form}&{form}");

    for (method, authorizations, form, status, challenge) in [
        ("GET", vec![header("Bearer")], None, 200, ""),
        ("POST", vec![header("Bearer")], None, 200, ""),
        ("POST", vec![header("bEaReR")], Some(""), 200, ""),
        ("POST", vec![], Some(form.as_str()), 200, ""),
        ("POST", vec![header("Bearer")], Some(&form), 400, "invalid_request"),
        ("POST", vec![], Some(&twice), 400, "invalid_request"),
        ("GET", vec![header("Bearer"), header("Bearer")], None, 400, "invalid_request"),
        ("GET", vec![], None, 401, "Bearer realm=\"portcullis\""),
        ("POST", vec![], Some(""), 401, "Bearer realm=\"portcullis\""),
        ("GET", vec![header("Basic")], None, 401, "Bearer realm=\"portcullis\""),
        ("GET", vec![header("DPoP")], None, 401, "DPoP realm=\"portcullis\", error=\"invalid_token\""),
        ("GET", vec![token.clone()], None, 401, "Bearer realm=\"portcullis\""),
        ("GET", vec![header("Bearer") + "x"], None, 401, "invalid_token"),
        ("GET", vec!["Bearer ".to_owned()], None, 401, "invalid_token"),
        ("PUT", vec![header("Bearer")], None, 405, ""),
    ] {
        let answer = ask(&server, method, &authorizations, form).await;
        assert_eq!(answer.status, status, "{method} {form:?}: {}", answer.body);
        assert!(answer.header("www-authenticate").contains(challenge), "{method} {status} {challenge}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let in_url = server.get(&format!("{URI}?{form}")).await;
    assert_eq!(in_url.refusal(), (400, "invalid_request".to_owned()));
}

/// UI-04
#[sqlx::test]
async fn ui_04_each_scope_brings_its_claims_and_no_others(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (scope, expected) in [
        ("openid", &["sub"][..]),
        ("openid email", &["email", "email_verified", "sub"]),
        ("openid profile", &["name", "preferred_username", "sub", "updated_at"]),
        ("openid email records:read", &["email", "email_verified", "sub"]),
    ] {
        let tokens = tokens::of_person(&server, "alice", scope).await;
        let claims = server.get_with_token(URI, tokens["access_token"].as_str().unwrap()).await.json();
        let mut names = claims.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
        names.sort_unstable();
        assert_eq!(names, expected, "{scope}");
        assert_eq!(claims["sub"], tokens::payload(tokens["id_token"].as_str().unwrap())["sub"]);
    }
}

/// UI-05
#[sqlx::test]
async fn ui_05_who_speaks_for_nobody_learns_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let of_service = server.service_token().await;
    let of_records = tokens::of_person(&server, "alice", "records:read").await;

    for token in [of_service.as_str(), of_records["access_token"].as_str().unwrap()] {
        let answer = server.get_with_token(URI, token).await;
        assert_eq!(answer.refusal(), (403, "insufficient_scope".to_owned()));
        assert!(answer.header("www-authenticate").contains("insufficient_scope"));
    }
}

#[sqlx::test]
async fn what_has_ended_learns_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (expired, revoked) = (access_token(&server).await, tokens::of_alice(&server).await);
    let of_disabled = tokens::of_person(&server, "bob", "openid").await;
    let token = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
    let gone = |answer: Answer| assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));

    server.post("/oauth2/revoke", Some("web"), &[("token", &token(&revoked, "refresh_token"))]).await;
    gone(server.get_with_token(URI, &token(&revoked, "access_token")).await);

    let bob = tokens::payload(&token(&of_disabled, "access_token"))["sub"].as_str().unwrap().parse().unwrap();
    assert_eq!(server.get_with_token(URI, &token(&of_disabled, "access_token")).await.status, 200);
    users::set_enabled(&server.app, &admin(), bob, false).await.unwrap();
    gone(server.get_with_token(URI, &token(&of_disabled, "access_token")).await);

    assert_eq!(server.get_with_token(URI, &expired).await.status, 200);
    server.advance(Duration::seconds(300)).await;
    gone(server.get_with_token(URI, &expired).await);
}
