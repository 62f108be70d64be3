//! What nodes do now and then, without anybody asking.

use portcullis::store::throttles;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::server::Server;

/// A counter that was touched so many days ago, and refuses until so many days from now.
async fn count(server: &Server, key: &str, kind: &str, days_ago: i64, refuses_for: Option<i64>) {
    let now = server.clock.now();
    sqlx::query("insert into throttles (key, kind, recent, consecutive, since, last_at, blocked_until) values ($1, $2, 1, 1, $3, $3, $4)")
        .bind(key)
        .bind(kind)
        .bind(now - Duration::days(days_ago))
        .bind(refuses_for.map(|days| now + Duration::days(days)))
        .execute(&server.db)
        .await
        .unwrap();
}

async fn counters(server: &Server) -> Vec<String> {
    sqlx::query_scalar("select key from throttles order by key").fetch_all(&server.db).await.unwrap()
}

#[sqlx::test]
async fn counters_are_forgotten_unless_they_still_refuse(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (key, kind, days_ago, refuses_for) in [
        ("address-new", "address", 0, None),
        ("address-old", "address", 2, None),
        ("block-old", "block", 2, Some(-1)),
        ("client-old", "client", 2, None),
        ("application-old", "application", 2, None),
        ("name-new", "account", 2, None),
        ("name-old", "account", 31, Some(-30)),
        ("name-closed", "account", 31, Some(36_500)),
    ] {
        count(&server, key, kind, days_ago, refuses_for).await;
    }

    throttles::forget(&server.db, server.clock.now()).await.unwrap();

    assert_eq!(counters(&server).await, ["address-new", "name-closed", "name-new"]);
}

#[sqlx::test]
async fn one_failure_keeps_nothing_else_from_its_turn(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    count(&server, "address-old", "address", 2, None).await;
    let change = async |sql: &'static str| sqlx::query(sql).execute(&server.db).await.unwrap();

    change("alter table revocations rename to lost").await;
    assert!(server.app.maintain().await.is_err(), "it is said");
    change("alter table lost rename to revocations").await;

    assert!(counters(&server).await.is_empty(), "what came after it was done");
    server.app.maintain().await.unwrap();
}
