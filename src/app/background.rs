//! What a node does beside answering requests.

use std::{sync::Arc, time::Duration};

use super::{Actor, App, AuditUnavailable};
use crate::policy::event::Event;

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
        Ok(self.write_uses().await?)
    }

    /// Does something at once and after each pause, until the last handle of the app is gone. A failure is logged under
    /// the words of `failure`, and the next turn comes all the same.
    pub fn repeat<F>(&self, pause: Duration, failure: &'static str, work: impl Fn(Self) -> F + Send + Sync + 'static)
    where
        F: Future<Output = sqlx::Result<()>> + Send,
    {
        let app = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            while let Some(app) = app.upgrade().map(Self) {
                if let Err(error) = work(app).await {
                    tracing::warn!(%error, reason = failure, "work in the background failed");
                }
                tokio::time::sleep(pause).await;
            }
        });
    }
}
