//! Client metadata documents as a node knows them: which were read lately, and which are being read now.
//!
//! A node calls a URL once, however many ask for it meanwhile, and only so many URLs at a time. What went wrong is not
//! kept (§5.2 of the draft forbids it), so whoever causes failures is counted as one who asks for unknown ids.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use quick_cache::sync::Cache;
use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use time::{Duration, OffsetDateTime};
use tokio::sync::{OnceCell, Semaphore};

use super::{App, NotFound};
use crate::network;

/// The least that a document counts, whatever its server says of caches.
const LEAST: Duration = Duration::minutes(5);
/// The most.
const MOST: Duration = Duration::hours(24);
const MOST_FRESH: usize = 4_096;
/// Documents that are read at once.
const AT_ONCE: usize = 16;

/// Why a document was not read, for everybody who waited for it.
#[derive(Clone, Debug)]
pub enum NotRead {
    /// It cannot be fetched, or describes no client. The text is for whoever wrote it.
    Refused(String),
    /// Too many are being read, or were asked for from this address.
    Busy {
        /// When to ask again.
        retry_after: Duration,
    },
    /// We failed: why, for the log.
    Failed(String),
}

impl From<NotFound> for NotRead {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::TooMany { retry_after } => Self::Busy { retry_after },
            NotFound::Stale(error) => Self::Failed(error.to_string()),
        }
    }
}

type Reading = Arc<OnceCell<Result<(), NotRead>>>;

pub(super) struct Documents {
    /// Until when what is registered is taken to be what the document says.
    fresh: Cache<String, OffsetDateTime>,
    reading: Mutex<HashMap<String, Reading>>,
    places: Semaphore,
}

impl Default for Documents {
    fn default() -> Self {
        Self { fresh: Cache::new(MOST_FRESH), reading: Mutex::default(), places: Semaphore::new(AT_ONCE) }
    }
}

impl Documents {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Whether the document at this URL was read so lately that what is registered can be taken for what it says.
    #[must_use]
    pub fn is_document_fresh(&self, url: &str, now: OffsetDateTime) -> bool {
        self.documents.fresh.get(url).is_some_and(|until| now < until)
    }

    /// Notes that what is registered is what the document at this URL says, which came with these headers.
    pub fn note_document(&self, url: &str, headers: &HeaderMap, now: OffsetDateTime) {
        self.documents.fresh.insert(url.to_owned(), now + lifetime(headers));
    }

    /// Reads the document at a URL by `read`, for an address, unless somebody else does so already: then theirs counts.
    ///
    /// # Errors
    /// [`NotRead`]
    pub async fn read_document_once<F>(&self, url: &str, from: IpAddr, read: impl FnOnce() -> F) -> Result<(), NotRead>
    where
        F: Future<Output = Result<(), NotRead>>,
    {
        let now = self.clock.now();
        if let Some(until) = self.strangers.refused(from, now) {
            self.tally("unknown_clients.refusals");
            return Err(NotRead::Busy { retry_after: until - now });
        }
        let reading = Arc::clone(self.documents.lock().entry(url.to_owned()).or_default());
        let _end = End { documents: &self.documents, url, reading: &reading };
        let outcome = reading.get_or_init(|| async {
            let Ok(_place) = self.documents.places.try_acquire() else {
                return Err(NotRead::Busy { retry_after: Duration::seconds(5) });
            };
            let outcome = read().await;
            if outcome.is_err() && !network::holds(&self.settings.defence.allowed_networks, from) {
                self.strangers.count(from, now);
            }
            outcome
        });
        outcome.await.clone()
    }
}

/// Who asks after this one has its answer, or gave up, begins anew.
struct End<'a> {
    documents: &'a Documents,
    url: &'a str,
    reading: &'a Reading,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        if let Entry::Occupied(entry) = self.documents.lock().entry(self.url.to_owned())
            && Arc::ptr_eq(entry.get(), self.reading)
        {
            entry.remove();
        }
    }
}

/// How long an answer counts by its headers (RFC 9111 §4.2.1), within our bounds.
pub(super) fn lifetime(headers: &HeaderMap) -> Duration {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives = directives.flat_map(|text| text.split(',')).map(|one| one.trim().to_ascii_lowercase());
    let directives = directives.collect::<Vec<_>>();
    let seconds = |name: &str| directives.iter().find_map(|one| one.strip_prefix(name)?.parse::<u32>().ok());
    let forbidden = directives.iter().any(|one| one == "no-store" || one.starts_with("no-cache"));
    let most = seconds("s-maxage=").or_else(|| seconds("max-age=")).filter(|_| !forbidden).unwrap_or_default();
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse::<u32>().ok()).unwrap_or_default();
    Duration::seconds(most.saturating_sub(age).into()).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_counts_as_long_as_its_server_says_within_bounds() {
        for (cache_control, age, minutes) in [
            ("", "", 5),
            ("max-age=3600", "", 60),
            ("public, Max-Age=3600", "", 60),
            ("max-age=3600", "1800", 30),
            ("max-age=60, s-maxage=7200", "", 120),
            ("max-age=0", "", 5),
            ("max-age=10", "4000000000", 5),
            ("no-store, max-age=3600", "", 5),
            ("no-cache", "", 5),
            ("max-age=31536000", "", 24 * 60),
            ("max-age=-1", "", 5),
            ("max-age=99999999999999999999", "", 5),
        ] {
            let headers = [(CACHE_CONTROL, cache_control), (AGE, age)];
            let headers = headers.map(|(name, value)| (name, value.parse().unwrap())).into_iter().collect();
            assert_eq!(lifetime(&headers), Duration::minutes(minutes), "{cache_control} {age}");
        }
    }
}
