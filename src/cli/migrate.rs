//! `portcullis migrate`: brings the schema up to date, and gives the role that serves what it needs.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use sqlx::postgres::PgConnectOptions;

use super::installation::read_config;
use crate::store::{pool, privileges};

/// Bring the database's schema up to date.
#[derive(Args)]
pub struct MigrateArgs {
    /// The settings; `portcullis.toml` if it exists.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Applies what is missing, as the owner of the tables. If another role serves, it is given its privileges.
///
/// # Errors
/// Problems of the settings, the migration that failed, or a role that does not exist.
pub async fn run(args: &MigrateArgs) -> Result<()> {
    let config = read_config(args.config.as_deref())?;
    let serving: PgConnectOptions = config.database_url.expose().parse()?;
    let owner = config.database_owner_url.as_ref().map(|url| url.expose().parse()).transpose()?;
    let owner = owner.unwrap_or_else(|| serving.clone());
    let role = serving.get_username();
    let is_shared = owner.get_username() == role;

    let db = pool::pool(owner, 1);
    let pending = pool::pending_migrations(&db).await.context("the database cannot be used")?;
    pool::migrate(&db).await?;
    match pending.len() {
        0 => eprintln!("The schema was up to date."),
        1 => eprintln!("The schema is up to date: 1 migration was applied."),
        n => eprintln!("The schema is up to date: {n} migrations were applied."),
    }
    if !is_shared {
        let granted = privileges::grant(&db, role).await;
        granted.with_context(|| format!("{role}, the role of database.url, cannot be given what it needs to serve"))?;
        eprintln!("The role {role} has what it needs to serve.");
    }
    Ok(())
}
