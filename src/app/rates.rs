//! How many requests one sender may make: the generic cell rate algorithm, for each class of endpoints by address and by
//! client.
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
use shared::Shared;

use crate::{
    config::{Rates, SecretText},
    policy::network,
};

/// The seconds' worth of requests that may come at once. It is the window that we tell of too.
pub const WINDOW: u32 = 10;

/// Endpoints that cost alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What people see, and the beginning of sign-ins.
    Pages,
    /// Issuing and revoking tokens.
    Tokens,
    /// Introspection, userinfo, keys, metadata, and our own files.
    Questions,
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// Whoever has this address, or its /64.
    Address(IpAddr),
    /// A client that has authenticated: nobody else can use up what it may.
    Client(&'a str),
}

/// What a request finds.
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
    classes: [Local; 3],
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
            classes: [rates.pages, rates.tokens, rates.questions].map(Local::new),
            hasher: std::hash::RandomState::new(),
            shared: redis_url.map(|url| Shared::new(url.expose())).transpose()?,
            alone: AtomicBool::new(false),
        })
    }

    /// Counts a request.
    pub async fn check(&self, class: Class, sender: Sender<'_>) -> Verdict {
        let local = &self.classes[class as usize];
        if let Some(shared) = &self.shared {
            match shared.check(class, sender, local.per_second.get(), local.burst.get()).await {
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
        local.check(match sender {
            Sender::Address(address) => self.hasher.hash_one(network::address_of(address)),
            Sender::Client(client) => self.hasher.hash_one(client),
        })
    }

    /// Forgets senders that have been quiet.
    pub fn forget_quiet(&self) {
        for local in &self.classes {
            local.limiter.retain_recent();
            local.limiter.shrink_to_fit();
        }
    }
}

impl Local {
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
        let rates = Rates { pages: 1, tokens: 1, questions: 1 };
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
        let limits = RateLimits::new(&Rates { pages: 1, tokens: 1, questions: 1 }, None).unwrap();
        for n in 0..10 {
            let sender = Sender::Address(format!("2001:db8:1:2::{n}").parse().unwrap());
            assert_eq!(limits.check(Class::Pages, sender).await.retry_after, None);
        }
        let sender = Sender::Address("2001:db8:1:2:ffff::1".parse().unwrap());
        assert!(limits.check(Class::Pages, sender).await.retry_after.is_some());
    }
}
