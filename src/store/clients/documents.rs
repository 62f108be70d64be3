//! Clients that documents describe.

use sqlx::PgExecutor;
use time::OffsetDateTime;

/// How many clients are registered that documents of this host describe.
///
/// # Errors
/// The database cannot be asked.
pub async fn count_of_host(db: impl PgExecutor<'_>, host: &str) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from clients where document_host = $1"#, host);
    count.fetch_one(db).await
}

/// Enabled clients that documents describe, that have been as they are since `before`, and that no grant of now is for: up
/// to `limit` of their ids.
///
/// # Errors
/// The database cannot be asked.
pub async fn unused(
    db: impl PgExecutor<'_>,
    before: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "
        select client_id from clients
        where document_host is not null and enabled and updated_at < $1 and not exists (
            select from grants
            where grants.client_id = clients.client_id
              and (grants.created_at > $1 or revoked_at is null and expires_at > $2)
        )
        limit $3
        ",
        before,
        now,
        limit,
    )
    .fetch_all(db)
    .await
}
