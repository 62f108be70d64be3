use std::{
    convert::Infallible,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use tokio::sync::Semaphore;

use super::*;
use crate::{protocol::fixtures, store::clients::ReadClient};

fn client(client_id: &str, revision: i32) -> Client {
    Client { revision, ..fixtures::client(client_id) }
}

/// A database with one client, whose answers can be held back.
struct Database {
    client: Mutex<Option<Client>>,
    loads: AtomicUsize,
    answers: Semaphore,
}

impl Database {
    fn with(client: Option<Client>, answers: usize) -> Arc<Self> {
        let (client, loads) = (Mutex::new(client), AtomicUsize::new(0));
        Arc::new(Self { client, loads, answers: Semaphore::new(answers) })
    }

    /// What the statement sees is decided when it begins, however long the answer takes.
    async fn read(&self) -> Result<ReadClient, Infallible> {
        self.loads.fetch_add(1, SeqCst);
        let client = self.client.lock().unwrap().clone();
        self.answers.acquire().await.unwrap().forget();
        Ok(ReadClient { version: 1, client, bytes: 100 })
    }

    async fn find(&self, clients: &Clients, client_id: &str) -> Option<i32> {
        let Ok(found) = clients.find(client_id, || self.read()).await;
        found.map(|known| known.client.revision)
    }
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_is_loaded_once_however_many_ask() {
    let (clients, database) = (Arc::new(Clients::new(1 << 20)), Database::with(Some(client("app", 1)), 0));
    let ask = || {
        let (clients, database) = (Arc::clone(&clients), Arc::clone(&database));
        tokio::spawn(async move { database.find(&clients, "app").await })
    };
    let asked = (0..20).map(|_| ask()).collect::<Vec<_>>();
    until(|| database.loads.load(SeqCst) > 0).await;
    database.answers.add_permits(1);

    for one in asked {
        assert_eq!(one.await.unwrap(), Some(1));
    }
    assert_eq!(database.loads.load(SeqCst), 1);
    assert!(clients.known("app").is_some() && clients.remembers("app"));
}

/// What it read is from before the change, and the eviction has passed already.
#[tokio::test]
async fn a_load_that_began_before_an_eviction_is_made_anew() {
    for touched in [Part::Client("app".into()), Part::Clients] {
        let (clients, database) = (Arc::new(Clients::new(1 << 20)), Database::with(Some(client("app", 1)), 0));
        let asked = {
            let (clients, database) = (Arc::clone(&clients), Arc::clone(&database));
            tokio::spawn(async move { database.find(&clients, "app").await })
        };
        until(|| database.loads.load(SeqCst) == 1).await;

        *database.client.lock().unwrap() = Some(client("app", 2));
        clients.drop_touched(&touched.into());
        database.answers.add_permits(2);

        assert_eq!(asked.await.unwrap(), Some(2));
        assert_eq!((database.loads.load(SeqCst), clients.known("app").unwrap().client.revision), (2, 2));
    }
}

#[tokio::test]
async fn a_load_that_nobody_waits_for_any_more_leaves_its_turn_to_the_next() {
    let (clients, database) = (Arc::new(Clients::new(1 << 20)), Database::with(Some(client("app", 1)), 0));
    let ask = || {
        let (clients, database) = (Arc::clone(&clients), Arc::clone(&database));
        tokio::spawn(async move { database.find(&clients, "app").await })
    };
    let first = ask();
    until(|| database.loads.load(SeqCst) == 1).await;
    let second = ask();
    tokio::task::yield_now().await;
    first.abort();
    database.answers.add_permits(1);

    assert_eq!(second.await.unwrap(), Some(1));
}

#[tokio::test]
async fn an_unknown_id_is_remembered_until_a_client_is_registered() {
    let (clients, database) = (Clients::new(1 << 20), Database::with(None, 9));
    for _ in 0..3 {
        assert_eq!(database.find(&clients, "app").await, None);
    }
    assert_eq!(database.loads.load(SeqCst), 1, "it is asked for once in a moment");
    clients.drop_touched(&Part::NewClient("other".into()).into());
    assert!(clients.remembers("app"));

    for registered in [Part::NewClient("app".into()), Part::NewClients] {
        *database.client.lock().unwrap() = Some(client("app", 1));
        clients.drop_touched(&registered.into());
        assert_eq!(database.find(&clients, "app").await, Some(1));
        *database.client.lock().unwrap() = None;
        clients.drop_touched(&Part::Client("app".into()).into());
        assert_eq!(database.find(&clients, "app").await, None);
    }
}

#[tokio::test]
async fn a_client_that_was_registered_while_it_was_looked_for_is_not_unknown_for_long() {
    let (clients, database) = (Arc::new(Clients::new(1 << 20)), Database::with(None, 0));
    let asked = {
        let (clients, database) = (Arc::clone(&clients), Arc::clone(&database));
        tokio::spawn(async move { database.find(&clients, "app").await })
    };
    until(|| database.loads.load(SeqCst) == 1).await;
    *database.client.lock().unwrap() = Some(client("app", 1));
    clients.drop_touched(&Part::NewClient("app".into()).into());
    database.answers.add_permits(2);

    assert_eq!(asked.await.unwrap(), None);
    assert_eq!(database.find(&clients, "app").await, Some(1));
}

#[tokio::test]
async fn clients_take_no_more_room_than_there_is() {
    let (clients, room) = (Clients::new(1 << 20), 1 << 20);
    for n in 0..5_000 {
        let database = Database::with(Some(client(&n.to_string(), 1)), 1);
        database.find(&clients, &n.to_string()).await;
    }
    let (count, bytes) = clients.size();
    assert!((room / 2..=room).contains(&bytes), "{count} clients, {bytes} bytes");
    for n in 0..100_000 {
        let database = Database::with(None, 1);
        database.find(&clients, &format!("unknown-{n}")).await;
    }
    assert_eq!(clients.size(), (count, bytes), "ids that somebody makes up push out no client");
}
