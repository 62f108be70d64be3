//! How many failures are too many, and for how long nobody may try again. Pure: the rows are `store::throttles`'.
//!
//! An attempt stands in several rows at once: that of the account, that of the address, that of the address's block. It
//! counts as a failure from the moment it is admitted, so that attempts side by side cannot exceed a limit; a success
//! gives back what it counted. Counters fall in no other way but by the end of their window (invariant I7).

use time::{Duration, OffsetDateTime};

/// When a counter is full, and what then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many failures are admitted within the window.
    pub failures: u32,
    /// From the first of them.
    pub window: Duration,
    /// What a full counter does.
    pub then: WhenFull,
}

/// What a full counter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It refuses until its window ends.
    Waits,
    /// It refuses for a window, then for two, four, and so on, and after so many failures in a row until somebody
    /// succeeds in another way (NIST SP 800-63B-4 §3.2.2).
    BacksOff {
        /// The most failures in a row.
        most: u32,
    },
    /// It refuses nobody, so that nobody can be shut out by it, but halves the limits of the others.
    Tightens,
}

/// The failures of one account, address, or other thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Failures since `since`.
    pub recent: u32,
    /// Failures since the last success.
    pub consecutive: u32,
    /// When the window began.
    pub since: OffsetDateTime,
    /// Until when it refuses.
    pub blocked_until: Option<OffsetDateTime>,
}

/// How tight the limits of the whole installation are: each step halves them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tightness {
    /// As they are set.
    #[default]
    Normal,
    /// Halved.
    Half,
    /// Quartered.
    Quarter,
}

/// The longest refusal of a counter that backs off.
const LONGEST_BACK_OFF: Duration = Duration::hours(24);
/// What "until a success" is in a column: a time that nobody waits for.
const FOREVER: Duration = Duration::days(365 * 100);
/// However tight: whoever mistypes twice gets in.
const FLOOR: u32 = 3;

/// Counts one more failure in all these counters, or in none of them.
///
/// # Errors
/// When the attempt may be repeated: one of the counters is full.
pub fn admit(
    counters: &[(Limit, Counter)],
    tightness: Tightness,
    now: OffsetDateTime,
) -> Result<Vec<Counter>, OffsetDateTime> {
    let steps = tightness as u32 + u32::from(counters.iter().any(|(limit, counter)| limit.is_strained(counter, now)));
    let refused = counters.iter().filter_map(|(_, counter)| counter.blocked_until).filter(|until| *until > now).max();
    match refused {
        Some(until) => Err(until),
        None => Ok(counters.iter().map(|(limit, counter)| limit.tightened(steps).count(counter, now)).collect()),
    }
}

impl Counter {
    /// Nothing has failed.
    #[must_use]
    pub const fn new(now: OffsetDateTime) -> Self {
        Self { recent: 0, consecutive: 0, since: now, blocked_until: None }
    }
}

impl Limit {
    /// The same limit, halved so many times.
    fn tightened(self, steps: u32) -> Self {
        let failures = self.failures.checked_shr(steps).unwrap_or(0).max(FLOOR).min(self.failures);
        Self { failures, ..self }
    }

    /// Whether this is a counter that makes the others tighter, and is full.
    fn is_strained(&self, counter: &Counter, now: OffsetDateTime) -> bool {
        self.then == WhenFull::Tightens && counter.recent >= self.failures && now < counter.since + self.window
    }

    fn count(&self, counter: &Counter, now: OffsetDateTime) -> Counter {
        let is_over = counter.blocked_until.is_some() || now >= counter.since + self.window;
        let (recent, since) = if is_over { (0, now) } else { (counter.recent, counter.since) };
        let (recent, consecutive) = (recent.saturating_add(1), counter.consecutive.saturating_add(1));
        let blocked_until = self.blocks(recent, consecutive, since, now);
        Counter { recent, consecutive, since, blocked_until }
    }

    fn blocks(
        &self,
        recent: u32,
        consecutive: u32,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let is_full = recent >= self.failures;
        match self.then {
            WhenFull::Tightens => None,
            WhenFull::Waits => is_full.then(|| since + self.window),
            WhenFull::BacksOff { most } if consecutive >= most => Some(now + FOREVER),
            WhenFull::BacksOff { .. } => is_full.then(|| {
                let rounds = (consecutive / self.failures.max(1)).clamp(1, 16);
                now + (self.window * (1_i32 << (rounds - 1))).min(LONGEST_BACK_OFF)
            }),
        }
    }
}

impl Tightness {
    /// By how many failures there were in a minute in the whole installation, where `above` begins to be too many. It
    /// relaxes only when there are half as many as made it tighten, so that it does not swing.
    #[must_use]
    pub fn next(self, failures_per_minute: u32, above: u32) -> Self {
        let wanted = |failures: u32| match failures {
            n if n >= above.saturating_mul(4) => Self::Quarter,
            n if n >= above => Self::Half,
            _ => Self::Normal,
        };
        self.min(wanted(failures_per_minute.saturating_mul(2))).max(wanted(failures_per_minute))
    }

    /// From the number that a row holds.
    #[must_use]
    pub const fn from_steps(steps: i16) -> Self {
        match steps {
            ..=0 => Self::Normal,
            1 => Self::Half,
            _ => Self::Quarter,
        }
    }
}

#[cfg(test)]
mod tests;
