//! How a node learns what changed elsewhere: it asks the database twice a second. Nothing depends on a notification.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::App;
use crate::{
    config::Logo,
    keys::{KeySet, MasterKey, SigningKey, UnknownKeyState},
    model::registry::Registry,
    protocol::access_token,
    store::{
        self, client_secrets, consents, defence, partitions, revocations,
        signing_keys::{self, SigningKeyRow},
        throttles,
    },
};

const POLL: Duration = Duration::from_millis(400);
/// Decisions may rest on what was read this long ago, and no longer (decision D8).
const STALE_AFTER: Duration = Duration::from_secs(1);
/// How far back each poll looks, so that a transaction that took its time is not missed.
const OVERLAP: Duration = Duration::from_secs(10);
const MAINTENANCE: Duration = Duration::from_secs(30);
/// No access token lives longer.
const REMEMBER: Duration = Duration::from_secs(access_token::LONGEST_LIFETIME as u64 + 60);

/// What we know of the registry may be out of date, because the database does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the database does not answer: {0}")]
pub struct Stale(#[from] sqlx::Error);

impl App {
    /// Makes sure that what is in memory is no older than a second.
    ///
    /// # Errors
    /// [`Stale`]: then nothing may be decided by it.
    pub async fn ensure_fresh(&self) -> Result<(), Stale> {
        let checked_at = self.checked_at.read().map(|at| *at).map_err(|_| sqlx::Error::WorkerCrashed)?;
        if checked_at.elapsed() < STALE_AFTER { Ok(()) } else { self.refresh().await }
    }

    /// Reads what has changed. Called after each change of our own too, so that this node knows it at once.
    ///
    /// # Errors
    /// [`Stale`]
    pub async fn refresh(&self) -> Result<(), Stale> {
        let began = Instant::now();
        if store::registry::version(&self.db).await? != self.registry.load().version() {
            let (registry, keys) = load(&self.db, &self.master_key).await.map_err(unusable)?;
            self.load_logo().await?;
            self.keys.store(Arc::new(keys));
            self.registry.store(Arc::new(registry));
        }
        let since = self.checked_at.read().map_or(REMEMBER, |at| at.elapsed()).min(REMEMBER);
        self.add_revoked(&revocations::recent(&self.db, (since + OVERLAP).as_secs_f64()).await?);
        if let Ok(mut checked_at) = self.checked_at.write() {
            *checked_at = began;
        }
        Ok(())
    }

    /// Whether a grant or an access token was revoked.
    #[must_use]
    pub fn is_revoked(&self, id: Uuid) -> bool {
        self.revoked.read().map_or(true, |revoked| revoked.contains_key(&id))
    }

    /// Notes at once what this node has revoked itself.
    pub fn add_revoked(&self, ids: &[Uuid]) {
        if ids.is_empty() {
            return;
        }
        if let Ok(mut revoked) = self.revoked.write() {
            let now = Instant::now();
            for id in ids {
                revoked.entry(*id).or_insert(now);
            }
        }
    }

    /// What was uploaded was checked then; what is no logo any more is none.
    pub(super) async fn load_logo(&self) -> sqlx::Result<()> {
        let image = store::logo::find(&self.db).await?;
        self.uploaded_logo.store(image.and_then(|image| Logo::parse(image).ok()).map(Arc::new));
        Ok(())
    }

    pub(super) async fn load_revocations(&self) -> sqlx::Result<()> {
        self.add_revoked(&revocations::recent(&self.db, REMEMBER.as_secs_f64()).await?);
        Ok(())
    }

    /// What is due now and then: partitions, what concerns nothing any more, when secrets and consents were last used.
    ///
    /// # Errors
    /// The database refused a part of it: the first such refusal. The other parts are done.
    pub async fn maintain(&self) -> sqlx::Result<()> {
        let now = self.clock.now();
        self.rates.forget_quiet();
        if let Ok(mut revoked) = self.revoked.write() {
            revoked.retain(|_, since| since.elapsed() < REMEMBER * 2);
        }
        // Each part by itself: none may keep the others from their turn, now and every time after.
        let parts = [
            partitions::maintain(&self.db, now).await,
            self.write_uses().await,
            revocations::forget(&self.db, REMEMBER.as_secs_f64() * 2.0).await.map(|_| ()),
            self.remove_retired_keys(now).await,
            throttles::forget(&self.db, now).await,
            defence::forget(&self.db, now).await,
        ];
        parts.into_iter().collect()
    }

    async fn remove_retired_keys(&self, now: OffsetDateTime) -> sqlx::Result<()> {
        if signing_keys::remove_retired(&self.db, now - time::Duration::hours(1)).await? > 0 {
            store::registry::raise_version(&mut *self.db.acquire().await?).await?;
        }
        Ok(())
    }

    /// Writes when secrets and consents were last used.
    ///
    /// # Errors
    /// The database refused.
    pub async fn write_uses(&self) -> sqlx::Result<()> {
        let secrets = self.secret_uses.write().map(|mut uses| std::mem::take(&mut *uses)).unwrap_or_default();
        if !secrets.is_empty() {
            client_secrets::record_uses(&self.db, &secrets.into_iter().collect::<Vec<_>>()).await?;
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

pub(super) async fn load(db: &PgPool, master_key: &MasterKey) -> anyhow::Result<(Registry, KeySet)> {
    let keys = signing_keys::all(db).await?.into_iter().map(signing_key).collect::<Result<Vec<_>, _>>()?;
    let keys = KeySet::new(&keys, master_key)?;
    Ok((store::registry::load(db).await?, keys))
}

fn signing_key(row: SigningKeyRow) -> Result<SigningKey, UnknownKeyState> {
    Ok(SigningKey {
        kid: row.kid,
        algorithm: row.alg,
        state: row.state.parse()?,
        public_jwk: row.public_jwk,
        private_key: row.private_key,
        created_at: row.created_at,
        activated_at: row.activated_at,
        retired_at: row.retired_at,
    })
}

/// What was read cannot be used: to those who wait it is the same as if it could not be read.
fn unusable(error: anyhow::Error) -> sqlx::Error {
    sqlx::Error::Configuration(error.into())
}

/// Polls until the last handle of the app is gone.
pub(super) fn watch(app: &App) {
    let app = Arc::downgrade(&app.0);
    tokio::spawn(async move {
        let mut maintained_at = Instant::now();
        loop {
            tokio::time::sleep(POLL).await;
            let Some(app) = app.upgrade().map(App) else { return };
            if let Err(error) = app.refresh().await {
                tracing::warn!(%error, "changes could not be read");
            }
            if let Err(error) = app.exchange_defence().await {
                tracing::warn!(%error, "what the nodes counted could not be shared");
            }
            app.write_tallies(false).await;
            if maintained_at.elapsed() > MAINTENANCE {
                maintained_at = Instant::now();
                if let Err(error) = app.maintain().await {
                    tracing::warn!(%error, "maintenance failed");
                }
            }
        }
    });
}
