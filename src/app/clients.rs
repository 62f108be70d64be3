//! The clients that a node keeps in memory: those that are in use, as many as there is room for.
//!
//! A client is loaded by one statement when somebody asks for it, however many ask at once, and stays until a change
//! touches it or others need the room more. A load that began before the client was evicted is made anew: what it read may
//! be from before the change. Ids that no client has are remembered for a moment, in a place of their own, so that whoever
//! makes them up pushes no client out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use quick_cache::{Weighter, sync::Cache};

use crate::{
    policy::feed::{Part, Touched},
    protocol::client::Client,
    store::clients::ReadClient,
};

/// How long an id that no client has is remembered. A client that is registered by it meanwhile works so much later, on
/// nodes that were asked for it.
const REMEMBER: Duration = Duration::from_secs(1);
const MOST_UNKNOWN: usize = 4_096;
/// What a client is taken to weigh, to know how many there may be.
const USUAL_BYTES: u64 = 2_048;
/// What a client weighs beside its texts.
const EMPTY_BYTES: usize = size_of::<Client>() + 256;

/// A client in memory.
#[derive(Clone)]
pub(super) struct Known {
    pub client: Arc<Client>,
    /// The version of the registry that it was read at.
    pub version: i64,
    bytes: usize,
}

pub(super) struct Clients {
    known: Cache<String, Known, Bytes>,
    /// When it was found that no client has the id.
    unknown: Cache<String, Instant>,
    /// How many times anything was dropped.
    drops: AtomicU64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<String, Known> for Bytes {
    fn weight(&self, _: &String, known: &Known) -> u64 {
        known.bytes as u64
    }
}

impl Clients {
    /// Room for so many bytes.
    pub fn new(bytes: u64) -> Self {
        let items = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        Self {
            known: Cache::with_weighter(items, bytes, Bytes),
            unknown: Cache::new(MOST_UNKNOWN),
            drops: AtomicU64::new(0),
        }
    }

    /// A client that is in memory.
    pub fn known(&self, client_id: &str) -> Option<Known> {
        self.known.get(client_id)
    }

    /// Whether nothing need be loaded to say who has this id.
    pub fn remembers(&self, client_id: &str) -> bool {
        self.known.contains_key(client_id) || self.is_unknown(client_id)
    }

    /// A client that is in memory, or else is loaded. Of those who ask for the same one at once, one loads it.
    pub async fn find<F, E>(&self, client_id: &str, load: impl Fn() -> F) -> Result<Option<Known>, E>
    where
        F: Future<Output = Result<ReadClient, E>>,
    {
        loop {
            let place = match self.known.get_value_or_guard_async(client_id).await {
                Ok(known) => return Ok(Some(known)),
                Err(place) => place,
            };
            if self.is_unknown(client_id) {
                return Ok(None);
            }
            let drops = self.drops.load(Relaxed);
            let ReadClient { version, client, bytes } = load().await?;
            let Some(client) = client else {
                if self.drops.load(Relaxed) == drops {
                    self.unknown.insert(client_id.to_owned(), Instant::now());
                }
                return Ok(None);
            };
            let known = Known { client: Arc::new(client), version, bytes: bytes + EMPTY_BYTES };
            if place.insert(known.clone()).is_ok() {
                return Ok(Some(known));
            } // else it was evicted meanwhile
        }
    }

    /// Drops what was touched.
    pub fn drop_touched(&self, touched: &Touched) {
        self.drops.fetch_add(1, Relaxed);
        for part in touched.parts() {
            match part {
                Part::Client(client_id) | Part::NewClient(client_id) => {
                    self.known.remove(client_id.as_str());
                    self.unknown.remove(client_id.as_str());
                }
                Part::Clients => self.drop_all(),
                Part::NewClients => self.unknown.clear(),
                Part::Apis | Part::Roles | Part::Keys | Part::Logo | Part::Blocks => {}
            }
        }
    }

    /// Drops everything.
    pub fn drop_all(&self) {
        self.drops.fetch_add(1, Relaxed);
        self.known.clear();
        self.unknown.clear();
    }

    /// How many clients are in memory, and what they weigh in bytes.
    pub fn size(&self) -> (usize, u64) {
        (self.known.len(), self.known.weight())
    }

    fn is_unknown(&self, client_id: &str) -> bool {
        self.unknown.get(client_id).is_some_and(|since| since.elapsed() < REMEMBER)
    }
}

#[cfg(test)]
mod tests;
