//! The rows of one page of a list, and the ways to its neighbours.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{CREATED, List, Place, malformed};
use crate::{
    store::span::{Order, Span},
    web::{error_page::PageError, view::Paging},
};

impl List {
    /// The stretch of a table that the page shows, and a row more, if there is one. `I`: what identifies a row.
    ///
    /// # Errors
    /// The row that the page begins or ends at cannot be one.
    pub(in crate::console) fn span<'a, I: FromId<'a>>(&'a self) -> Result<Span<'a, I>, PageError> {
        let unknown = || malformed("There is no such page. Open the list anew.".into());
        let row = match &self.place {
            Place::First => None,
            Place::After(row) | Place::Before(row) => Some(row.split_once(' ').ok_or_else(unknown)?),
        };
        let row = row.map(|(id, place)| I::from_id(id).map(|id| (place, id)).ok_or_else(unknown)).transpose()?;
        let order = if self.order == CREATED {
            let time = |place: &str| OffsetDateTime::from_unix_timestamp_nanos(place.parse().ok()?).ok();
            Order::Time(row.map(|(place, id)| time(place).map(|at| (at, id)).ok_or_else(unknown)).transpose()?)
        } else {
            Order::Name(row)
        };
        let limit = i64::try_from(self.size + 1).unwrap_or(i64::MAX);
        Ok(Span { order, descending: self.descending != self.is_backwards(), limit })
    }

    /// Takes note of the rows of [`span`](Self::span), of how many there are in all, and cuts the rows down to the page.
    /// `row`: the id, the name and the time of a row.
    pub(in crate::console) fn arrange<T>(
        &mut self,
        mut rows: Vec<T>,
        count: i64,
        row: impl Fn(&T) -> (String, String, OffsetDateTime),
    ) -> Vec<T> {
        let has_more = rows.len() > self.size;
        rows.truncate(self.size);
        if self.is_backwards() {
            rows.reverse();
        }
        let by_time = self.order == CREATED;
        let place = |of: &T| match row(of) {
            (id, _, at) if by_time => format!("{id} {}", at.unix_timestamp_nanos()),
            (id, name, _) => format!("{id} {name}"),
        };
        self.lead_on(has_more, rows.first().map(&place), rows.last().map(&place));
        self.count = count;
        rows
    }

    /// The stretch of a table behind a row, named by id, name and time, that has so many rows.
    pub(in crate::console) fn stretch<'a, I>(
        &self,
        after: Option<(I, &'a str, OffsetDateTime)>,
        rows: usize,
    ) -> Span<'a, I> {
        let order = if self.order == CREATED {
            Order::Time(after.map(|(id, _, at)| (at, id)))
        } else {
            Order::Name(after.map(|(id, name, _)| (name, id)))
        };
        Span { order, descending: self.descending, limit: i64::try_from(rows).unwrap_or(i64::MAX) }
    }

    /// All rows, which are few, in the order of the list. `place`: the id of a row, and its place.
    pub(in crate::console) fn in_order<T>(&self, mut rows: Vec<T>, place: impl Fn(&T) -> (String, String)) -> Vec<T> {
        rows.sort_by_cached_key(|row| {
            let (id, place) = place(row);
            (place, id)
        });
        if self.descending {
            rows.reverse();
        }
        rows
    }

    /// The rows of the page, of all rows in their order.
    pub(in crate::console) fn cut<T>(&mut self, mut rows: Vec<T>, place: impl Fn(&T) -> (String, String)) -> Vec<T> {
        self.count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let key = |row: &T| {
            let (id, place) = place(row);
            (place, id)
        };
        let seen = |row: &str| {
            let (id, place) = row.split_once(' ').unwrap_or((row, ""));
            (place.to_owned(), id.to_owned())
        };
        let is_behind =
            |row: &T, than: &(String, String)| if self.descending { key(row) < *than } else { key(row) > *than };
        match &self.place {
            Place::First => {}
            Place::After(row) => {
                let than = seen(row);
                rows.retain(|row| is_behind(row, &than));
            }
            Place::Before(row) => {
                let than = seen(row);
                rows.retain(|row| !is_behind(row, &than) && key(row) != than);
                rows.reverse();
            }
        }
        let has_more = rows.len() > self.size;
        rows.truncate(self.size);
        if self.is_backwards() {
            rows.reverse();
        }
        let named = |row: &T| {
            let (id, place) = place(row);
            format!("{id} {place}")
        };
        self.lead_on(has_more, rows.first().map(&named), rows.last().map(&named));
        rows
    }

    fn lead_on(&mut self, has_more: bool, first: Option<String>, last: Option<String>) {
        let (before, after) = match self.place {
            Place::First => (false, has_more),
            Place::After(_) => (true, has_more),
            Place::Before(_) => (has_more, true),
        };
        let link = |name, row: Option<String>| row.map(|row| self.url(&[(name, &row)]));
        let previous = link("before", first.filter(|_| before));
        let next = link("after", last.filter(|_| after));
        self.paging = Paging { previous, next };
    }
}

/// What identifies rows of a table.
pub(in crate::console) trait FromId<'a>: Sized {
    /// Reads it. `None`: no row has this id.
    fn from_id(id: &'a str) -> Option<Self>;
}

impl<'a> FromId<'a> for &'a str {
    fn from_id(id: &'a str) -> Option<Self> {
        Some(id)
    }
}

impl FromId<'_> for Uuid {
    fn from_id(id: &str) -> Option<Self> {
        id.parse().ok()
    }
}
