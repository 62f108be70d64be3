//! Over how long something is plotted: `?over=`.

use time::{Duration, OffsetDateTime};

use crate::console::chart::Steps;

/// What an address calls each, what people call it, and its steps.
const PERIODS: [(&str, &str, Duration, i32); 4] = [
    ("day", "24 hours", Duration::hours(1), 24),
    ("week", "7 days", Duration::hours(6), 28),
    ("month", "30 days", Duration::days(1), 30),
    ("quarter", "90 days", Duration::days(1), 90),
];

/// A period of time that ends now.
#[derive(Clone, Copy)]
pub(super) struct Period(usize);

impl Period {
    /// The one that an address names; a day otherwise.
    pub fn named(name: &str) -> Self {
        Self(PERIODS.iter().position(|(known, ..)| *known == name).unwrap_or_default())
    }

    /// The steps it is plotted in.
    pub fn steps(self, now: OffsetDateTime) -> Steps {
        let (.., step, count) = PERIODS[self.0];
        Steps::until(now, step, count)
    }

    /// The way to each: what it is called, where it is, and whether it is this one.
    pub fn links(self) -> Vec<(&'static str, String, bool)> {
        let link = |(n, (name, title, ..)): (usize, &(&str, &'static str, Duration, i32))| {
            let url = if n == 0 { "/admin".to_owned() } else { format!("/admin?over={name}") };
            (*title, url, n == self.0)
        };
        PERIODS.iter().enumerate().map(link).collect()
    }
}
