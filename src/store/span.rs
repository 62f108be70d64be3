//! A stretch of a list: in which order, and behind what.

use time::OffsetDateTime;

/// A stretch of a list, for one page of it. `I`: what identifies a row.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a, I> {
    /// The order, and the row behind which the stretch begins.
    pub order: Order<'a, I>,
    /// From the end to the beginning.
    pub descending: bool,
    /// The most rows.
    pub limit: i64,
}

/// What a list is ordered by, with the row behind which it goes on: by its place in this order, and its id.
#[derive(Clone, Copy, Debug)]
pub enum Order<'a, I> {
    /// By name, in whatever spelling.
    Name(Option<(&'a str, I)>),
    /// By when it came to be.
    Time(Option<(OffsetDateTime, I)>),
}

impl<'a, I> Span<'a, I> {
    /// The first rows by name, or those behind this one.
    #[must_use]
    pub const fn by_name(after: Option<(&'a str, I)>, limit: i64) -> Self {
        Self { order: Order::Name(after), descending: false, limit }
    }

    /// Which row it begins behind, for lists that are in the order of their ids.
    #[must_use]
    pub fn id(self) -> Option<I> {
        match self.order {
            Order::Name(after) => after.map(|(_, id)| id),
            Order::Time(after) => after.map(|(_, id)| id),
        }
    }
}

/// Whether there are as many rows as the stretch may have.
pub(super) fn is_full<T, I>(rows: &[T], span: &Span<'_, I>) -> bool {
    usize::try_from(span.limit).is_ok_and(|limit| rows.len() >= limit)
}

/// How many rows of an order are looked at one by one before what a filter lets through is gathered as a whole: where it lets
/// most through, these are enough. To look for words in a row takes long, so that is done to few.
pub(super) fn near(limit: i64, is_everything: bool, by_words: bool) -> i64 {
    match (is_everything, by_words) {
        (true, _) => limit,
        (false, true) => 2 * limit,
        (false, false) => 400.max(2 * limit),
    }
}
