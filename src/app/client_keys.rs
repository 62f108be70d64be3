//! The keys of clients that publish them at a URL (`jwks_uri`), as a node knows them.
//!
//! A node asks a URL once a minute at most, however many tokens name keys that it does not know, and only so many URLs at a
//! time. What was fetched counts as long as its server says, within bounds; then no old key counts any more.

use std::sync::Arc;

use quick_cache::sync::Cache;
use time::{Duration, OffsetDateTime};
use tokio::sync::{Mutex, Semaphore};

use super::{App, documents::lifetime};
use crate::{
    outbound::Outbound,
    protocol::{client_metadata::ClientMetadata, jwk_set::JwkSet},
};

/// How long a URL is left alone after it was asked.
const PAUSE: Duration = Duration::minutes(1);
const MOST_URLS: usize = 4_096;
/// URLs that are asked at once.
const AT_ONCE: usize = 16;
/// Bytes of an answer.
const LARGEST: usize = 64 * 1024;

pub(super) struct ClientKeys {
    known: Cache<String, Arc<Mutex<Option<Fetched>>>>,
    places: Semaphore,
}

impl Default for ClientKeys {
    fn default() -> Self {
        Self { known: Cache::new(MOST_URLS), places: Semaphore::new(AT_ONCE) }
    }
}

/// What came of asking a URL.
struct Fetched {
    asked_at: OffsetDateTime,
    /// The keys, and until when they count. Or why there are none.
    keys: Result<(Arc<JwkSet>, OffsetDateTime), String>,
}

impl Fetched {
    /// Whether the URL is to be asked again, for a token that names this key.
    fn is_outdated(&self, kid: Option<&str>, now: OffsetDateTime) -> bool {
        let may_ask = now >= self.asked_at + PAUSE;
        match &self.keys {
            Ok((_, until)) if now >= *until => true,
            Ok((keys, _)) => may_ask && kid.is_some_and(|kid| !keys.names(kid)),
            Err(_) => may_ask,
        }
    }

    /// The same after the URL was asked in vain: keys that count still are not lost by it.
    fn after_failure(before: Option<Self>, why: String, now: OffsetDateTime) -> Self {
        let keys = before.and_then(|before| before.keys.ok()).filter(|(_, until)| now < *until).ok_or(why);
        Self { asked_at: now, keys }
    }
}

impl App {
    /// The public keys of a client: those that are registered, or those at its URL, for a token that names this key.
    ///
    /// # Errors
    /// Why they cannot be had.
    pub async fn keys_of(
        &self,
        client: &ClientMetadata,
        kid: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Arc<JwkSet>, String> {
        let Some(url) = &client.jwks_uri else { return Ok(Arc::new(client.jwks.clone().unwrap_or_default())) };
        let known =
            self.client_keys.known.get_or_insert_with(url, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let Ok(known) = known;
        let mut known = known.lock().await;
        if known.as_ref().is_none_or(|fetched| fetched.is_outdated(kid, now)) {
            let fetched = self.client_keys.fetch(&self.outbound, url, now).await;
            let failed = |why| Fetched::after_failure(known.take(), why, now);
            *known = Some(fetched.unwrap_or_else(failed));
        }
        match known.as_ref().map(|fetched| &fetched.keys) {
            Some(Ok((keys, _))) => Ok(Arc::clone(keys)),
            Some(Err(why)) => Err(why.clone()),
            None => Err(String::new()),
        }
    }
}

impl ClientKeys {
    async fn fetch(&self, outbound: &Outbound, url: &str, now: OffsetDateTime) -> Result<Fetched, String> {
        let _place = self.places.try_acquire().map_err(|_| "too many are being asked for".to_owned())?;
        let answer = outbound.get_document(url, LARGEST).await.map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("the answer has the status {}", answer.status));
        }
        let keys = JwkSet::published(&answer.body).map_err(|error| error.to_string())?;
        Ok(Fetched { asked_at: now, keys: Ok((Arc::new(keys), now + lifetime(&answer.headers))) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::fixtures::at;

    fn known(kid: &str) -> (Arc<JwkSet>, OffsetDateTime) {
        (Arc::new(JwkSet { keys: vec![json!({"kid": kid})] }), at(300))
    }

    /// CA-21
    #[test]
    fn ca_21_a_url_is_asked_once_a_minute_at_most() {
        let keys = Fetched { asked_at: at(0), keys: Ok(known("a")) };
        let failure = Fetched { asked_at: at(0), keys: Err("down".to_owned()) };
        for (kid, seconds, of_keys, of_failure) in [
            (Some("a"), 0, false, false),
            (Some("a"), 60, false, true),
            (Some("b"), 59, false, false),
            (Some("b"), 60, true, true),
            (None, 299, false, true),
            (None, 300, true, true),
        ] {
            let outdated = (keys.is_outdated(kid, at(seconds)), failure.is_outdated(kid, at(seconds)));
            assert_eq!(outdated, (of_keys, of_failure), "{kid:?} at {seconds}");
        }
    }

    #[test]
    fn a_failure_takes_no_keys_away_that_count_still() {
        let after = |keys, seconds| {
            let before = Some(Fetched { asked_at: at(0), keys });
            Fetched::after_failure(before, "down".to_owned(), at(seconds)).keys.map(|(keys, _)| keys.names("a"))
        };
        assert_eq!(after(Ok(known("a")), 299), Ok(true));
        assert_eq!(after(Ok(known("a")), 300), Err("down".to_owned()));
        assert_eq!(after(Err("away".to_owned()), 100), Err("down".to_owned()));
    }
}
