//! The partitions of tables whose rows expire. Rows go by dropping a whole partition, which costs nothing.
//!
//! Each such table is partitioned by its UUIDv7, that is by time, as the table `partition_rules` says. Every node makes
//! partitions ahead and drops those that are past, one node at a time. It does so by two functions of the database, which
//! run with the rights of the tables' owner: the role that serves cannot drop what must be kept.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

/// Makes the partitions that will be needed and drops those whose rows have all expired by the database's clock.
///
/// # Errors
/// The database refused a statement. What concerns other tables is done all the same.
pub async fn maintain(pool: &PgPool, now: OffsetDateTime) -> sqlx::Result<()> {
    let tables = sqlx::query_scalar!("select table_name from partition_rules order by 1").fetch_all(pool).await?;
    let mut outcome = Ok(());
    for table in &tables {
        outcome = outcome.and(make(pool, table, now).await).and(drop_past(pool, table).await);
    }
    outcome
}

async fn make(pool: &PgPool, table: &str, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("select make_partitions($1, $2)", table, now).execute(pool).await.map(|_| ())
}

async fn drop_past(pool: &PgPool, table: &str) -> sqlx::Result<()> {
    sqlx::query!("select drop_partitions($1)", table).execute(pool).await.map(|_| ())
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
