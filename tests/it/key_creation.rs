//! The keys of a new installation.

use portcullis::{protocol::signing_algorithm::SigningAlgorithm, registry::keys, store::signing_keys};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::server::{Server, master_key};

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

    let (key, now) = (master_key(), server.clock.now());
    let start = || keys::create_missing(&server.db, &key, now);
    let (one, two, three) = tokio::join!(start(), start(), start());

    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    let all = signing_keys::all(&server.db).await.unwrap();
    for algorithm in SigningAlgorithm::ALL {
        for state in ["active", "next"] {
            let found = all.iter().filter(|key| key.alg == algorithm && key.state == state).count();
            assert_eq!(found, 1, "{algorithm:?} {state}");
        }
    }
    server.app.refresh().await.unwrap();
    assert_eq!(server.introspect(&server.service_token().await).await["active"], true);
}
