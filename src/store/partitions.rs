//! The partitions of tables whose rows expire. Rows go by dropping a whole partition, which costs nothing.
//!
//! Each such table is partitioned by its UUIDv7, that is by time. Every node makes partitions ahead and drops those that
//! are past, one node at a time.

use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::{Builder, Uuid};

use super::pool::begin;
use crate::protocol::pkce;

struct Partitioned {
    table: &'static str,
    /// How much time one partition covers.
    width: Duration,
    /// How many are made ahead.
    ahead: i64,
    /// How long rows are kept after their partition is full.
    keep: Duration,
}

const TABLES: [Partitioned; 7] = [
    Partitioned {
        table: "authorization_requests",
        width: Duration::minutes(10),
        ahead: 12,
        keep: Duration::minutes(10),
    },
    Partitioned { table: "logout_requests", width: Duration::minutes(10), ahead: 12, keep: Duration::minutes(10) },
    // Kept to notice who uses a challenge again.
    Partitioned { table: "authorization_codes", width: Duration::hours(6), ahead: 4, keep: pkce::REUSE_WINDOW },
    Partitioned { table: "sessions", width: Duration::days(1), ahead: 3, keep: Duration::days(1) },
    // Kept to the absolute end of a grant: until then its refresh tokens work, and used ones that come back end it.
    Partitioned { table: "grants", width: Duration::days(7), ahead: 2, keep: Duration::days(91) },
    Partitioned { table: "refresh_tokens", width: Duration::days(7), ahead: 2, keep: Duration::days(91) },
    Partitioned { table: "audit_events", width: Duration::days(28), ahead: 2, keep: Duration::days(400) },
];

/// Makes the partitions that will be needed and drops those whose rows have all expired.
///
/// # Errors
/// The database refused a statement.
pub async fn maintain(pool: &PgPool, now: OffsetDateTime) -> sqlx::Result<()> {
    let mut tx = begin(pool).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtext('portcullis partitions'))").execute(&mut *tx).await?;
    for table in &TABLES {
        let existing = existing(&mut tx, table.table).await?;
        for start in wanted(table, now) {
            if !existing.contains(&start) {
                create(&mut tx, table, start).await?;
            }
        }
        let oldest = (now - table.keep - table.width).unix_timestamp();
        for start in existing.into_iter().filter(|start| *start < oldest) {
            drop(&mut tx, table, start).await?;
        }
    }
    tx.commit().await
}

/// The first seconds of the partitions that must be there: the current one, the one before and those ahead.
fn wanted(table: &Partitioned, now: OffsetDateTime) -> impl Iterator<Item = i64> {
    let width = table.width.whole_seconds();
    let current = now.unix_timestamp().div_euclid(width) * width;
    (-1..=table.ahead).map(move |n| current + n * width)
}

async fn existing(db: &mut PgConnection, table: &str) -> sqlx::Result<Vec<i64>> {
    let names = sqlx::query_scalar!(
        r#"
        select child.relname as "name!" from pg_inherits
        join pg_class child on child.oid = inhrelid
        where inhparent = to_regclass($1)
        "#,
        table,
    );
    let names = names.fetch_all(db).await?;
    Ok(names.iter().filter_map(|name| name.rsplit_once('_')?.1.parse().ok()).collect())
}

async fn create(db: &mut PgConnection, table: &Partitioned, start: i64) -> sqlx::Result<()> {
    let (name, end) = (table.table, start + table.width.whole_seconds());
    // Rows change once and no index stands on what changes, so with some room a change stays on its page.
    let statement = format!(
        "create table {name}_{start} partition of {name} for values from ('{}') to ('{}') with (fillfactor = 80)",
        first_id(start * 1000),
        first_id(end * 1000),
    );
    db.execute(AssertSqlSafe(statement)).await.map(|_| ())
}

async fn drop(db: &mut PgConnection, table: &Partitioned, start: i64) -> sqlx::Result<()> {
    let statement = format!("drop table if exists {}_{start}", table.table);
    db.execute(AssertSqlSafe(statement)).await.map(|_| ())
}

/// The smallest UUIDv7 of a millisecond (since 1970).
pub(super) fn first_id(ms: i64) -> Uuid {
    let ms = u64::try_from(ms).unwrap_or(0);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
    Builder::from_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::time_ordered_id;

    #[test]
    fn an_id_sorts_between_the_bounds_of_its_time() {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let id = time_ordered_id(now);
        assert!(first_id(1_800_000_000_000) <= id && id < first_id(1_800_000_000_001));
    }
}
