//! Bound tokens where they are used: userinfo and the admin API.

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::policy::permission::Permission;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Key, USERINFO, get, text};
use crate::{
    admin_api::{Machine, problem},
    server::{ISSUER, Server},
};

const ROUTE: &str = "GET /oauth2/userinfo";
const CLIENTS: &str = "/api/v1/clients";

fn invalid_token() -> (u16, String) {
    (401, "invalid_token".into())
}

/// DP-11, UI-08: a thief has the token, and not the key.
#[sqlx::test]
async fn dp_11_a_stolen_token_opens_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (key, thief) = (Key::new(), Key::new());
    let token = text(&key.tokens(&server, "web").await["access_token"]);
    let other = text(&key.tokens(&server, "spa").await["access_token"]);
    let dpop = format!("DPoP {token}");
    let challenge = "DPoP realm=\"portcullis\", error=\"invalid_token\"";

    let by_bearer = get(&server, USERINFO, &format!("Bearer {token}"), &[]).await;
    let with_proof = key.proof(&server, ROUTE, Some(&token), &Value::Null);
    let by_bearer_and_proof = get(&server, USERINFO, &format!("Bearer {token}"), &[&with_proof]).await;
    let without_proof = get(&server, USERINFO, &dpop, &[]).await;
    let by_thief = thief.userinfo(&server, &token).await;
    for answer in [by_bearer, by_bearer_and_proof, without_proof, by_thief] {
        assert_eq!(answer.refusal(), invalid_token());
        let said = answer.header("www-authenticate");
        assert!(said.starts_with(challenge) && said.ends_with("algs=\"ES256 PS256 EdDSA\""), "{said}");
    }
    for proof in [
        key.proof(&server, ROUTE, Some(&other), &Value::Null),
        key.proof(&server, ROUTE, None, &Value::Null),
        key.proof(&server, ROUTE, Some(&token), &json!({"ath": "AA"})),
    ] {
        let answer = get(&server, USERINFO, &dpop, &[&proof]).await;
        assert_eq!(answer.refusal(), (401, "invalid_dpop_proof".into()));
        assert!(
            answer.header("www-authenticate").starts_with("DPoP realm=\"portcullis\", error=\"invalid_dpop_proof\"")
        );
    }
    let form = Request::post(USERINFO).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let in_body = server.send(form.body(Body::from(format!("access_token={token}"))).unwrap()).await;
    assert_eq!(in_body.refusal(), invalid_token());

    let unbound = server.tokens("web").await.access;
    assert_eq!(key.userinfo(&server, &unbound).await.refusal(), invalid_token(), "it proves nothing about that token");
    let without_proof = get(&server, USERINFO, &format!("DPoP {unbound}"), &[]).await;
    assert_eq!(without_proof.refusal(), invalid_token(), "the scheme takes a proof");
    assert_eq!(server.get_with_token(USERINFO, &unbound).await.status, 200);
    assert_eq!(key.userinfo(&server, &token).await.status, 200);
}

/// UI-08, and what the conformance suite sends to a resource (FAPI 2.0).
#[sqlx::test]
async fn ui_08_a_proof_at_a_resource_is_as_strict_as_elsewhere(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let key = Key::new();
    let token = text(&key.tokens(&server, "web").await["access_token"]);
    let now = server.clock.now().unix_timestamp();
    let ask = async |scheme: &str, proof: &str| get(&server, USERINFO, &format!("{scheme} {token}"), &[proof]).await;

    for changes in [
        json!({"htm": "POST"}),
        json!({"htm": null}),
        json!({"htu": format!("{ISSUER}/oauth2/token")}),
        json!({"htu": null}),
        json!({"jti": null}),
        json!({"iat": null}),
        json!({"iat": now - 3600}),
        json!({"iat": now + 3600}),
        json!({"ath": null}),
    ] {
        let answer = ask("DPoP", &key.proof(&server, ROUTE, Some(&token), &changes)).await;
        assert_eq!(answer.refusal(), (401, "invalid_dpop_proof".into()), "{changes}");
    }
    for (scheme, changes) in [
        ("DPoP", json!({})),
        ("dPoP", json!({})),
        ("DPOP", json!({"htu": "https://ID.example:443/oauth2/userinfo?x=y#z", "more": 1})),
        ("dpop", json!({"iat": now - 10, "exp": 1})),
        ("dpop", json!({"iat": now + 8, "nbf": now + 60})),
    ] {
        let answer = ask(scheme, &key.proof(&server, ROUTE, Some(&token), &changes)).await;
        assert_eq!(answer.status, 200, "{scheme} {changes}: {}", answer.body);
    }
    let proof = key.proof(&server, ROUTE, Some(&token), &Value::Null);
    let two = Request::get(USERINFO).header("authorization", format!("DPoP {token}")).header("dpop", &proof);
    let two = two.header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
    assert_eq!(server.send(two).await.refusal(), (400, "invalid_request".into()));
    let twice = get(&server, USERINFO, &format!("DPoP {token}"), &[&proof, &proof]).await;
    assert_eq!(twice.refusal(), (401, "invalid_dpop_proof".into()));
    assert_eq!(ask("DPoP", &proof).await.status, 200, "what was refused for its form has used up nothing");
    for node in [&server, &server.second_node().await] {
        let again = get(node, USERINFO, &format!("DPoP {token}"), &[&proof]).await;
        assert_eq!(again.refusal(), (401, "invalid_dpop_proof".into()), "DP-07");
    }
}

#[sqlx::test]
async fn who_presents_nothing_is_told_both_schemes(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for path in [USERINFO, CLIENTS] {
        let answer = server.get(path).await;
        let challenges = answer.headers.get_all("www-authenticate").iter().map(|one| one.to_str().unwrap());
        let expected = ["Bearer realm=\"portcullis\"", "DPoP realm=\"portcullis\", algs=\"ES256 PS256 EdDSA\""];
        assert_eq!((answer.status.as_u16(), challenges.collect::<Vec<_>>()), (401, expected.to_vec()), "{path}");
    }
}

/// DP-11 at the admin API, which takes tokens like any resource.
#[sqlx::test]
async fn the_admin_api_takes_bound_tokens_with_their_key_alone(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (key, thief) = (Key::new(), Key::new());
    let (client_id, secret) = Machine::registered(&server, Permission::ALL.iter().copied()).await;
    let body = "grant_type=client_credentials&resource=urn:portcullis:api";
    let body = format!("{body}&client_id={client_id}&client_secret={secret}");
    let request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.header("dpop", key.token_proof(&server)).body(Body::from(body)).unwrap();
    let token = text(&server.send(request).await.json()["access_token"]);
    let route = format!("GET {CLIENTS}");
    let by = |key: &Key| key.proof(&server, &route, Some(&token), &Value::Null);

    let proof = by(&key);
    let listed = get(&server, &format!("{CLIENTS}?limit=1"), &format!("dpop {token}"), &[&proof]).await;
    assert_eq!(listed.status, 200, "{}", listed.body);

    let replayed = get(&server, CLIENTS, &format!("DPoP {token}"), &[&proof]).await;
    assert_eq!(problem(&replayed), (401, "invalid_dpop_proof".into()));
    for (authorization, proofs) in [
        (format!("Bearer {token}"), vec![]),
        (format!("Bearer {token}"), vec![by(&key)]),
        (format!("DPoP {token}"), vec![]),
        (format!("DPoP {token}"), vec![by(&thief)]),
    ] {
        let proofs = proofs.iter().map(String::as_str).collect::<Vec<_>>();
        let answer = get(&server, CLIENTS, &authorization, &proofs).await;
        assert_eq!(problem(&answer), invalid_token(), "{authorization:.7}");
        assert!(answer.header("www-authenticate").starts_with("DPoP realm=\"portcullis\", error=\"invalid_token\""));
    }
    // A change, with its own proof, and one that comes again by its key.
    let post = async |idempotency: &str| {
        let proof = key.proof(&server, &format!("POST {CLIENTS}"), Some(&token), &Value::Null);
        let client = json!({"client_name": "Nightly", "type": "service", "scope": "records:read"});
        let request = Request::post(CLIENTS).header("authorization", format!("DPoP {token}")).header("dpop", proof);
        let request = request.header("content-type", "application/json").header("idempotency-key", idempotency);
        server.send(request.body(Body::from(client.to_string())).unwrap()).await
    };
    let (made, again) = (post("one").await, post("one").await);
    assert_eq!((made.status.as_u16(), again.status.as_u16()), (201, 201), "{} {}", made.body, again.body);
    assert_eq!(made.json()["client_id"], again.json()["client_id"]);
}
