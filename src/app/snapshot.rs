//! What a request sees of the registry: one view, no older than a second, for all its decisions.

use std::{net::IpAddr, sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::time::timeout;
use uuid::Uuid;

use super::{App, Known, Stale, clients};
use crate::{
    keys::KeySet,
    model::registry::Registry,
    policy::{client_document::as_admitted, issuance::Terms},
    protocol::client::{Client, is_client_id},
    store::{self, clients::ReadClient},
};

/// The longest that a request waits for a client.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The registry as it stood at one version, which was the newest less than a second before; and the time. A request takes
/// one ([`App::snapshot`]) and decides by it alone.
#[derive(Clone)]
pub struct Snapshot {
    /// The node that it is of.
    pub app: App,
    /// When it was taken: what the request does bears this time.
    pub now: OffsetDateTime,
    known: Arc<Known>,
}

/// Why it is not said which client has an id.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    /// It is not known.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// Too many ids that no client has were asked for from this address.
    #[error("too many unknown ids were asked for from this address")]
    TooMany {
        /// When it may ask again.
        retry_after: time::Duration,
    },
}

impl App {
    /// What this node knows now.
    ///
    /// # Errors
    /// [`Stale`]: it could not be compared with the database within the last second, so nothing may be decided by it.
    pub async fn snapshot(&self) -> Result<Snapshot, Stale> {
        let known = match self.known.load_full().filter(|known| known.is_fresh()) {
            Some(known) => known,
            None => self.catch_up(Known::is_fresh).await?,
        };
        Ok(Snapshot { app: self.clone(), now: self.clock.now(), known })
    }

    /// What this node last knew, however old: for what may be shown while the database does not answer, and decides nothing.
    #[must_use]
    pub fn last_known(&self) -> Option<Arc<Known>> {
        self.known.load_full()
    }

    /// How many clients this node holds in memory, and what they weigh in bytes.
    #[must_use]
    pub fn clients_in_memory(&self) -> (usize, u64) {
        self.clients.size()
    }

    /// Reads a client at no older version than this node knows of. Only so many are read at once that ids which somebody
    /// makes up leave connections to others.
    async fn read_client(&self, client_id: &str) -> Result<ReadClient, Stale> {
        let _place = self.lookups.acquire().await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        loop {
            let before = self.version();
            let mut read = store::clients::read(&self.db, client_id).await?;
            if read.version >= before {
                read.client.iter_mut().for_each(|client| self.open_brought_secrets(client));
                read.client = read.client.map(|client| as_admitted(client, &self.settings.document_hosts));
                return Ok(read);
            }
            self.catch_up(|known| known.position.version < before).await?; // the database went back
        }
    }
}

impl Snapshot {
    /// APIs and roles.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.known.registry
    }

    /// The signing keys.
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.known.keys
    }

    /// What is decided by what tokens say.
    #[must_use]
    pub fn terms(&self) -> Terms<'_> {
        Terms {
            registry: self.registry(),
            issuer: self.app.issuer(),
            duties_are_separate: self.app.settings.separation_of_duties,
            now: self.now,
        }
    }

    /// Whether a grant or an access token was revoked.
    #[must_use]
    pub fn is_revoked(&self, id: Uuid) -> bool {
        self.app.is_revoked(id)
    }

    /// The client with this id. If it has changed since this snapshot was taken, the snapshot is a newer one afterwards.
    ///
    /// # Errors
    /// [`Stale`]: it could not be read within a second.
    pub async fn client(&mut self, client_id: &str) -> Result<Option<Arc<Client>>, Stale> {
        if !is_client_id(client_id) {
            return Ok(None);
        }
        if let Some(known) = self.app.clients.known(client_id).filter(|known| self.holds(known)) {
            metrics::counter!("portcullis_client_lookups_total", "result" => "hit").increment(1);
            return Ok(Some(known.client));
        }
        metrics::counter!("portcullis_client_lookups_total", "result" => "miss").increment(1);
        timeout(LONGEST_WAIT, self.find(client_id)).await.unwrap_or(Err(Stale::TooSlow))
    }

    /// The client with this id, for a request from this address that is not authenticated yet. An address that has asked for
    /// many unknown ids gets only clients that are in memory, until its minute is over.
    ///
    /// # Errors
    /// [`NotFound`]
    pub async fn client_asked_for(&mut self, client_id: &str, from: IpAddr) -> Result<Option<Arc<Client>>, NotFound> {
        if !is_client_id(client_id) {
            return Ok(None);
        }
        if !self.app.clients.remembers(client_id)
            && let Some(until) = self.app.strangers.refused(from, self.now)
        {
            self.app.tally("unknown_clients.refusals");
            return Err(NotFound::TooMany { retry_after: until - self.now });
        }
        let found = self.client(client_id).await?;
        if found.is_none() {
            self.app.note_unknown(client_id, from, self.now);
        }
        Ok(found)
    }

    async fn find(&mut self, client_id: &str) -> Result<Option<Arc<Client>>, Stale> {
        loop {
            let found = self.app.clients.find(client_id, || self.app.read_client(client_id)).await?;
            match found {
                Some(known) if !self.holds(&known) => {
                    let is_enough = |seen: &Known| seen.is_fresh() && seen.position.version >= known.version;
                    self.known = self.app.catch_up(is_enough).await?;
                }
                found => return Ok(found.map(|known| known.client)),
            }
        }
    }

    /// Whether a client in memory is as it stood at the version of this snapshot, which is fresh still: it was read no
    /// later, and has not been touched since, or it would have been evicted.
    fn holds(&self, client: &clients::Known) -> bool {
        client.version <= self.known.position.version && self.known.is_fresh()
    }
}
