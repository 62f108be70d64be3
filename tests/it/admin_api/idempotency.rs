//! A request that comes again makes nothing twice.

use portcullis::policy::permission::Permission;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Machine, a_service, mighty, problem};
use crate::server::{Answer, Server};

async fn registered(server: &Server) -> i64 {
    let count = "select count(*) from clients where metadata ->> 'client_name' = 'Nightly'";
    sqlx::query_scalar(count).fetch_one(&server.db).await.unwrap()
}

async fn register(server: &Server, machine: &Machine, key: &str, body: Value) -> Answer {
    machine.call(server, "POST /clients", &[("idempotency-key", key)], body).await
}

#[sqlx::test]
async fn a_request_that_comes_again_is_answered_as_it_was(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;

    let first = register(&server, &machine, "one", a_service()).await;
    let again = register(&server, &machine, "one", a_service()).await;

    assert_eq!((first.status.as_u16(), again.status.as_u16(), registered(&server).await), (201, 201, 1));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    for name in ["etag", "location", "content-type"] {
        assert_eq!(first.header(name), again.header(name));
    }
    let secret = first.json()["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(again.json()["client_id"], first.json()["client_id"]);
    assert!(again.json()["client_secret"].is_null(), "what is kept has no secrets");
    assert_eq!(server.rows_with(&secret).await, 0);

    let other = register(&server, &machine, "one", json!({ "client_name": "Other", "type": "service" })).await;
    assert_eq!(problem(&other), (422, "key_used".into()));
    assert_eq!(register(&server, &machine, "two", a_service()).await.status, 201);
    let another = mighty(&server).await;
    assert_eq!(register(&server, &another, "one", a_service()).await.status, 201, "keys belong to who sends them");
    assert_eq!(registered(&server).await, 3);
}

/// What was refused changed nothing, so it may be put right and come again with its key.
#[sqlx::test]
async fn what_was_refused_may_come_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let wrong = json!({ "client_name": "", "type": "service" });
    assert_eq!(problem(&register(&server, &machine, "one", wrong).await), (422, "invalid".into()));
    assert_eq!(register(&server, &machine, "one", a_service()).await.status, 201);
    for key in ["", &"k".repeat(256), "\u{e9}"] {
        assert_eq!(problem(&register(&server, &machine, key, a_service()).await), (400, "malformed".into()), "{key}");
    }
    let reader = Machine::new(&server, [Permission::ClientsRead]).await;
    assert_eq!(problem(&register(&server, &reader, "one", a_service()).await), (403, "insufficient_scope".into()));
    server.advance(time::Duration::hours(25)).await;
    server.run_job("old_idempotent_requests").await.unwrap();
    let kept: i64 = sqlx::query_scalar("select count(*) from idempotent_requests").fetch_one(&server.db).await.unwrap();
    assert_eq!(kept, 0);
}

#[sqlx::test]
async fn of_requests_at_once_with_one_key_one_is_served(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = std::sync::Arc::new(mighty(&server).await);
    let at_once = (0..16).map(|_| {
        let (server, machine) = (server.clone(), machine.clone());
        tokio::spawn(async move { register(&server, &machine, "one", a_service()).await })
    });
    let mut created = 0;
    for answer in at_once.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        match answer.status.as_u16() {
            201 => created += usize::from(answer.header("idempotency-replayed").is_empty()),
            _ => assert_eq!(problem(&answer), (409, "under_way".into())),
        }
    }
    assert_eq!((created, registered(&server).await), (1, 1));
}

/// Nobody but its sender can tell what became of a request whose node ended in the middle of it.
#[sqlx::test]
async fn a_request_that_was_cut_short_is_not_made_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    assert_eq!(register(&server, &machine, "one", a_service()).await.status, 201);
    let cut_short = "update idempotent_requests set status = null, headers = null, answer = null";
    sqlx::query(cut_short).execute(&server.db).await.unwrap();
    let again = register(&server, &machine, "one", a_service()).await;
    assert_eq!((problem(&again), again.header("retry-after")), ((409, "under_way".into()), "1"));

    server.advance(time::Duration::minutes(16)).await;
    let machine = Machine { token: machine.new_token(&server).await, ..machine };
    let later = register(&server, &machine, "one", a_service()).await;

    assert_eq!((problem(&later), later.header("retry-after")), ((409, "cut_short".into()), ""));
    assert_eq!(registered(&server).await, 1);
}
