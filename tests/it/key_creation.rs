//! The keys of a new installation.

use portcullis::{
    protocol::signing_algorithm::SigningAlgorithm,
    registry::keys,
    store::{
        audit_events::{self, Filter},
        signing_keys,
    },
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::server::Server;

#[sqlx::test]
async fn of_nodes_that_start_at_once_one_makes_the_keys(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut connection = server.db.acquire().await.unwrap();
    for algorithm in SigningAlgorithm::ALL {
        // After two rotations no key is active or next, as on a new installation.
        signing_keys::rotate(&mut connection, algorithm, server.clock.now()).await.unwrap();
        signing_keys::rotate(&mut connection, algorithm, server.clock.now()).await.unwrap();
    }
    assert!(signing_keys::all(&server.db).await.unwrap().iter().all(|key| key.state == "retiring"));

    let start = || keys::create_missing(&server.app);
    let (one, two, three) = tokio::join!(start(), start(), start());

    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    let all = signing_keys::all(&server.db).await.unwrap();
    for algorithm in SigningAlgorithm::ALL {
        for state in ["active", "next"] {
            let found = all.iter().filter(|key| key.alg == algorithm && key.state == state).count();
            assert_eq!(found, 1, "{algorithm:?} {state}");
        }
    }
    let created = Filter { event: Some("key.created"), ..Filter::default() };
    let events = audit_events::list(&server.db, &created, 100).await.unwrap();
    assert!(events.iter().all(|event| event.actor.as_deref() == Some("system")));
    let mut recorded: Vec<_> = events.into_iter().map(|event| event.subject.unwrap()).collect();
    let usable = all.iter().filter(|key| key.state != "retiring");
    let mut made: Vec<_> = usable.map(|key| format!("key:{}", key.kid)).collect();
    recorded.sort();
    made.sort();
    assert_eq!(recorded, made, "each is recorded once, and none that was thrown away");
    assert_eq!(server.introspect(&server.service_token().await).await["active"], true);
}
