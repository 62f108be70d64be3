//! What this node counts for the plots of the console, and how it adds that to what the others counted: once a minute,
//! by one statement, and never by a request.

use std::{
    collections::HashMap,
    mem::take,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::App;
use crate::{policy::counted::Counted, store::counts};

/// How many different things of a kind are counted between two writes. The ids of clients come from outside; where more
/// of them call in a minute, the plot of the busiest does not need the others.
const MOST: usize = 10_000;
/// How many clients are written each time: the busiest.
const MOST_CLIENTS: usize = 20;

/// What was counted since the last write.
#[derive(Default)]
pub(super) struct Counts(Mutex<HashMap<Counted, HashMap<String, i64>>>);

impl Counts {
    fn add(&self, what: Counted, which: &str, count: i64) {
        let mut counts = self.lock();
        let counts = counts.entry(what).or_default();
        if let Some(known) = counts.get_mut(which) {
            *known += count;
        } else if counts.len() < MOST {
            counts.insert(which.to_owned(), count);
        }
    }

    /// All that is to be written.
    fn take(&self) -> Vec<(Counted, String, i64)> {
        let mut rows = Vec::new();
        for (what, counts) in take(&mut *self.lock()) {
            let mut counts = counts.into_iter().collect::<Vec<_>>();
            if what == Counted::Clients {
                counts.sort_unstable_by_key(|(_, count)| -count);
                counts.truncate(MOST_CLIENTS);
            }
            rows.extend(counts.into_iter().map(|(which, count)| (what, which, count)));
        }
        rows.sort_unstable(); // nodes that write the same rows wait for each other, in one order
        rows
    }

    /// A panic while counting leaves at worst a wrong count.
    fn lock(&self) -> MutexGuard<'_, HashMap<Counted, HashMap<String, i64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Counts something. `which`: of what it is told apart.
    pub fn count(&self, what: Counted, which: &str) {
        self.counts.add(what, which, 1);
    }

    /// Adds what this node counted to what all nodes did. What cannot be written is tried again the next time.
    ///
    /// # Errors
    /// The database refused.
    pub async fn write_counts(&self) -> sqlx::Result<()> {
        let rows = self.counts.take();
        if rows.is_empty() {
            return Ok(());
        }
        let written = counts::add(&self.db, &rows, self.clock.now()).await;
        if written.is_err() {
            for (what, which, count) in &rows {
                self.counts.add(*what, which, *count);
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_clients_the_busiest_are_written_and_of_all_else_everything() {
        let counts = Counts::default();
        for n in 0..30 {
            counts.add(Counted::Clients, &format!("client-{n:02}"), n + 1);
            counts.add(Counted::Failures, &format!("reason-{n:02}"), 1);
        }
        counts.add(Counted::Failures, "reason-00", 1);

        let rows = counts.take();

        let clients = rows.iter().filter(|(what, ..)| *what == Counted::Clients).collect::<Vec<_>>();
        assert_eq!(clients.len(), MOST_CLIENTS);
        assert_eq!(clients[0], &(Counted::Clients, "client-10".to_owned(), 11));
        let failures = rows.iter().filter(|(what, ..)| *what == Counted::Failures).collect::<Vec<_>>();
        assert_eq!((failures.len(), failures[0].2), (30, 2));
        assert_eq!(counts.take(), [], "nothing is written twice");
    }
}
