//! What a node does beside answering requests.

use std::{sync::Arc, time::Duration};

use super::App;

impl App {
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
