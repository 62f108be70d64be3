//! What a node does beside answering requests.

use std::sync::Arc;

use super::{Actor, App, AuditUnavailable, freshness::KEEP_REVOCATIONS};
use crate::{
    policy::{event::Event, feed::Part},
    store::{
        self,
        attention::{self, SomeClients},
        client_key_uses, client_secrets, consents, pool, revocations, signing_keys,
    },
};

/// How long a client may be quiet: as long as counts go back.
const UNUSED: time::Duration = time::Duration::days(90);

impl App {
    /// Records that this node begins to serve.
    ///
    /// # Errors
    /// [`AuditUnavailable`]: then it must not.
    pub async fn started(&self) -> Result<(), AuditUnavailable> {
        self.record(self.event(Event::ServerStarted, &Actor::system(), self.clock.now())).await
    }

    /// Writes what this node has only in memory, and that it ends.
    ///
    /// # Errors
    /// The database refused a part of it.
    pub async fn stopped(&self) -> anyhow::Result<()> {
        self.write_tallies(true).await;
        self.record(self.event(Event::ServerStopped, &Actor::system(), self.clock.now())).await?;
        self.write_uses().await?;
        Ok(self.write_counts().await?)
    }

    /// Forgets what this node holds in memory and no request asks for any more.
    pub fn forget(&self) {
        self.rates.forget_quiet();
        if let Ok(mut revoked) = self.revoked.write() {
            revoked.retain(|_, since| since.elapsed() < KEEP_REVOCATIONS);
        }
    }

    /// Forgets in the database what was revoked so long ago that it has expired everywhere.
    ///
    /// # Errors
    /// The database refused.
    pub async fn forget_revocations(&self) -> sqlx::Result<()> {
        revocations::forget(&self.db, KEEP_REVOCATIONS.as_secs_f64()).await.map(|_| ())
    }

    /// Looks for clients that nobody has used for 90 days. That is a question to every client, so nobody waits for the answer.
    ///
    /// # Errors
    /// The database refused.
    pub async fn find_unused_clients(&self) -> sqlx::Result<()> {
        let unused = attention::unused_clients(&self.db, self.clock.now() - UNUSED).await?;
        self.unused_clients.store(Some(Arc::new(unused)));
        Ok(())
    }

    /// Enabled clients that had used no secret for 90 days when they were last looked for, which is within the hour.
    #[must_use]
    pub fn unused_clients(&self) -> Arc<SomeClients> {
        self.unused_clients.load_full().unwrap_or_default()
    }

    /// Takes the authorities that vouch for clients anew, if their files have changed. Files that cannot be used change
    /// nothing.
    ///
    /// # Errors
    /// They cannot be used.
    pub async fn refresh_client_authorities(&self) -> anyhow::Result<()> {
        let Some(authorities) = self.settings.client_authorities.clone() else { return Ok(()) };
        if tokio::task::spawn_blocking(move || authorities.refresh()).await?? {
            tracing::info!("who vouches for the certificates of clients was taken anew");
        }
        Ok(())
    }

    /// Removes the signing keys that nothing needs any more.
    ///
    /// # Errors
    /// The database refused.
    pub async fn remove_retired_keys(&self) -> sqlx::Result<()> {
        let now = self.clock.now();
        let mut tx = pool::begin(&self.db).await?;
        if signing_keys::remove_retired(&mut *tx, now - time::Duration::hours(1)).await? > 0 {
            store::registry::commit(tx, &Part::Keys.into()).await?;
        }
        Ok(())
    }

    /// Writes when secrets, keys and consents were last used.
    ///
    /// # Errors
    /// The database refused.
    pub async fn write_uses(&self) -> sqlx::Result<()> {
        let secrets = self.secret_uses.write().map(|mut uses| std::mem::take(&mut *uses)).unwrap_or_default();
        if !secrets.is_empty() {
            client_secrets::record_uses(&self.db, &secrets.into_iter().collect::<Vec<_>>()).await?;
        }
        let keys = self.key_uses.write().map(|mut uses| std::mem::take(&mut *uses)).unwrap_or_default();
        if !keys.is_empty() {
            client_key_uses::record(&self.db, &keys.into_iter().collect::<Vec<_>>()).await?;
        }
        let consents = self.consent_uses.write().map(|mut uses| std::mem::take(&mut *uses)).unwrap_or_default();
        if !consents.is_empty() {
            let mut consents = consents.into_iter().collect::<Vec<_>>();
            consents.sort_unstable(); // nodes that write the same ones wait for each other, in one order
            consents::record_uses(&self.db, &consents).await?;
        }
        Ok(())
    }
}
