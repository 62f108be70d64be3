//! What is bound to a key at the token endpoint, and who gets nothing there.

use portcullis::protocol::client::ClientType;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Key, SERVICE, invalid_proof, redeem, refresh, text, token};
use crate::server::{RECORDS, Server, claims};

async fn reasons(server: &Server, event: &str) -> Vec<String> {
    let found = sqlx::query_scalar("select reason from audit_events where event = $1 order by event_id").bind(event);
    found.fetch_all(&server.db).await.unwrap()
}

/// DP-12
#[sqlx::test]
async fn dp_12_every_grant_binds_its_token_to_the_key_that_is_proven(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let key = Key::new();

    let mut answers = vec![key.service_token(&server).await.json()];
    for client in ["web", "spa", "native"] {
        let first = key.tokens(&server, client).await;
        let again = refresh(&server, client, &text(&first["refresh_token"]), &[&key.token_proof(&server)]).await;
        answers.extend([first, again.json()]);
    }
    for answer in &answers {
        assert_eq!(answer["token_type"], "DPoP", "{answer}");
        let access = text(&answer["access_token"]);
        assert_eq!(claims(&access)["cnf"], json!({ "jkt": key.thumbprint() }));
        let told = server.introspect(&access).await;
        assert_eq!(
            (&told["token_type"], &told["cnf"]),
            (&json!("DPoP"), &json!({ "jkt": key.thumbprint() })),
            "{told}"
        );
    }
    let unbound = server.service_token().await;
    assert_eq!((&claims(&unbound)["cnf"], claims(&unbound)["aud"].as_str()), (&Value::Null, Some(RECORDS)));
    let told = server.introspect(&unbound).await;
    assert_eq!((&told["token_type"], &told["cnf"]), (&json!("Bearer"), &Value::Null));
    let bound = text(&answers[3]["refresh_token"]);
    let told = server.post("/oauth2/introspect", Some("monitor"), &[("token", &bound)]).await.json();
    assert_eq!((&told["cnf"]["jkt"], &told["active"]), (&json!(key.thumbprint()), &json!(true)), "a public client's");
}

/// DP-10
#[sqlx::test]
async fn dp_10_a_code_that_was_asked_for_with_a_key_takes_no_other(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (key, thief) = (Key::new(), Key::new());
    let obtain = async || server.browser().obtain("alice", &[("dpop_jkt", &key.thumbprint())]).await.code();

    let code = obtain().await;
    assert_eq!(redeem(&server, "web", &code, &[&key.token_proof(&server)]).await.json()["token_type"], "DPoP");

    for (proof, refusal) in [(Some(&thief), (400, "invalid_grant".to_owned())), (None, invalid_proof())] {
        let code = obtain().await;
        let proof = proof.map(|thief| thief.token_proof(&server));
        let proofs = proof.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(redeem(&server, "web", &code, &proofs).await.refusal(), refusal);
        let late = redeem(&server, "web", &code, &[&key.token_proof(&server)]).await;
        assert_eq!(late.refusal(), (400, "invalid_grant".into()), "whoever tried had stolen it: it is of no more use");
    }
    assert_eq!(reasons(&server, "code.refused").await.len(), 2);
    assert_eq!(reasons(&server, "token.refused").await, [""; 0], "one event for each refusal");

    for malformed in ["short", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=", &format!("{}A", key.thumbprint())] {
        let page = server.browser().authorize(&[("dpop_jkt", malformed)]).await;
        assert_eq!(page.error(), "invalid_request", "{malformed}");
    }
}

/// RF-17, RF-18
#[sqlx::test]
async fn rf_17_a_refresh_token_of_a_public_client_takes_its_key_alone(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (key, thief) = (Key::new(), Key::new());
    for client in ["spa", "native"] {
        let token = text(&key.tokens(&server, client).await["refresh_token"]);

        let stolen = refresh(&server, client, &token, &[&thief.token_proof(&server)]).await;
        let bare = refresh(&server, client, &token, &[]).await;

        assert_eq!(stolen.refusal(), (400, "invalid_grant".into()));
        assert_eq!(bare.refusal(), invalid_proof());
        for _ in 0..3 {
            let again = refresh(&server, client, &token, &[&key.token_proof(&server)]).await;
            assert_eq!(again.json()["refresh_token"], *token, "it is bound, so it does not rotate: {}", again.body);
        }
    }
}

/// RF-18
#[sqlx::test]
async fn rf_18_a_confidential_client_keeps_its_refresh_token_and_may_change_its_key(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let (old, new) = (Key::new(), Key::new());
    let first = old.tokens(&server, "web").await;
    let kept = text(&first["refresh_token"]);

    let second = refresh(&server, "web", &kept, &[&new.token_proof(&server)]).await.json();
    let third = refresh(&server, "web", &kept, &[]).await.json();

    assert_eq!((&second["refresh_token"], &third["refresh_token"]), (&json!(kept), &json!(kept)));
    assert_eq!(claims(&text(&second["access_token"]))["cnf"]["jkt"], new.thumbprint());
    assert_eq!(third["token_type"], "Bearer");
    let token = text(&second["access_token"]);
    assert_eq!(new.userinfo(&server, &token).await.status, 200);
    assert_eq!(old.userinfo(&server, &token).await.status, 401);
}

/// A public client that begins to prove its key: its next refresh token is bound.
#[sqlx::test]
async fn a_refresh_token_is_bound_when_it_rotates_with_a_proof(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let key = Key::new();
    let first = server.tokens("spa").await;

    let second = refresh(&server, "spa", &first.refresh, &[&key.token_proof(&server)]).await.json();

    let second = text(&second["refresh_token"]);
    assert_ne!(second, first.refresh);
    // A client that lost the answer comes back with the first one, and must prove the key by then.
    assert_eq!(refresh(&server, "spa", &first.refresh, &[]).await.refusal(), invalid_proof());
    assert_eq!(refresh(&server, "spa", &second, &[]).await.refusal(), invalid_proof());
    let third = refresh(&server, "spa", &second, &[&key.token_proof(&server)]).await;
    assert_eq!(third.json()["refresh_token"], *second, "{}", third.body);
}

/// RFC 9449 §5.2
#[sqlx::test]
async fn a_client_that_is_registered_for_it_gets_nothing_without_a_proof(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let key = Key::new();
    for client in ["web", "spa", "service"] {
        server.change_client(client, |client| client.dpop_bound_access_tokens = true).await;
    }

    for (client, kind) in [("web", ClientType::Web), ("spa", ClientType::Browser)] {
        let code = server.browser().obtain_code_for(client).await;
        assert_eq!(redeem(&server, client, &code, &[]).await.refusal(), invalid_proof(), "{kind:?}");
        let answer = redeem(&server, client, &code, &[&key.token_proof(&server)]).await;
        assert_eq!(answer.json()["token_type"], "DPoP", "the code was not touched: {}", answer.body);
        let kept = text(&answer.json()["refresh_token"]);
        assert_eq!(refresh(&server, client, &kept, &[]).await.refusal(), invalid_proof());
    }
    assert_eq!(token(&server, "service", &SERVICE, &[]).await.refusal(), invalid_proof());
    assert_eq!(key.service_token(&server).await.json()["token_type"], "DPoP");
    assert!(reasons(&server, "token.refused").await.iter().all(|why| why.contains("DPoP proof")));
}

/// A token that was revoked is dead whatever is proven with it, and its client needs no proof to revoke it.
#[sqlx::test]
async fn a_bound_token_is_revoked_like_any_other(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let key = Key::new();
    let tokens = key.tokens(&server, "web").await;
    let access = text(&tokens["access_token"]);
    assert_eq!(key.userinfo(&server, &access).await.status, 200);

    assert_eq!(server.post("/oauth2/revoke", Some("web"), &[("token", &access)]).await.status, 200);
    server.app.refresh().await.unwrap();

    let answer = key.userinfo(&server, &access).await;
    assert_eq!(answer.refusal(), (401, "invalid_token".into()));
    assert!(answer.header("www-authenticate").starts_with("DPoP realm=\"portcullis\", error=\"invalid_token\""));
}
