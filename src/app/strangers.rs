//! Unknown client ids and origins, counted by the address that asks for them: each costs a read of the database, and anybody
//! can invent as many as they like. Never counted for the whole installation: after a restart every id is unknown to a node.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ipnet::IpNet;
use quick_cache::sync::Cache;
use time::OffsetDateTime;
use tokio::time::timeout;

use super::App;
use crate::{
    network,
    policy::throttle::{Counter, Limit, Tightness, WhenFull, admit},
    protocol::redirect_uri,
    store,
};

/// Different ids in a minute from one sender; four and sixteen times as many from the networks around it.
const MOST_UNKNOWN: u32 = 60;
const WINDOW: time::Duration = time::Duration::MINUTE;
/// Networks that are counted at once. With more, some are counted from the beginning.
const MOST_NETWORKS: usize = 20_000;
/// How long an answer about an origin is repeated.
const TRUST_ORIGIN: Duration = Duration::from_secs(1);
const MOST_ORIGINS: usize = 1_024;
const LONGEST_ORIGIN: usize = 300;
/// The longest that a script waits to learn whether it may read the answer.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

pub(super) struct Strangers {
    counters: Mutex<HashMap<IpNet, Counter>>,
    /// Whether a client has the origin, and when the database said so.
    origins: Cache<String, (bool, Instant)>,
}

impl Default for Strangers {
    fn default() -> Self {
        Self { counters: Mutex::default(), origins: Cache::new(MOST_ORIGINS) }
    }
}

impl Strangers {
    /// Until when this address is told of nothing that must be looked up.
    pub fn refused(&self, from: IpAddr, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let counters = self.lock();
        let networks = network::senders_of(from).filter_map(|(network, _)| counters.get(&network)?.blocked_until);
        networks.filter(|until| *until > now).max()
    }

    /// Counts one thing that was asked for in vain.
    pub fn count(&self, from: IpAddr, now: OffsetDateTime) {
        let mut counters = self.lock();
        if counters.len() >= MOST_NETWORKS {
            counters.retain(|_, counter| now < counter.since + WINDOW);
            if counters.len() >= MOST_NETWORKS {
                counters.clear();
            }
        }
        for (network, times) in network::senders_of(from) {
            let limit = Limit { failures: MOST_UNKNOWN * times, window: WINDOW, then: WhenFull::Waits };
            let counter = counters.entry(network).or_insert(Counter::new(now));
            let Ok(raised) = admit(&[(limit, *counter)], Tightness::Normal, now) else { return };
            raised.first().into_iter().for_each(|raised| *counter = *raised);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpNet, Counter>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Whether a page of this origin may call us from a browser: a client that runs in browsers answers there. Nobody's
    /// may while the database does not say.
    pub async fn is_client_origin(&self, origin: &str, from: IpAddr) -> bool {
        if origin.len() > LONGEST_ORIGIN || redirect_uri::origin(origin).is_none_or(|plain| plain != origin) {
            return false;
        }
        let fresh = self.strangers.origins.get(origin).filter(|(_, at)| at.elapsed() < TRUST_ORIGIN);
        if let Some((is_known, _)) = fresh {
            return is_known;
        }
        let now = self.clock.now();
        if self.strangers.refused(from, now).is_some() {
            return false;
        }
        let asked_at = Instant::now();
        let Ok(Ok(is_known)) = timeout(LONGEST_WAIT, self.have_origin(origin)).await else { return false };
        self.strangers.origins.insert(origin.to_owned(), (is_known, asked_at));
        if !is_known {
            self.note_unknown(origin, from, now);
        }
        is_known
    }

    /// Counts an id or an origin that nobody has. The same one again counts once in a minute: a client that was deleted
    /// and goes on asking must not shut out its neighbours behind the same gateway.
    pub(super) fn note_unknown(&self, unknown: &str, from: IpAddr, now: OffsetDateTime) {
        let whose = format!("unknown:{}", network::address_of(from));
        if !network::holds(&self.settings.defence.allowed_networks, from)
            && self.is_news(whose, &unknown, now + WINDOW, now)
        {
            self.strangers.count(from, now);
        }
    }

    async fn have_origin(&self, origin: &str) -> sqlx::Result<bool> {
        let _place = self.lookups.acquire().await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        store::clients::have_origin(&self.db, origin).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_too_many_waits_and_a_neighbour_does_not() {
        let (strangers, now) = (Strangers::default(), OffsetDateTime::UNIX_EPOCH);
        let from = |text: &str| text.parse::<IpAddr>().unwrap();
        for _ in 1..MOST_UNKNOWN {
            strangers.count(from("192.0.2.1"), now);
        }
        assert_eq!(strangers.refused(from("192.0.2.1"), now), None);
        strangers.count(from("192.0.2.1"), now + time::Duration::seconds(20));

        assert_eq!(strangers.refused(from("192.0.2.1"), now), Some(now + WINDOW));
        assert_eq!(strangers.refused(from("192.0.2.2"), now), None);
        assert_eq!(strangers.refused(from("192.0.2.1"), now + WINDOW), None);
        strangers.count(from("192.0.2.1"), now + WINDOW);
        assert_eq!(strangers.refused(from("192.0.2.1"), now + WINDOW), None, "it begins anew");
    }

    /// Whoever has a /48 of IPv6 has 65,536 networks of /64.
    #[test]
    fn a_site_is_counted_as_a_whole_too() {
        let (strangers, now) = (Strangers::default(), OffsetDateTime::UNIX_EPOCH);
        let address = |n: u32| format!("2001:db8:1:{:x}::7", n * 68).parse::<IpAddr>().unwrap();
        for n in 0..MOST_UNKNOWN * 16 {
            strangers.count(address(n), now);
        }
        assert_eq!(strangers.refused(address(MOST_UNKNOWN * 16), now), Some(now + WINDOW));
        assert_eq!(strangers.refused("2001:db8:2::7".parse().unwrap(), now), None);
    }
}
