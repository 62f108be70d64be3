//! What a handler can reach.

mod audit;
mod freshness;

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::Instant,
};

use arc_swap::ArcSwap;
use sqlx::PgPool;
use uuid::Uuid;

pub use audit::{Actor, AuditUnavailable};
pub use freshness::Stale;

use crate::{
    clock::Clock,
    config::{Issuer, TokenIssuanceRecord},
    keys::{KeySet, MasterKey},
    policy::registry::Registry,
};

/// The settings that requests are answered by.
pub struct Settings {
    /// Who we are.
    pub issuer: Issuer,
    /// What pages call this installation.
    pub name: String,
    /// How long a used refresh token excuses a lost answer.
    pub refresh_grace: time::Duration,
    /// Where the record of an issued token goes that writes no other row.
    pub token_issuance: TokenIssuanceRecord,
    /// Where to report a vulnerability: a URI (RFC 9116 §2.5.3).
    pub security_contact: Option<String>,
    /// Whether this is `portcullis dev`, with its playground.
    pub dev: bool,
}

/// Everything a handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What all clones of an [`App`] share.
pub struct Inner {
    /// The settings.
    pub settings: Settings,
    /// The database.
    pub db: PgPool,
    /// The time.
    pub clock: Clock,
    master_key: MasterKey,
    registry: ArcSwap<Registry>,
    keys: ArcSwap<KeySet>,
    revoked: RwLock<HashMap<Uuid, Instant>>,
    checked_at: RwLock<Instant>,
    audit: audit::Writer,
    secret_uses: RwLock<HashMap<Uuid, time::OffsetDateTime>>,
    node: String,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Loads what is registered, and begins to watch for changes and to write the record.
    ///
    /// # Errors
    /// The database cannot be read, or its keys cannot be opened with this master key.
    pub async fn start(settings: Settings, db: PgPool, clock: Clock, master_key: MasterKey) -> anyhow::Result<Self> {
        crate::store::partitions::maintain(&db, clock.now()).await?;
        let (registry, keys) = freshness::load(&db, &master_key).await?;
        let app = Self(Arc::new(Inner {
            audit: audit::Writer::start(db.clone()),
            settings,
            db,
            clock,
            master_key,
            registry: ArcSwap::from_pointee(registry),
            keys: ArcSwap::from_pointee(keys),
            revoked: RwLock::default(),
            checked_at: RwLock::new(Instant::now()),
            secret_uses: RwLock::default(),
            node: node_name(),
        }));
        app.load_revocations().await?;
        freshness::watch(&app);
        Ok(app)
    }

    /// What administrators registered.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        self.registry.load_full()
    }

    /// The signing keys.
    #[must_use]
    pub fn keys(&self) -> Arc<KeySet> {
        self.keys.load_full()
    }

    /// What seals secrets in the database.
    #[must_use]
    pub fn master_key(&self) -> &MasterKey {
        &self.master_key
    }

    /// Our issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.settings.issuer.as_str()
    }

    /// Notes that a client secret was used. It reaches the database within a minute.
    pub fn note_secret_use(&self, secret_id: Uuid, now: time::OffsetDateTime) {
        if let Ok(mut uses) = self.secret_uses.write() {
            uses.insert(secret_id, now);
        }
    }
}

/// Which node this is, for the record: the machine's name.
fn node_name() -> String {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    name.map_or_else(|_| "unknown".into(), |name| name.trim().to_owned())
}
