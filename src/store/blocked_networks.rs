//! The table `blocked_networks`: what administrators keep out, and until when.

use ipnet::IpNet;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::parsed;
use crate::policy::block::Block;

/// Makes a block of a row.
macro_rules! block {
    ($row:expr) => {{
        let row = $row;
        Ok(Block {
            network: parsed("network", &row.network)?,
            reason: row.reason,
            blocked_by: row.blocked_by,
            blocked_at: row.blocked_at,
            ends_at: row.ends_at,
        })
    }};
}

/// All that are blocked now, those that end last first.
///
/// # Errors
/// The database cannot be asked.
pub async fn all(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<Vec<Block>> {
    let rows = sqlx::query!(
        r#"
        select network::text as "network!", reason, blocked_by, blocked_at, ends_at from blocked_networks
        where ends_at > $1 order by ends_at desc, network
        "#,
        now,
    );
    rows.fetch_all(db).await?.into_iter().map(|row| block!(row)).collect()
}

/// How many are blocked now, this one apart. Whoever asks is the only one who blocks until the transaction ends.
///
/// # Errors
/// The database cannot be asked.
pub async fn count_others(db: &mut PgConnection, network: IpNet, now: OffsetDateTime) -> sqlx::Result<i64> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('portcullis blocked networks'))").execute(&mut *db).await?;
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from blocked_networks where ends_at > $1 and network <> $2::text::cidr"#,
        now,
        network.to_string(),
    )
    .fetch_one(db)
    .await
}

/// Blocks a network, or says anew until when and why. The block that there was, if it had not ended.
///
/// # Errors
/// The database refused.
pub async fn put(db: &mut PgConnection, block: &Block) -> sqlx::Result<Option<Block>> {
    let before = remove(&mut *db, block.network, block.blocked_at).await?;
    sqlx::query!(
        "
        insert into blocked_networks (network, reason, blocked_by, blocked_at, ends_at)
        values ($1::text::cidr, $2, $3, $4, $5)
        on conflict (network) do update set reason = excluded.reason, blocked_by = excluded.blocked_by,
            blocked_at = excluded.blocked_at, ends_at = excluded.ends_at
        ",
        block.network.to_string(),
        block.reason,
        block.blocked_by,
        block.blocked_at,
        block.ends_at,
    )
    .execute(db)
    .await?;
    Ok(before)
}

/// Lets a network in again. `None`: it was not blocked.
///
/// # Errors
/// The database refused.
pub async fn remove(db: impl PgExecutor<'_>, network: IpNet, now: OffsetDateTime) -> sqlx::Result<Option<Block>> {
    let removed = sqlx::query!(
        r#"
        delete from blocked_networks where network = $1::text::cidr and ends_at > $2
        returning network::text as "network!", reason, blocked_by, blocked_at, ends_at
        "#,
        network.to_string(),
        now,
    );
    removed.fetch_optional(db).await?.map(|row| block!(row)).transpose()
}

/// Forgets those that have ended.
///
/// # Errors
/// The database refused.
pub async fn forget(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("delete from blocked_networks where ends_at <= $1", now).execute(db).await.map(|_| ())
}
