//! What a node keeps whole in memory.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    config::Logo,
    keys::KeySet,
    model::registry::Registry,
    policy::{block::Blocks, feed::Position},
};

/// Decisions may rest on what was read this long ago, and no longer (decision D8).
const STALE_AFTER: Duration = Duration::from_secs(1);

/// What a node keeps whole in memory, as it stood at one version.
#[derive(Clone)]
pub struct Known {
    pub(super) position: Position,
    /// APIs and roles.
    pub registry: Arc<Registry>,
    /// The signing keys.
    pub keys: Arc<KeySet>,
    /// The logo that administrators uploaded.
    pub logo: Option<Arc<Logo>>,
    /// The networks that administrators block.
    pub(super) blocks: Arc<Blocks>,
    /// When it was last compared with the database.
    pub(super) checked_at: Instant,
}

impl Known {
    pub(super) fn is_fresh(&self) -> bool {
        self.checked_at.elapsed() < STALE_AFTER
    }
}
