//! The table `revocations`: what must stop working before it expires.

use sqlx::PgExecutor;
use uuid::Uuid;

/// Revokes one access token by its `jti`.
///
/// # Errors
/// The database refused.
pub async fn revoke_access_token(db: impl PgExecutor<'_>, jti: Uuid) -> sqlx::Result<()> {
    sqlx::query!("insert into revocations (revoked_id, kind) values ($1, 'access_token') on conflict do nothing", jti)
        .execute(db)
        .await
        .map(|_| ())
}

/// What was revoked in the last `seconds`, by the database's clock: ids of grants and of access tokens.
///
/// # Errors
/// The database cannot be asked.
pub async fn recent(db: impl PgExecutor<'_>, seconds: f64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select revoked_id from revocations where recorded_at > clock_timestamp() - make_interval(secs => $1)",
        seconds,
    )
    .fetch_all(db)
    .await
}

/// Forgets revocations that concern no living access token.
///
/// # Errors
/// The database refused.
pub async fn forget(db: impl PgExecutor<'_>, older_than_seconds: f64) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!(
        "delete from revocations where recorded_at < clock_timestamp() - make_interval(secs => $1)",
        older_than_seconds,
    );
    Ok(forgotten.execute(db).await?.rows_affected())
}
