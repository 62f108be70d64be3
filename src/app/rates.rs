//! How many requests one sender may make: the generic cell rate algorithm, for each class of endpoints by address and by
//! client. The owner of an IPv6 network has many addresses, so the networks around an address have limits too
//! ([`network::senders_of`]).
//!
//! Each node counts for itself, unless there is a Redis (or Valkey) to count for all of them. While that does not answer,
//! each node counts for itself again: a limit that is a little too generous is better than none, and than no service.

mod shared;

use std::{
    hash::BuildHasher,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use ipnet::IpNet;
use shared::Shared;

use crate::{
    config::{Rates, SecretText},
    network,
};

/// The seconds' worth of requests that may come at once. It is the window that we tell of too.
pub const WINDOW: u32 = 10;

/// Endpoints that cost alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What users see, and the beginning of sign-ins.
    Pages,
    /// Issuing and revoking tokens.
    Tokens,
    /// Introspection, userinfo, keys, metadata, and our own files.
    Questions,
    /// The admin API, once it is known who asks.
    Api,
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// Whoever has this address, or its /64; and all who share the networks around it.
    Address(IpAddr),
    /// A client that has authenticated: nobody else can use up what it may.
    Client(&'a str),
}

/// What a request counts for.
#[derive(Clone, Copy, Debug, Hash)]
enum Counted<'a> {
    Network(IpNet),
    Client(&'a str),
}

impl<'a> Sender<'a> {
    /// What its requests count for, the narrowest first, and how many times the limit of their class each of these has.
    fn counted(self) -> impl Iterator<Item = (Counted<'a>, u32)> {
        let (address, client) = match self {
            Self::Address(address) => (Some(address), None),
            Self::Client(client) => (None, Some((Counted::Client(client), 1))),
        };
        let networks = address.into_iter().flat_map(network::senders_of);
        networks.map(|(network, times)| (Counted::Network(network), times)).chain(client)
    }
}

/// What a request finds: of all that it counts for, the tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many may come in a [`WINDOW`].
    pub quota: u32,
    /// How many may still come at once.
    pub remaining: u32,
    /// It is one too many: when the next may come.
    pub retry_after: Option<Duration>,
}

/// The limits of this node, and those that it shares.
pub struct RateLimits {
    /// For each class, the limits of what stands first, second and third in [`Sender::counted`].
    classes: [[Local; 3]; 4],
    hasher: std::hash::RandomState,
    shared: Option<Shared>,
    alone: AtomicBool,
}

type Limiter = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

/// The limit of one class. Senders are told apart by the hash of what they are, so that none is copied.
struct Local {
    limiter: Limiter,
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

impl RateLimits {
    /// Reaches for Redis when the first request comes.
    ///
    /// # Errors
    /// This is not the URL of a Redis.
    pub fn new(rates: &Rates, redis_url: Option<&SecretText>) -> anyhow::Result<Self> {
        Ok(Self {
            classes: [rates.pages, rates.tokens, rates.questions, rates.api].map(Local::of_class),
            hasher: std::hash::RandomState::new(),
            shared: redis_url.map(|url| Shared::new(url.expose())).transpose()?,
            alone: AtomicBool::new(false),
        })
    }

    /// Counts a request. One that is refused by a narrow limit uses up nothing of a wider one, which others share.
    pub async fn check(&self, class: Class, sender: Sender<'_>) -> Verdict {
        let limits = &self.classes[class as usize];
        if let Some(shared) = &self.shared {
            match shared.check(class, sender, limits[0].per_second.get()).await {
                Ok(verdict) => {
                    if self.alone.swap(false, Relaxed) {
                        tracing::info!("Redis answers again: requests are counted for all nodes together");
                    }
                    return verdict;
                }
                Err(error) => {
                    if !self.alone.swap(true, Relaxed) {
                        tracing::warn!(%error, "Redis does not answer: requests are counted for each node on its own");
                    }
                }
            }
        }
        let mut tightest = Verdict { quota: u32::MAX, remaining: u32::MAX, retry_after: None };
        for (local, (counted, _)) in limits.iter().zip(sender.counted()) {
            let verdict = local.check(self.hasher.hash_one(counted));
            if verdict.retry_after.is_some() {
                return verdict;
            }
            if verdict.remaining < tightest.remaining {
                tightest = verdict;
            }
        }
        tightest
    }

    /// Forgets senders that have been quiet.
    pub fn forget_quiet(&self) {
        for local in self.classes.iter().flatten() {
            local.limiter.retain_recent();
            local.limiter.shrink_to_fit();
        }
    }
}

impl Local {
    fn of_class(per_second: u32) -> [Self; 3] {
        network::SENDERS.map(|times| Self::new(per_second.saturating_mul(times)))
    }

    fn new(per_second: u32) -> Self {
        let per_second = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(WINDOW - 1));
        let quota = Quota::per_second(per_second).allow_burst(burst);
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        Self { limiter, per_second, burst }
    }

    fn check(&self, sender: u64) -> Verdict {
        let quota = self.burst.get();
        match self.limiter.check_key(&sender) {
            Ok(state) => Verdict { quota, remaining: state.remaining_burst_capacity(), retry_after: None },
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Verdict { quota, remaining: 0, retry_after: Some(wait) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_is_admitted_and_then_one_at_a_time() {
        let rates = Rates { pages: 1, tokens: 1, questions: 1, api: 1 };
        let limits = RateLimits::new(&rates, None).unwrap();
        let address = |text: &str| Sender::Address(text.parse().unwrap());

        for n in 1..=10 {
            let verdict = limits.check(Class::Pages, address("198.51.100.7")).await;
            assert_eq!(verdict, Verdict { quota: 10, remaining: 10 - n, retry_after: None });
        }
        let refused = limits.check(Class::Pages, address("198.51.100.7")).await;
        assert!(refused.retry_after.is_some_and(|wait| !wait.is_zero() && wait <= Duration::from_secs(1)));

        for other in [address("198.51.100.8"), Sender::Client("198.51.100.7")] {
            assert_eq!(limits.check(Class::Pages, other).await.retry_after, None, "{other:?}");
        }
        let verdict = limits.check(Class::Tokens, address("198.51.100.7")).await;
        assert_eq!(verdict.retry_after, None, "each class counts for itself");
    }

    #[tokio::test]
    async fn a_household_is_one_sender_whatever_addresses_it_takes() {
        let limits = RateLimits::new(&Rates { pages: 1, tokens: 1, questions: 1, api: 1 }, None).unwrap();
        for n in 0..10 {
            let sender = Sender::Address(format!("2001:db8:1:2::{n}").parse().unwrap());
            assert_eq!(limits.check(Class::Pages, sender).await.retry_after, None);
        }
        let sender = Sender::Address("2001:db8:1:2:ffff::1".parse().unwrap());
        assert!(limits.check(Class::Pages, sender).await.retry_after.is_some());
    }

    /// Whoever has a /48 has 65,536 networks of /64, each of which would otherwise have a limit of its own.
    #[tokio::test]
    async fn a_site_is_limited_too_however_many_networks_it_sends_from() {
        let limits = RateLimits::new(&Rates { pages: 1, tokens: 1, questions: 1, api: 1 }, None).unwrap();
        let from = async |address: String| limits.check(Class::Pages, Sender::Address(address.parse().unwrap())).await;
        let admitted = async |addresses: &dyn Fn(u32) -> String| {
            let mut admitted = 0;
            for n in 0..200 {
                admitted += u32::from(from(addresses(n)).await.retry_after.is_none());
            }
            admitted
        };

        let of_56 = admitted(&|n| format!("2001:db8:1:{n:x}::7")).await;
        assert!((40..50).contains(&of_56), "{of_56}: four times the limit of one sender, and what grew back");
        let of_48 = of_56 + admitted(&|n| format!("2001:db8:1:{n:x}00::7")).await;
        assert!((160..200).contains(&of_48), "{of_48}: sixteen times");

        let elsewhere = from("2001:db8:2::7".into()).await;
        assert_eq!(elsewhere, Verdict { quota: 10, remaining: 9, retry_after: None }, "the tightest is told");
        for n in 0..40 {
            let verdict = from(format!("2001:db8:2:{n:x}::7")).await;
            assert!(n < 35 || verdict.quota == 40, "the /56 has become the tightest: {verdict:?}");
        }
    }

    /// One household that goes on although it is refused must not use up what its neighbours share.
    #[tokio::test]
    async fn who_is_refused_uses_up_nothing_of_the_networks_around() {
        let limits = RateLimits::new(&Rates { pages: 1, tokens: 1, questions: 1, api: 1 }, None).unwrap();
        let from = async |address: &str| limits.check(Class::Pages, Sender::Address(address.parse().unwrap())).await;
        for _ in 0..300 {
            from("2001:db8:1:2::7").await;
        }
        assert_eq!(from("2001:db8:1:3::7").await.retry_after, None);
        assert_eq!(from("2001:db8:1:200::7").await.retry_after, None);
    }
}
