//! What a node keeps in memory of attacks, and how it shares that with the others: twice a second, by a few statements.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, Hash, RandomState},
    mem::take,
    sync::{Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use super::{Actor, App};
use crate::{
    policy::{event::Event, throttle::Tightness},
    store::{defence, pool, throttles},
};

/// Refusals that are remembered at once: more are asked for in the database again.
const MOST_REFUSALS: usize = 10_000;
/// Networks that are counted between two exchanges. Who sends from more of them than that is seen anyway.
const MOST_NETWORKS: usize = 1_000;
/// Clients at addresses whose wrong secrets are told apart at once. With more, some are counted again.
const MOST_FAILING: usize = 10_000;
/// How long a refusal is repeated without asking whether it still holds.
const TRUST_REFUSAL: Duration = Duration::from_secs(1);

/// What this node knows and has counted.
#[derive(Default)]
pub(super) struct Defence {
    tightness: RwLock<Tightness>,
    /// Until when a key is refused, and when the database was asked.
    refused: Mutex<HashMap<String, (OffsetDateTime, Instant)>>,
    /// Clients that are refused at an address, as the last poll saw them.
    clients: RwLock<HashMap<String, OffsetDateTime>>,
    /// By client and address: the wrong secrets that were counted, and until when each is not counted again. Only a keyed hash
    /// of them is here; the key is made at start and never leaves this process.
    wrong_secrets: Mutex<HashMap<String, HashMap<u64, OffsetDateTime>>>,
    hasher: RandomState,
    tallies: Mutex<HashMap<&'static str, i64>>,
    networks: Mutex<HashMap<String, i64>>,
}

impl App {
    /// How tight the limits are.
    #[must_use]
    pub fn tightness(&self) -> Tightness {
        *self.defence.tightness.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts something that operators watch, such as `password.attempts`.
    pub fn tally(&self, what: &'static str) {
        metrics::counter!("portcullis_defence_total", "what" => what).increment(1);
        *lock(&self.defence.tallies).entry(what).or_default() += 1;
    }

    /// Counts an address block that was refused.
    pub fn tally_refused(&self, network: String) {
        let mut networks = lock(&self.defence.networks);
        if networks.len() < MOST_NETWORKS || networks.contains_key(&network) {
            *networks.entry(network).or_default() += 1;
        }
    }

    /// Until when one of these keys is refused, if the database said so less than a second ago.
    #[must_use]
    pub fn refused_just_now<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a str>,
        now: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let refused = lock(&self.defence.refused);
        let fresh = keys.into_iter().filter_map(|key| refused.get(key)).filter(|(_, at)| at.elapsed() < TRUST_REFUSAL);
        fresh.map(|(until, _)| *until).filter(|until| *until > now).max()
    }

    /// Remembers that a key is refused. `true`: that is new, so it should be recorded.
    #[must_use]
    pub fn remember_refusal(&self, key: &str, until: OffsetDateTime, now: OffsetDateTime) -> bool {
        let mut refused = lock(&self.defence.refused);
        if refused.len() >= MOST_REFUSALS {
            refused.retain(|_, (until, _)| *until > now);
            if refused.len() >= MOST_REFUSALS {
                refused.clear();
            }
        }
        let before = refused.insert(key.to_owned(), (until, Instant::now()));
        before.is_none_or(|(before, _)| before <= now)
    }

    /// Forgets that these keys were refused, because somebody succeeded.
    pub fn forget_refusals<'a>(&self, keys: impl IntoIterator<Item = &'a str>) {
        let mut refused = lock(&self.defence.refused);
        for key in keys {
            refused.remove(key);
        }
    }

    /// Until when a client is refused at an address. `keys` are worked out only if any is.
    #[must_use]
    pub fn refused_client<K: Iterator<Item = String>>(
        &self,
        keys: impl FnOnce() -> K,
        now: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let clients = self.defence.clients.read().unwrap_or_else(PoisonError::into_inner);
        if clients.is_empty() {
            return None;
        }
        keys().filter_map(|key| clients.get(&key).copied()).filter(|until| *until > now).max()
    }

    /// Whether this wrong guess is new here: it is remembered `until` that time. `whose`: a client at an address.
    #[must_use]
    pub fn is_news(&self, whose: String, guess: &impl Hash, until: OffsetDateTime, now: OffsetDateTime) -> bool {
        let mut failing = lock(&self.defence.wrong_secrets);
        if failing.len() >= MOST_FAILING {
            failing.retain(|_, seen| seen.values().any(|until| *until > now));
            if failing.len() >= MOST_FAILING {
                failing.clear();
            }
        }
        let seen = failing.entry(whose).or_default();
        seen.retain(|_, until| *until > now);
        match seen.entry(self.defence.hasher.hash_one(guess)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(new) => {
                new.insert(until);
                true
            }
        }
    }

    /// Refuses a client at an address on this node at once; the others hear of it by the database.
    pub fn refuse_client(&self, key: String, until: OffsetDateTime) {
        self.defence.clients.write().unwrap_or_else(PoisonError::into_inner).insert(key, until);
    }

    /// Adds up what the nodes counted, and learns what that means: who is refused, and how tight the limits are.
    ///
    /// # Errors
    /// The database refused.
    pub async fn exchange_defence(&self) -> sqlx::Result<()> {
        let now = self.clock.now();
        let tallies = take(&mut *lock(&self.defence.tallies)).into_iter().collect::<Vec<_>>();
        if !tallies.is_empty() {
            defence::add_tallies(&self.db, &tallies, now).await?;
        }
        let networks = take(&mut *lock(&self.defence.networks)).into_iter().collect::<Vec<_>>();
        if !networks.is_empty() {
            defence::add_refused_networks(&self.db, &networks, now).await?;
        }
        let clients = throttles::blocked_clients(&self.db, now).await?;
        *self.defence.clients.write().unwrap_or_else(PoisonError::into_inner) = clients;

        let (tightness, failures) = defence::state(&self.db, now).await?;
        let wanted = tightness.next(failures, self.settings.defence.tighten_above);
        if wanted != tightness {
            self.change_tightness(tightness, wanted, failures, now).await?;
        }
        *self.defence.tightness.write().unwrap_or_else(PoisonError::into_inner) = wanted;
        Ok(())
    }

    /// One of the nodes changes it for all, and records that.
    async fn change_tightness(
        &self,
        from: Tightness,
        to: Tightness,
        failures: u32,
        now: OffsetDateTime,
    ) -> sqlx::Result<()> {
        let mut tx = pool::begin(&self.db).await?;
        if defence::change_tightness(&mut *tx, from, to, now).await? {
            let event = if to > from { Event::DefenceTightened } else { Event::DefenceRelaxed };
            let event = self.event(event, &Actor::system(), now);
            let event = event.because(format!("{failures} sign-ins failed in a minute"));
            self.write_event(&mut tx, event).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// A panic while counting leaves at worst a wrong count.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
