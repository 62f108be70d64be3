//! How a node learns what changed elsewhere: it asks the database twice a second. Nothing depends on a notification.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Known};
use crate::{
    config::Logo,
    keys::{KeySet, SigningKey, UnknownKeyState},
    policy::{
        block::Blocks,
        feed::{Part, Step, Touched, follow},
    },
    protocol::access_token,
    store::{
        self, blocked_networks, pool, revocations,
        signing_keys::{self, SigningKeyRow},
    },
};

/// How far back each poll looks, so that a transaction that took its time is not missed.
const OVERLAP: Duration = Duration::from_secs(10);
/// No access token lives longer.
const REMEMBER: Duration = Duration::from_secs(access_token::LONGEST_LIFETIME as u64 + 60);
/// How long a revocation is kept: twice as long, so that no node misses one.
pub(super) const KEEP_REVOCATIONS: Duration = Duration::from_secs(REMEMBER.as_secs() * 2);

/// What we know of the registry may be out of date, because the database does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Stale {
    /// It cannot be asked.
    #[error("the database does not answer: {0}")]
    Unanswered(#[from] sqlx::Error),
    /// It takes too long.
    #[error("the database does not answer in time")]
    TooSlow,
}

impl App {
    /// Reads what has changed. Called after each change of our own too, so that this node knows it at once. A process that
    /// has decided nothing by the registry so far, such as most commands, need not know.
    ///
    /// # Errors
    /// [`Stale`]
    pub async fn refresh(&self) -> Result<(), Stale> {
        let asked_at = Instant::now();
        if self.known.load().is_some() {
            self.catch_up(|known| known.checked_at >= asked_at).await?;
        }
        Ok(())
    }

    /// What this node knows, if that `is_enough`; or else what it knows once it has read what has changed. Of those who
    /// wait for that, one reads.
    pub(super) async fn catch_up(&self, is_enough: impl Fn(&Known) -> bool) -> Result<Arc<Known>, Stale> {
        let _turn = self.catching_up.lock().await;
        let before = self.known.load_full();
        if let Some(known) = before.as_ref().filter(|known| is_enough(known)) {
            return Ok(Arc::clone(known));
        }
        self.read(before.as_deref()).await.map_err(unusable)
    }

    /// Reads what has changed since `before`, or everything, drops what was touched, and knows it from now on.
    pub(super) async fn read(&self, before: Option<&Known>) -> anyhow::Result<Arc<Known>> {
        let began = Instant::now();
        let since = before.map_or(REMEMBER, |known| known.checked_at.elapsed() + OVERLAP).min(REMEMBER);
        self.add_revoked(&revocations::recent(&self.db, since.as_secs_f64()).await?);
        let step = match before {
            Some(known) => {
                follow(known.position, store::registry::changes_from(&self.db, known.position.version).await?)
            }
            None => Step::BeginAnew,
        };
        let (known, touched) = match (before, step) {
            (Some(before), Step::Follow(position, touched)) if !is_kept_whole(&touched) => {
                (Known { position, ..before.clone() }, Some(touched))
            }
            (before, _) => self.read_whole(before).await?,
        };
        // Dropped first, and known then: whoever sees this version finds no client from before it.
        match &touched {
            Some(touched) => self.clients.drop_touched(touched),
            None => self.clients.drop_all(),
        }
        let known = Arc::new(Known { checked_at: began, ..known });
        self.known.store(Some(Arc::clone(&known)));
        Ok(known)
    }

    /// Reads what is kept whole and was touched since `before`, as it stood at one moment. No `Touched`: everything was.
    async fn read_whole(&self, before: Option<&Known>) -> anyhow::Result<(Known, Option<Touched>)> {
        let mut tx = pool::begin_reading(&self.db).await?;
        let step = match before {
            Some(known) => {
                follow(known.position, store::registry::changes_from(&mut *tx, known.position.version).await?)
            }
            None => Step::BeginAnew,
        };
        let (position, touched) = match step {
            Step::Follow(position, touched) => (position, Some(touched)),
            Step::BeginAnew => (store::registry::position(&mut *tx).await?, None),
        };
        let stays = |parts: &[Part]| {
            before.filter(|_| touched.as_ref().is_some_and(|touched| !parts.iter().any(|part| touched.has(part))))
        };
        let registry = match stays(&[Part::Apis, Part::Roles]) {
            Some(before) => Arc::clone(&before.registry),
            None => Arc::new(store::registry::read(&mut tx).await?),
        };
        let keys = match stays(&[Part::Keys]) {
            Some(before) => Arc::clone(&before.keys),
            None => Arc::new(self.read_keys(&mut tx).await?),
        };
        let logo = match stays(&[Part::Logo]) {
            Some(before) => before.logo.clone(),
            // What was uploaded was checked then; what is no logo any more is none.
            None => store::logo::find(&mut *tx).await?.and_then(|image| Logo::parse(image).ok()).map(Arc::new),
        };
        let blocks = match stays(&[Part::Blocks]) {
            Some(before) => Arc::clone(&before.blocks),
            None => Arc::new(self.read_blocks(&mut tx).await?),
        };
        tx.commit().await?;
        Ok((Known { position, registry, keys, logo, blocks, checked_at: Instant::now() }, touched))
    }

    async fn read_blocks(&self, db: &mut PgConnection) -> sqlx::Result<Blocks> {
        let blocks = blocked_networks::all(db, self.clock.now()).await?;
        Ok(Blocks::new(blocks.into_iter().map(|block| (block.network, block.ends_at))))
    }

    /// Whether requests from this address are refused, by what this node last knew. Each request asks it first, so it asks
    /// nothing but memory.
    #[must_use]
    pub fn is_blocked(&self, address: IpAddr) -> bool {
        self.known.load().as_ref().is_some_and(|known| known.blocks.hold(address, self.clock.now()))
    }

    async fn read_keys(&self, db: &mut PgConnection) -> anyhow::Result<KeySet> {
        let keys = signing_keys::all(db).await?.into_iter().map(signing_key).collect::<Result<Vec<_>, _>>()?;
        Ok(KeySet::new(&keys, &self.master_key)?)
    }

    pub(super) fn version(&self) -> i64 {
        self.known.load().as_ref().map_or(0, |known| known.position.version)
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
}

/// Whether something was touched that is kept whole.
fn is_kept_whole(touched: &Touched) -> bool {
    [Part::Apis, Part::Roles, Part::Keys, Part::Logo, Part::Blocks].iter().any(|part| touched.has(part))
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
fn unusable(error: anyhow::Error) -> Stale {
    let unused = |error: anyhow::Error| sqlx::Error::Configuration(error.into());
    Stale::Unanswered(error.downcast().unwrap_or_else(unused))
}
