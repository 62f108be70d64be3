//! Connections: none is lost inside a transaction, and who finds none is told so in time.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use portcullis::{
    clock::time_ordered_id,
    store::{pool::begin, revocations},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::time::timeout;

use crate::server::Server;

/// Longer than anything here takes, by far: a guard against hanging, not a measure.
const LONG: Duration = Duration::from_mins(1);

/// Polls a future a few times and then drops it, as a server does whose client has hung up.
async fn cancelled_after(polls: usize, future: impl Future) {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        left -= 1;
        if future.as_mut().poll(context).is_ready() || left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// M3, OP-05: sqlx 0.9.0 may return a connection inside a transaction when `begin()` is cancelled; then a later write is
/// acknowledged and lost. Ours does not.
#[sqlx::test]
async fn m3_a_cancelled_begin_leaves_no_transaction_behind(pool: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options.clone()).await;
    let outside = pool.connect_with(options).await.unwrap();

    for n in 0..200 {
        cancelled_after(1 + n % 3, begin(&server.db)).await;
        let write = revocations::revoke_access_token(&server.db, time_ordered_id(server.clock.now()));
        write.await.unwrap();
        let visible: i64 = sqlx::query_scalar("select count(*) from revocations").fetch_one(&outside).await.unwrap();
        assert_eq!(visible, n as i64 + 1, "an acknowledged write cannot be seen from outside");
    }

    let mut connections = Vec::new();
    for _ in 0..server.db.options().get_max_connections() {
        connections.push(server.db.acquire().await.unwrap());
    }
    let open = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'portcullis' and state like 'idle in transaction%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(open).fetch_one(&outside).await.unwrap(), 0);
}

/// DO-04
#[sqlx::test]
async fn do_04_without_a_connection_there_is_a_503_in_two_seconds(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let form = [("grant_type", "client_credentials")];
    let mut connections = Vec::new();
    for _ in 0..server.app.db.options().get_max_connections() {
        connections.push(server.app.db.acquire().await.unwrap());
    }

    // Not all at once: nobody may have to wait for the failure of somebody else and then for their own.
    let requests = (0..6).map(|n| {
        let server = server.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(n * 150)).await;
            server.token(Some("service"), &form).await
        })
    });
    for request in requests.collect::<Vec<_>>() {
        let answer = timeout(LONG, request).await.expect("nobody waits for long").unwrap();
        assert_eq!(answer.status, 503);
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(server.app.db.options().get_acquire_timeout(), Duration::from_secs(2));
    drop(connections);
    let recovered = async {
        while server.token(Some("service"), &form).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, recovered).await.expect("it recovers");
}

/// Nothing waits long in the database: statements, locks and forgotten transactions end by themselves.
#[sqlx::test]
async fn a_connection_waits_for_nothing_long(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (setting, expected) in
        [("statement_timeout", "2s"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "5s")]
    {
        let value = sqlx::query_scalar::<_, String>("select current_setting($1)").bind(setting);
        assert_eq!(value.fetch_one(&server.app.db).await.unwrap(), expected, "{setting}");
    }
}
