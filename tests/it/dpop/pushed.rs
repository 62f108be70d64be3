//! Proofs where a request is pushed (RFC 9449 §10.1, conformance §9.4).

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use url::form_urlencoded;

use super::{Key, redeem};
use crate::{
    pushed_requests::{finish, opening, request},
    server::{Answer, Server, secret_of},
};

async fn push(server: &Server, key: &Key, more: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(request(more)).finish();
    let pair = STANDARD.encode(format!("web:{}", secret_of("web")));
    let pushed = Request::post("/oauth2/par")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {pair}"))
        .header("DPoP", key.proof(server, "POST /oauth2/par", None, &Value::Null));
    server.send(pushed.body(Body::from(body)).unwrap()).await
}

#[sqlx::test]
async fn a_proof_where_it_is_pushed_binds_the_code(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (key, other) = (Key::new(), Key::new());
    let refused = push(&server, &key, &[("dpop_jkt", &other.thumbprint())]).await.refusal();
    assert_eq!(refused, (400, "invalid_dpop_proof".to_owned()));
    assert_eq!(push(&server, &key, &[("dpop_jkt", &key.thumbprint())]).await.status, StatusCode::CREATED);

    for (redeems, status) in [(&other, 400), (&key, 200)] {
        let uri = push(&server, &key, &[]).await.json()["request_uri"].as_str().unwrap().to_owned();
        let mut browser = server.browser();
        let page = browser.open(&opening("web", &uri)).await;
        let code = finish(&mut browser, page).await.code();
        let answer = redeem(&server, "web", &code, &[&redeems.token_proof(&server)]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[sqlx::test]
async fn a_proof_for_another_endpoint_is_none_for_this_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let elsewhere = Key::new().token_proof(&server);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(request(&[])).finish();
    let pair = STANDARD.encode(format!("web:{}", secret_of("web")));
    let pushed = Request::post("/oauth2/par")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {pair}"))
        .header("DPoP", elsewhere);
    let answer = server.send(pushed.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.refusal(), (400, "invalid_dpop_proof".to_owned()));
}
