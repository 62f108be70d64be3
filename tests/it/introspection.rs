//! Introspection (RFC 7662) and revocation (RFC 7009): who learns what, and how soon what ended is dead.

use std::time::Duration as StdDuration;

use portcullis::{accounts::users, registry::clients, store::users as stored_users};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    server::{BILLING, ISSUER, RECORDS, Server, admin},
    tokens,
};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn inactive() -> Value {
    json!({"active": false})
}

async fn introspect_as(server: &Server, client: &str, token: &str) -> Value {
    server.post("/oauth2/introspect", Some(client), &[("token", token)]).await.json()
}

async fn revoke(server: &Server, client: &str, token: &str) {
    let answer = server.post("/oauth2/revoke", Some(client), &[("token", token)]).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
}

#[sqlx::test]
async fn ir_12_an_active_answer_says_what_an_api_needs(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let token = text(&tokens, "access_token");

    let answer = server.post("/oauth2/introspect", Some("records-api"), &[("token", token)]).await;

    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let (mut said, claims) = (answer.json(), tokens::payload(token));
    let exp = said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap();
    for name in ["sub", "exp", "iat", "jti", "grant_id", "auth_time"] {
        assert_eq!(said[name], claims[name], "{name}");
        said[name] = "…".into();
    }
    assert_eq!(exp, 300);
    insta::assert_json_snapshot!("active_token", said);
}

/// IR-02, D6: to whom a token is of no concern, it does not work.
#[sqlx::test]
async fn ir_02_only_whom_a_token_names_may_introspect_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let of_records = text(&tokens::of_alice(&server).await, "access_token").to_owned();
    let of_billing = tokens::of_person(&server, "alice", "openid billing:read").await;
    let of_billing = text(&of_billing, "access_token");
    assert!(tokens::payload(of_billing)["aud"].to_string().contains(BILLING));

    for (caller, token, active) in [
        ("records-api", of_records.as_str(), true),
        ("records-api", of_billing, false),
        ("monitor", &of_records, true),
        ("monitor", of_billing, true),
        ("service", &of_records, false),
        ("web", &of_records, false), // its own token, but it is for the API
    ] {
        let said = introspect_as(&server, caller, token).await;
        assert_eq!(said["active"], active, "{caller}");
        assert!(active || said == inactive(), "{caller}: {said}");
    }
    let public = server.post("/oauth2/introspect", None, &[("client_id", "spa"), ("token", &of_records)]).await;
    assert_eq!(public.refusal(), (401, "invalid_client".to_owned()));
}

#[sqlx::test]
async fn a_refresh_token_is_shown_to_no_api(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let token = text(&tokens, "refresh_token");

    assert_eq!(introspect_as(&server, "records-api", token).await, inactive());
    let said = introspect_as(&server, "monitor", token).await;
    assert_eq!(
        (&said["active"], &said["client_id"], &said["username"]),
        (&true.into(), &"web".into(), &"alice".into())
    );
    assert_eq!(said.get("token_type"), None);
    revoke(&server, "web", token).await;
    assert_eq!(introspect_as(&server, "monitor", token).await, inactive());
}

#[sqlx::test]
async fn a_token_ends_when_it_says(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let token = server.service_token().await;

    server.advance(Duration::seconds(298)).await;
    assert_eq!(server.introspect(&token).await["active"], true);
    server.advance(Duration::seconds(2)).await;
    assert_eq!(server.introspect(&token).await, inactive());
}

/// IR-04: on every node, as soon as it has heard of it.
#[sqlx::test]
async fn ir_04_what_is_disabled_has_no_working_tokens(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let (of_alice, of_bob) = (tokens::of_alice(&server).await, tokens::of_person(&server, "bob", "openid").await);
    let of_service = server.service_token().await;
    let alice = text(&tokens::payload(text(&of_alice, "access_token")), "sub").parse().unwrap();
    assert!(stored_users::find(&server.db, alice).await.unwrap().is_some());

    users::set_enabled(&server.app, &admin(), alice, false).await.unwrap();
    clients::set_enabled(&server.app, &admin(), "service", false).await.unwrap();
    second.app.refresh().await.unwrap();

    for node in [&server, &second] {
        for token in [text(&of_alice, "access_token"), text(&of_alice, "refresh_token"), &of_service] {
            assert_eq!(introspect_as(node, "monitor", token).await, inactive());
        }
        assert_eq!(introspect_as(node, "monitor", text(&of_bob, "access_token")).await["active"], true);
    }
}

/// IR-05, RFC 7009 §2.1: a hint is a hint.
#[sqlx::test]
async fn ir_05_a_wrong_hint_hides_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;

    for (name, hint) in [("access_token", "refresh_token"), ("refresh_token", "access_token"), ("access_token", "junk")]
    {
        let form = [("token", text(&tokens, name)), ("token_type_hint", hint)];
        let said = server.post("/oauth2/introspect", Some("monitor"), &form).await.json();
        assert_eq!(said["active"], true, "{name} as {hint}");
    }
    let form = [("token", text(&tokens, "refresh_token")), ("token_type_hint", "access_token")];
    assert_eq!(server.post("/oauth2/revoke", Some("web"), &form).await.status, 200);
    assert_eq!(introspect_as(&server, "monitor", text(&tokens, "access_token")).await, inactive());
}

#[sqlx::test]
async fn ir_07_what_is_not_there_or_not_ones_own_is_not_revoked(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));

    for token in ["unknown", "ptc_rt_unknown", &refresh[..70], &access[..access.len() - 1], access, refresh] {
        revoke(&server, "service", token).await;
    }
    let public = server.post("/oauth2/revoke", None, &[("client_id", "spa"), ("token", refresh)]).await;
    assert_eq!((public.status.as_u16(), public.body.as_str()), (200, ""));

    for token in [access, refresh] {
        assert_eq!(introspect_as(&server, "monitor", token).await["active"], true);
    }
}

/// IR-08, RFC 7009 §2.1
#[sqlx::test]
async fn ir_08_an_access_token_ends_alone_and_a_refresh_token_with_all_it_brought(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let first = tokens::of_alice(&server).await;
    let second = tokens::refresh(&server, text(&first, "refresh_token")).await.json();
    let elsewhere = tokens::of_alice(&server).await;
    let active = async |token: &str| introspect_as(&server, "monitor", token).await["active"].clone();

    revoke(&server, "web", text(&first, "access_token")).await;
    assert_eq!(active(text(&first, "access_token")).await, false);
    assert_eq!(active(text(&second, "access_token")).await, true);
    assert_eq!(active(text(&first, "refresh_token")).await, true);

    revoke(&server, "web", text(&first, "refresh_token")).await;
    assert_eq!(active(text(&second, "access_token")).await, false);
    assert_eq!(tokens::refresh(&server, text(&first, "refresh_token")).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(active(text(&elsewhere, "access_token")).await, true); // RF-14
    assert_eq!(active(text(&elsewhere, "refresh_token")).await, true);
}

/// IR-10: nothing but the database connects the nodes.
#[sqlx::test]
async fn ir_10_a_revocation_holds_on_every_node_within_a_second(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let tokens = tokens::of_alice(&server).await;
    let (of_alice, of_service) = (text(&tokens, "access_token"), server.service_token().await);
    for token in [of_alice, &of_service] {
        assert_eq!(introspect_as(&second, "monitor", token).await["active"], true);
    }

    revoke(&server, "web", of_alice).await;
    revoke(&server, "service", &of_service).await;
    for token in [of_alice, &of_service] {
        assert_eq!(introspect_as(&server, "monitor", token).await, inactive(), "on the node that revoked it");
    }
    tokio::time::sleep(StdDuration::from_secs(1)).await;

    for token in [of_alice, &of_service] {
        assert_eq!(introspect_as(&second, "monitor", token).await, inactive());
    }
}

#[sqlx::test]
async fn ir_13_junk_is_an_inactive_token_or_a_refusal(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (dots, long, header) = (".".repeat(10_000), "a".repeat(60_000), "eyJhbGciOiJub25lIn0.e30.");

    for token in ["x", "..", "a.b.c", "ptc_rt_", "ptc_ac_x", "'; drop table users --", "🔑", &dots, &long, header] {
        let answer = server.post("/oauth2/introspect", Some("monitor"), &[("token", token)]).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, inactive()), "{}", &token[..token.len().min(20)]);
    }
    let megabyte = "a".repeat(1 << 20);
    for (form, status) in [
        (&[("token", "a\0b")][..], 400),
        (&[("token", "a\nb")], 400),
        (&[("token", "")], 400),
        (&[("hint", "a")], 400),
        (&[("token", "a"), ("token", "a")], 400),
        (&[("token", megabyte.as_str())], 413),
    ] {
        for uri in ["/oauth2/introspect", "/oauth2/revoke"] {
            assert_eq!(server.post(uri, Some("monitor"), form).await.refusal(), (status, "invalid_request".into()));
        }
    }
    assert_eq!(server.get("/oauth2/introspect").await.status, 405);
    assert_eq!(server.get("/oauth2/revoke").await.status, 405);
}

/// IR-09, IR-14, D8: without the database nothing is revoked, and nothing is active for longer than a second.
#[sqlx::test]
async fn ir_14_without_the_database_there_is_no_answer(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let (of_alice, of_service) = (text(&tokens, "access_token"), server.service_token().await);

    server.app.db.close().await;
    for (client, token) in [("web", of_alice), ("web", text(&tokens, "refresh_token")), ("service", &of_service)] {
        let answer = server.post("/oauth2/revoke", Some(client), &[("token", token)]).await;
        assert_eq!(answer.status, 503, "revoke");
        assert!(!answer.header("retry-after").is_empty());
    }
    tokio::time::sleep(StdDuration::from_secs(1)).await;

    for token in [of_alice, &of_service, text(&tokens, "refresh_token"), "unknown"] {
        let answer = server.post("/oauth2/introspect", Some("monitor"), &[("token", token)]).await;
        assert_eq!(answer.status, 503, "introspect");
        assert!(!answer.header("retry-after").is_empty());
        assert!(!answer.body.contains("active"), "{}", answer.body);
    }
    assert_eq!(server.get_with_token("/oauth2/userinfo", of_alice).await.status, 503);
    assert_eq!(server.token(Some("service"), &[("grant_type", "client_credentials")]).await.status, 503);
    assert_eq!(tokens::refresh(&server, text(&tokens, "refresh_token")).await.status, 503);
    assert_eq!(server.browser().authorize(&[]).await.answer.status, 503);
}

#[sqlx::test]
async fn a_token_names_who_it_is_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let of_service = tokens::payload(&server.service_token().await);
    let of_alice = tokens::payload(text(&tokens::of_alice(&server).await, "access_token"));

    assert_eq!((&of_service["aud"], &of_service["sub"]), (&RECORDS.into(), &"service".into()));
    assert_eq!(of_alice["aud"], json!([RECORDS, ISSUER]));
}

/// D8: while changes cannot be read, nothing is decided by what was true before.
#[sqlx::test]
async fn a_registry_that_cannot_be_read_anew_decides_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let token = server.service_token().await;
    let run = async |sql: &'static str| sqlx::query(sql).execute(&server.db).await.unwrap();

    run("alter table role_scopes rename to lost_role_scopes").await;
    run("with raised as (update registry_version set version = version + 1 returning version)
        insert into registry_changes (version, token, touched) select version, gen_random_uuid(), '{roles}' from raised")
        .await;
    tokio::time::sleep(StdDuration::from_secs(1)).await;
    let answer = server.post("/oauth2/introspect", Some("records-api"), &[("token", &token)]).await;

    assert_eq!(answer.status, 503);
    run("alter table lost_role_scopes rename to role_scopes").await;
    assert_eq!(server.introspect(&token).await["active"], true);
}
