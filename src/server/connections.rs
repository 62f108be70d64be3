//! The table of open connections: how many there are, whose, and which go first when there is no room.
//!
//! To hold a connection open costs a client nothing. So no address may have more than its share, connections that are idle
//! are closed the sooner the fuller the table is, and when it is full the idlest make room.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use metrics::{counter, gauge};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::Limits;
use super::activity::Activity;
use crate::network;

/// How often a full table is looked at again, if nobody leaves.
const PAUSE: Duration = Duration::from_millis(100);
/// One line of the log tells of all refusals of such a time.
const LINE_EVERY: Duration = Duration::from_mins(1);
/// The part of a full table that makes room at once. To look for the idlest is work, and must not be done for each newcomer.
const PART: usize = 64;

/// The table of one listener.
pub struct Connections {
    limits: Limits,
    /// They may have as many as there is room for: a proxy brings the connections of many users.
    spared: Vec<IpNet>,
    open: AtomicUsize,
    table: Mutex<Table>,
    someone_left: Notify,
}

#[derive(Default)]
struct Table {
    newest: u64,
    open: HashMap<u64, Open>,
    /// IPv6: of one /64. Those who are spared are not counted.
    of_address: HashMap<IpNet, usize>,
    refused: usize,
    told_at: Option<Instant>,
}

struct Open {
    activity: Arc<Activity>,
    is_spared: bool,
}

/// A place in the table. It is given back when it goes.
pub struct Seat {
    connections: Arc<Connections>,
    id: u64,
    address: Option<IpNet>,
    /// What the connection is doing.
    pub activity: Arc<Activity>,
}

impl Connections {
    pub fn new(limits: Limits, spared: Vec<IpNet>) -> Arc<Self> {
        let (open, table, someone_left) = (AtomicUsize::new(0), Mutex::default(), Notify::new());
        Arc::new(Self { limits, spared, open, table, someone_left })
    }

    /// A place for a connection from this address, as soon as there is one. `None`: the address has its share.
    pub async fn seat(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let peer = peer.to_canonical(); // IPv4 in the clothes of IPv6 is the same address
        let address = (!network::holds(&self.spared, peer)).then(|| network::address_of(peer));
        loop {
            let mut someone_left = pin!(self.someone_left.notified());
            someone_left.as_mut().enable(); // whoever leaves from here on is not missed
            if self.has_its_share(address) {
                return None;
            }
            if let Some(seat) = self.take(address) {
                return Some(seat);
            }
            self.close_the_idlest();
            let _ = timeout(PAUSE, someone_left).await;
        }
    }

    /// How long a connection may be idle now.
    pub fn keep_alive(&self) -> Duration {
        self.limits.keep_alive_among(self.open.load(Relaxed))
    }

    fn has_its_share(&self, address: Option<IpNet>) -> bool {
        let mut table = self.table();
        let number = address.and_then(|address| table.of_address.get(&address)).copied().unwrap_or_default();
        let has_its_share = number >= self.limits.connections_per_address;
        if has_its_share {
            table.refuse(Instant::now());
        }
        has_its_share
    }

    fn take(self: &Arc<Self>, address: Option<IpNet>) -> Option<Seat> {
        let mut table = self.table();
        if table.open.len() >= self.limits.connections {
            return None;
        }
        table.newest += 1;
        let (id, activity) = (table.newest, Activity::begin());
        table.open.insert(id, Open { activity: Arc::clone(&activity), is_spared: address.is_none() });
        if let Some(address) = address {
            *table.of_address.entry(address).or_default() += 1;
        }
        self.open.store(table.open.len(), Relaxed);
        gauge!("portcullis_connections").increment(1.0);
        Some(Seat { connections: Arc::clone(self), id, address, activity })
    }

    /// Closes some of those that have no request in work: first those of strangers, and those that are idle for longest.
    fn close_the_idlest(&self) {
        let table = self.table();
        let idle = |open: &Open| Some((open.is_spared, open.activity.idle_since()?, Arc::clone(&open.activity)));
        let mut idle = table.open.values().filter_map(idle).collect::<Vec<_>>();
        drop(table);
        idle.sort_unstable_by_key(|(is_spared, since, _)| (*is_spared, *since));
        for (.., activity) in idle.iter().take(self.limits.connections.div_ceil(PART)) {
            activity.close();
            counter!("portcullis_connections_closed_total", "reason" => "full").increment(1);
        }
    }

    fn leave(&self, seat: &Seat) {
        let mut table = self.table();
        table.open.remove(&seat.id);
        if let Some(address) = seat.address {
            let number = table.of_address.entry(address).or_default();
            *number = number.saturating_sub(1);
            if *number == 0 {
                table.of_address.remove(&address);
            }
        }
        self.open.store(table.open.len(), Relaxed);
        drop(table);
        gauge!("portcullis_connections").decrement(1.0);
        self.someone_left.notify_waiters();
    }

    /// Nothing that is done under the lock leaves it half done, so a poisoned one is as good as another.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Counts a refusal. The first is logged at once, later ones together.
    fn refuse(&mut self, now: Instant) {
        counter!("portcullis_connections_closed_total", "reason" => "address").increment(1);
        self.refused += 1;
        if self.told_at.is_none_or(|at| now.duration_since(at) >= LINE_EVERY) {
            tracing::warn!(connections = self.refused, "connections were refused: their address has its share");
            (self.refused, self.told_at) = (0, Some(now));
        }
    }
}

impl Limits {
    /// How long a connection may be idle among so many: all the time up to half of the table, then less and less.
    fn keep_alive_among(&self, open: usize) -> Duration {
        const SHORTEST: Duration = Duration::from_secs(5);
        let shortest = SHORTEST.min(self.keep_alive);
        let half = self.connections - self.connections / 2;
        let left = self.connections.saturating_sub(open).min(half);
        let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        shortest + self.keep_alive.saturating_sub(shortest) * whole(left) / whole(half.max(1))
    }
}

impl Seat {
    /// How long the connection may be idle now.
    pub fn keep_alive(&self) -> Duration {
        self.connections.keep_alive()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.leave(self);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STRANGER: &str = "198.51.100.7";

    fn table(connections: usize, connections_per_address: usize) -> Arc<Connections> {
        let spared = vec!["10.0.0.0/8".parse().unwrap()];
        Connections::new(Limits { connections, connections_per_address, ..Limits::default() }, spared)
    }

    async fn seat(table: &Arc<Connections>, peer: &str) -> Option<Seat> {
        table.seat(peer.parse().unwrap()).await
    }

    /// M11
    #[tokio::test]
    async fn m11_one_address_has_its_share_and_others_have_theirs() {
        let table = table(100, 2);
        let mut seats = vec![seat(&table, STRANGER).await.unwrap(), seat(&table, STRANGER).await.unwrap()];

        assert!(seat(&table, STRANGER).await.is_none());
        assert!(seat(&table, "::ffff:198.51.100.7").await.is_none(), "the same address");
        assert!(seat(&table, "198.51.100.8").await.is_some());
        seats.pop();
        assert!(seat(&table, STRANGER).await.is_some(), "a place was given back");
    }

    /// M11: whoever has one IPv6 address has 2^64 of them.
    #[tokio::test]
    async fn m11_an_ipv6_network_counts_as_one_address() {
        let table = table(100, 1);
        let _seat = seat(&table, "2001:db8:1:2::1").await.unwrap();

        assert!(seat(&table, "2001:db8:1:2:ffff::2").await.is_none());
        assert!(seat(&table, "2001:db8:1:3::1").await.is_some());
    }

    #[tokio::test]
    async fn a_trusted_proxy_may_have_as_many_as_there_is_room_for() {
        let table = table(100, 1);
        let mut seats = Vec::new();
        for _ in 0..100 {
            seats.push(seat(&table, "10.0.0.1").await.unwrap());
        }
        assert_eq!(table.open.load(Relaxed), 100);
    }

    /// M11: who is refused takes nobody's place.
    #[tokio::test]
    async fn m11_in_a_full_table_the_idlest_stranger_makes_room() {
        let table = table(3, 2);
        let proxy = seat(&table, "10.0.0.1").await.unwrap();
        let (first, second) = (seat(&table, STRANGER).await.unwrap(), seat(&table, STRANGER).await.unwrap());
        let _request = first.activity.request_began(false);

        assert!(seat(&table, STRANGER).await.is_none());
        assert!(
            [&proxy, &first, &second].iter().all(|seat| seat.activity.idle_since().is_some() || seat.id == first.id)
        );

        let newcomer = seat(&table, "198.51.100.8");
        let closed = async {
            second.activity.told_to_close().await;
            drop(second);
        };
        let (newcomer, ()) = tokio::join!(newcomer, closed);

        assert!(newcomer.is_some());
        assert!(proxy.activity.idle_since().is_some(), "the proxy stays");
    }

    #[test]
    fn idle_connections_go_the_sooner_the_fuller_the_table_is() {
        let limits = Limits { connections: 100, ..Limits::default() };
        let seconds = |open| limits.keep_alive_among(open).as_secs();

        assert_eq!([0, 50, 75, 100, 200].map(seconds), [75, 75, 40, 5, 5]);
        let short = Limits { keep_alive: Duration::from_millis(200), connections: 1, ..limits };
        assert_eq!(short.keep_alive_among(1), Duration::from_millis(200));
    }

    proptest! {
        #[test]
        fn nobody_has_more_than_their_share_and_all_is_given_back(
            steps in prop::collection::vec((0_usize..4, any::<bool>()), 0..200),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async {
                let table = table(1000, 3);
                let peers = ["198.51.100.1", "198.51.100.2", "2001:db8::1", "10.0.0.1"];
                let mut seats: [Vec<Seat>; 4] = Default::default();
                for (who, comes) in steps {
                    if comes {
                        let given = seat(&table, peers[who]).await;
                        prop_assert_eq!(given.is_some(), who == 3 || seats[who].len() < 3);
                        seats[who].extend(given);
                    } else {
                        seats[who].pop();
                    }
                    let open = seats.iter().map(Vec::len).sum::<usize>();
                    prop_assert_eq!((table.open.load(Relaxed), table.table().open.len()), (open, open));
                }
                drop(seats);
                let left = table.table();
                prop_assert!(left.open.is_empty() && left.of_address.is_empty());
                Ok(())
            })?;
        }
    }
}
