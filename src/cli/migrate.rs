//! `portcullis migrate`: brings the schema up to date.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::installation::read_config;
use crate::store::pool;

/// Bring the database's schema up to date.
#[derive(Args)]
pub struct MigrateArgs {
    /// The settings; `portcullis.toml` if it exists.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Applies what is missing.
///
/// # Errors
/// Problems of the settings, or the migration that failed.
pub async fn run(args: &MigrateArgs) -> Result<()> {
    let config = read_config(args.config.as_deref())?;
    let db = pool::pool(config.database_url.expose().parse()?, 1);
    let pending = pool::pending_migrations(&db).await.context("the database cannot be used")?;
    pool::migrate(&db).await?;
    match pending.len() {
        0 => eprintln!("The schema was up to date."),
        1 => eprintln!("The schema is up to date: 1 migration was applied."),
        n => eprintln!("The schema is up to date: {n} migrations were applied."),
    }
    Ok(())
}
