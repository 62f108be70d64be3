//! `portcullis network`: networks that are blocked. Whoever is shut out of the console gets in again by this.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;
use time::OffsetDateTime;

use super::{answer::Answer, installation::operator};
use crate::{
    app::App,
    policy::block::{self, Block, Wish},
    registry::{ChangeError, networks},
    store::blocked_networks,
};

#[derive(Subcommand)]
pub enum NetworkCommand {
    /// List the networks that are blocked.
    List,
    /// Refuse whatever comes from a network, for a while.
    Block {
        /// Such as 203.0.113.0/24, or one address; at most a /16, or a /32 of IPv6.
        network: String,
        /// How long: 1h, 1d, 7d or 90d.
        #[arg(long = "for", value_name = "TERM", default_value = "1d")]
        term: String,
        /// Why: others read it in the console and in the audit trail.
        #[arg(long)]
        reason: String,
    },
    /// Let a network in again.
    Unblock {
        /// The network, as the list has it.
        network: String,
    },
}

#[derive(Serialize)]
struct BlockView {
    network: String,
    reason: String,
    blocked_by: String,
    #[serde(with = "time::serde::rfc3339")]
    blocked_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    ends_at: OffsetDateTime,
}

/// What a table shows of them.
pub const COLUMNS: &[&str] = &["network", "ends_at", "blocked_by", "reason"];

impl NetworkCommand {
    /// Does what it says on the database.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        match self {
            Self::List => {}
            Self::Block { network, term, reason } => {
                let wish = Wish { network: &network, term: &term, reason: &reason };
                return Ok(Answer::one(BlockView::from(networks::block(app, &operator(), &wish).await?))?);
            }
            Self::Unblock { network } => {
                let network = block::parse(&network).map_err(ChangeError::from)?;
                networks::unblock(app, &operator(), network).await?;
            }
        }
        let blocked = blocked_networks::all(&app.db, app.clock.now()).await?;
        let blocked = blocked.into_iter().map(BlockView::from).collect::<Vec<_>>();
        Ok(Answer::list(blocked, COLUMNS)?)
    }
}

impl From<Block> for BlockView {
    fn from(block: Block) -> Self {
        let Block { network, reason, blocked_by, blocked_at, ends_at } = block;
        Self { network: network.to_string(), reason, blocked_by, blocked_at, ends_at }
    }
}
