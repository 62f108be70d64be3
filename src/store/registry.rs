//! The registry as a whole: its version, and the snapshot that nodes keep in memory.

use std::collections::HashMap;

use sqlx::{PgConnection, PgExecutor, PgPool};

use super::{apis, clients, roles};
use crate::model::registry::Registry;

/// The version of what is committed.
///
/// # Errors
/// The database cannot be asked.
pub async fn version(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar!("select version from registry_version").fetch_one(db).await
}

/// Raises the version, so that every node loads a new snapshot within a second. Part of each change's transaction.
///
/// # Errors
/// The database refused.
pub async fn raise_version(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("update registry_version set version = version + 1").execute(db).await.map(|_| ())
}

/// Loads everything, as it stood at one moment.
///
/// # Errors
/// The database cannot be asked.
pub async fn load(pool: &PgPool) -> sqlx::Result<Registry> {
    let mut tx = pool.begin_with("begin isolation level repeatable read read only").await?;
    let version = version(&mut *tx).await?;
    let mut secrets = HashMap::new();
    for (client_id, secret) in super::client_secrets::all(&mut *tx).await? {
        secrets.entry(client_id).or_insert_with(Vec::new).push(secret);
    }
    let mut clients = clients::all(&mut *tx).await?;
    for client in &mut clients {
        client.secrets = secrets.remove(&client.client_id).unwrap_or_default();
    }
    let registry = Registry::new(version, clients, apis::all(&mut *tx).await?, roles::all(&mut *tx).await?);
    tx.commit().await?;
    Ok(registry)
}
