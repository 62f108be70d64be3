//! What the admin API does beside what is registered: how users get in, keys, the logo and the audit trail.

use portcullis::{
    accounts::users::{self, UserSettings},
    store,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use super::{Machine, mighty, problem};
use crate::{
    branding, factors, mail,
    server::{Server, admin},
};

async fn items(server: &Server, machine: &Machine, path: &str) -> Vec<Value> {
    let answer = machine.ask(server, &format!("GET {path}"), Value::Null).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert_eq!(answer.json()["next"], Value::Null);
    answer.json()["items"].as_array().unwrap().clone()
}

async fn status(server: &Server, machine: &Machine, route: &str, body: Value) -> u16 {
    machine.ask(server, route, body).await.status.as_u16()
}

#[sqlx::test]
async fn what_a_user_has_open_is_shown_and_ended(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    server.tokens("web").await;
    let (mut browser, _) = factors::with_app(&server, "alice").await;
    let alice = format!("/users/{}", server.user_id("alice").await);

    let found = items(&server, &machine, &format!("{alice}/factors")).await;
    assert_eq!((found.len(), &found[0]["kind"], &found[0]["name"]), (1, &json!("totp"), &json!("Phone")));
    let found = items(&server, &machine, &format!("{alice}/consents")).await;
    assert!(found[0]["scope"].as_str().unwrap().contains("records:read"), "{found:?}");
    let consent = format!("DELETE {alice}/consents/{}", found[0]["client_id"].as_str().unwrap());
    assert_eq!(status(&server, &machine, &consent, Value::Null).await, 204);
    assert_eq!(items(&server, &machine, &format!("{alice}/consents")).await, [] as [Value; 0]);

    let sessions = items(&server, &machine, &format!("{alice}/sessions")).await;
    let one = format!("DELETE {alice}/sessions/{}", sessions[0]["session_id"].as_str().unwrap());
    assert_eq!(status(&server, &machine, &one, Value::Null).await, 204);
    assert_eq!(status(&server, &machine, &one, Value::Null).await, 404, "it has ended");
    assert_eq!(items(&server, &machine, &format!("{alice}/sessions")).await.len(), sessions.len() - 1);
    assert_eq!(status(&server, &machine, &format!("DELETE {alice}/sessions"), Value::Null).await, 204);
    assert_eq!(items(&server, &machine, &format!("{alice}/sessions")).await, [] as [Value; 0]);
    assert_ne!(browser.open("/account/factors").await.uri, "/account/factors");

    assert_eq!(status(&server, &machine, &format!("DELETE {alice}/factors"), Value::Null).await, 204);
    assert_eq!(items(&server, &machine, &format!("{alice}/factors")).await, [] as [Value; 0]);
    for purpose in ["invitation", "recovery"] {
        let body = json!({ "purpose": purpose });
        assert_eq!(status(&server, &machine, &format!("POST {alice}/links"), body).await, 204);
    }
    assert!(mail::link(&server, "alice@people.example").await.starts_with("/recover/"));
    let odd = machine.ask(&server, &format!("POST {alice}/links"), json!({ "purpose": "other" })).await;
    assert_eq!(problem(&odd), (400, "malformed".into()));
    let nobody = format!("/users/{}", Uuid::nil());
    for route in
        ["DELETE {}/sessions", "DELETE {}/factors", "DELETE {}/hold", "GET {}/sessions", "DELETE {}/consents/web"]
    {
        let answer = machine.ask(&server, &route.replace("{}", &nobody), Value::Null).await;
        assert_eq!(problem(&answer), (404, "unknown".into()), "{route}");
    }
}

/// Every session there is, found by its user, its address and its proof, and ended by its id.
#[sqlx::test]
async fn all_sessions_are_listed_and_ended(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    factors::with_password(&server, "alice").await;
    factors::with_password(&server, "bob").await;
    let names = async |query: &str| {
        let found = machine.ask(&server, &format!("GET /sessions{query}"), Value::Null).await;
        assert_eq!(found.status, 200, "{query}: {}", found.body);
        let items = found.json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    for (query, found) in [
        ("", &["bob", "alice"][..]),
        ("?q=ALI", &["alice"]),
        ("?by=password&factor=none&for=applications&idle=0", &["bob", "alice"]),
        ("?for=console", &[]),
        ("?idle=1", &[]),
        ("?limit=1", &["bob"]),
    ] {
        assert_eq!(names(query).await, found, "{query}");
    }
    let first = machine.ask(&server, "GET /sessions?limit=1", Value::Null).await.json();
    let next = first["next"].as_str().unwrap().trim_start_matches("/api/v1/sessions").to_owned();
    assert_eq!(names(&next).await, ["alice"]);
    for odd in ["by=x", "for=x", "factor=x", "idle=-1", "after=x", "limit=0", "sort=x"] {
        let refused = machine.ask(&server, &format!("GET /sessions?{odd}"), Value::Null).await;
        assert_eq!(problem(&refused), (400, "malformed".into()), "{odd}");
    }
    let session = first["items"][0]["session_id"].as_str().unwrap();
    let end = format!("DELETE /sessions/{session}");
    assert_eq!(status(&server, &machine, &end, Value::Null).await, 204);
    assert_eq!(names("").await, ["alice"]);
    for gone in [end.as_str(), "DELETE /sessions/x"] {
        let answer = machine.ask(&server, gone, Value::Null).await;
        assert_eq!(problem(&answer), (404, "unknown".into()));
    }
}

/// Nobody is signed out, nor loses factors, by a client that holds less than they do.
#[sqlx::test]
async fn an_account_is_touched_only_by_what_holds_as_much(_: PgPoolOptions, options: PgConnectOptions) {
    use portcullis::policy::permission::Permission::{SessionsWrite, Unattended, UsersRead, UsersWrite};
    let server = Server::start(options).await;
    let machine = Machine::new(&server, [UsersRead, UsersWrite, SessionsWrite, Unattended]).await;
    let root = format!("/users/{}", server.user_id("admin").await);
    for (route, body) in [
        (format!("DELETE {root}/sessions"), Value::Null),
        (format!("DELETE {root}/consents/web"), Value::Null),
        (format!("DELETE {root}/factors"), Value::Null),
        (format!("DELETE {root}/hold"), Value::Null),
        (format!("POST {root}/links"), json!({ "purpose": "recovery" })),
    ] {
        let refused = machine.ask(&server, &route, body).await;
        assert_eq!(problem(&refused), (403, "insufficient_scope".into()), "{route}");
    }
    assert_eq!(items(&server, &machine, &format!("{root}/factors")).await.len(), 1);
}

/// Who is deleted is shown until they are erased, and can be restored; nothing else of them changes.
#[sqlx::test]
async fn a_deleted_user_can_only_be_restored(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let alice = format!("/users/{}", server.user_id("alice").await);
    assert_eq!(status(&server, &machine, &format!("DELETE {alice}"), Value::Null).await, 204);

    let shown = machine.ask(&server, &format!("GET {alice}"), Value::Null).await;
    let change =
        machine.call(&server, &format!("PUT {alice}"), &[("if-match", shown.header("etag"))], shown.json()).await;

    assert!(shown.json()["deleted_at"].is_i64() && shown.json()["enabled"] == false, "{}", shown.body);
    assert_eq!(problem(&change), (409, "protected".into()));
    let enable = machine.ask(&server, &format!("POST {alice}/enable"), Value::Null).await;
    assert_eq!(problem(&enable), (409, "protected".into()));
    let link = machine.ask(&server, &format!("POST {alice}/links"), json!({ "purpose": "recovery" })).await;
    assert_eq!(problem(&link), (409, "protected".into()));
    assert_eq!(status(&server, &machine, &format!("DELETE {alice}"), Value::Null).await, 204, "it is so already");
    assert_eq!(status(&server, &machine, &format!("POST {alice}/restore"), Value::Null).await, 200);
}

#[sqlx::test]
async fn keys_are_rotated_and_withdrawn(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut machine = mighty(&server).await;
    let keys = items(&server, &machine, "/keys").await;
    let kid = |keys: &[Value], state: &str| {
        let found = keys.iter().find(|key| key["alg"] == "ES256" && key["state"] == state);
        found.map(|key| key["kid"].as_str().unwrap().to_owned())
    };
    let (active, next) = (kid(&keys, "active").unwrap(), kid(&keys, "next").unwrap());
    assert!(keys.iter().all(|key| key["public_jwk"]["d"].is_null() && key["private_key"].is_null()));

    let rotated = machine.ask(&server, "POST /keys/rotate", json!({ "alg": "ES256" })).await;
    let rotated = rotated.json()["items"].as_array().unwrap().clone();
    assert_eq!((kid(&rotated, "active"), kid(&rotated, "retiring")), (Some(next), Some(active.clone())));
    assert_eq!(status(&server, &machine, &format!("DELETE /keys/{active}"), Value::Null).await, 204);
    let ended = machine.ask(&server, "GET /keys", Value::Null).await;
    assert_eq!(problem(&ended), (401, "invalid_token".into()), "it signed this token");
    machine.token = machine.new_token(&server).await;
    assert_eq!(kid(&items(&server, &machine, "/keys").await, "retiring"), None);
    let odd = machine.ask(&server, "POST /keys/rotate", json!({ "alg": "none" })).await;
    assert_eq!(problem(&odd), (400, "malformed".into()));
}

#[sqlx::test]
async fn a_logo_is_uploaded_and_removed(_: PgPoolOptions, options: PgConnectOptions) {
    use axum::{body::Body, http::Request};
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let put = async |image: Vec<u8>| {
        let request =
            Request::put("/api/v1/branding/logo").header("authorization", format!("Bearer {}", machine.token));
        server.send(request.body(Body::from(image)).unwrap()).await
    };
    let logo = "/branding/logo";
    assert_eq!(status(&server, &machine, &format!("GET {logo}"), Value::Null).await, 404);
    assert_eq!(put(branding::image(10)).await.status, 204);
    let shown = machine.ask(&server, &format!("GET {logo}"), Value::Null).await.json();
    assert_eq!(shown["content_type"], "image/png");
    let path = shown["url"].as_str().unwrap().strip_prefix(crate::server::ISSUER).unwrap();
    assert_eq!(server.get(path).await.status, 200);
    let refused = put(b"<svg/>".to_vec()).await;
    assert_eq!((problem(&refused), &refused.json()["errors"][0]["field"]), ((422, "invalid".into()), &json!("logo")));
    assert_eq!(put(vec![0; 10_000_000]).await.status, 413);
    assert_eq!(status(&server, &machine, &format!("DELETE {logo}"), Value::Null).await, 204);
    assert_eq!(status(&server, &machine, &format!("DELETE {logo}"), Value::Null).await, 404);
}

#[sqlx::test]
async fn the_audit_trail_is_read_in_pages(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    for number in 0..5 {
        let settings = UserSettings { username: format!("u{number}"), ..UserSettings::default() };
        users::create(&server.app, &admin(), &settings, None).await.unwrap();
    }
    let (mut path, mut seen) = ("/audit-events?event=user.created&limit=2".to_owned(), Vec::new());
    loop {
        let page = machine.ask(&server, &format!("GET {path}"), Value::Null).await.json();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|event| event["event_id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = next.strip_prefix("/api/v1").unwrap().to_owned();
    }
    let there = "select event_id::text from audit_events where event = 'user.created' order by event_id desc";
    let there: Vec<String> = sqlx::query_scalar(there).fetch_all(&server.db).await.unwrap();
    assert!(there.len() >= 5);
    assert_eq!(seen, there, "each once, the newest first");

    let actor = format!("client:{}", machine.client_id);
    let by_actor = machine.ask(&server, &format!("GET /audit-events?actor={actor}"), Value::Null).await.json();
    assert!(by_actor["items"].as_array().unwrap().iter().all(|event| event["actor"] == actor.as_str()));
    let none = machine.ask(&server, "GET /audit-events?until=2000-01-01T00:00:00Z", Value::Null).await.json();
    assert_eq!(none["items"], json!([]));
    for query in ["from=today", "until=1900-01-01T00:00:00Z", "after=x", "other=1", "actor=%00"] {
        let odd = machine.ask(&server, &format!("GET /audit-events?{query}"), Value::Null).await;
        assert_eq!(problem(&odd), (400, "malformed".into()), "{query}");
    }
}

#[sqlx::test]
async fn a_client_is_given_to_another_owner(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let alice = server.user_id("alice").await;
    for (owner, expected) in [(json!(alice), Some(alice)), (Value::Null, None)] {
        let given = machine.ask(&server, "POST /clients/web/owner", json!({ "owner": owner })).await;
        assert_eq!((given.status.as_u16(), &given.json()["owner"]), (200, &owner), "{}", given.body);
        assert_eq!(store::clients::find(&server.db, "web").await.unwrap().unwrap().owner, expected);
    }
    let unknown = machine.ask(&server, "POST /clients/web/owner", json!({ "owner": Uuid::nil() })).await;
    assert_eq!((problem(&unknown), &unknown.json()["errors"][0]["field"]), ((422, "invalid".into()), &json!("owner")));
}
