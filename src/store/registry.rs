//! The tables `registry_version` and `registry_changes`: the feed by which nodes follow the registry.

use sqlx::{PgConnection, PgExecutor, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{apis, roles};
use crate::{
    model::registry::Registry,
    policy::feed::{Entry, MOST_FOLLOWED, Position, Touched},
};

/// Commits a change of the registry: gives it its version, tells the nodes what it touched, and ends the transaction.
///
/// From the version on, changes wait for each other, so that a node that sees one has seen all before it. That is why it
/// comes last, and why nothing else raises it.
///
/// # Errors
/// The database refused: then nothing has changed.
pub async fn commit(mut tx: Transaction<'_, Postgres>, touched: &Touched) -> sqlx::Result<()> {
    sqlx::query!(
        "
        with raised as (update registry_version set version = version + 1 returning version)
        insert into registry_changes (version, token, touched) select version, $1, $2 from raised
        ",
        Uuid::new_v4(),
        &touched.to_texts(),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Ends every access token of every client that was made before now.
///
/// # Errors
/// The database refused.
pub async fn end_all_tokens(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("update registry_version set tokens_not_before = greatest(tokens_not_before, $1)", now)
        .execute(db)
        .await
        .map(|_| ())
}

/// The newest change.
///
/// # Errors
/// The database cannot be asked.
pub async fn position(db: impl PgExecutor<'_>) -> sqlx::Result<Position> {
    sqlx::query_as!(Position, "select version, token from registry_changes order by version desc limit 1")
        .fetch_one(db)
        .await
}

/// The changes from this version on, itself included; one more than a node follows, at most.
///
/// # Errors
/// The database cannot be asked.
pub async fn changes_from(db: impl PgExecutor<'_>, version: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query!(
        "select version, token, touched from registry_changes where version >= $1 order by version limit $2",
        version,
        i64::try_from(MOST_FOLLOWED + 1).unwrap_or(i64::MAX),
    );
    let entries = rows.fetch_all(db).await?.into_iter().map(|row| Entry {
        position: Position { version: row.version, token: row.token },
        touched: Touched::from_texts(&row.touched),
    });
    Ok(entries.collect())
}

/// Forgets changes that every node has long followed. The newest stays: nodes compare themselves with it.
///
/// # Errors
/// The database refused.
pub async fn forget_changes(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "
        delete from registry_changes
        where at < clock_timestamp() - interval '1 hour' and version < (select version from registry_version)
        "
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// The APIs and the roles.
///
/// # Errors
/// The database cannot be asked.
pub async fn read(db: &mut PgConnection) -> sqlx::Result<Registry> {
    Ok(Registry::new(apis::all(&mut *db).await?, roles::all(&mut *db).await?))
}
