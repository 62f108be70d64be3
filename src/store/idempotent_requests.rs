//! The table `idempotent_requests`: what was asked of our own API with an `Idempotency-Key`, and what was answered.

use serde_json::Value;
use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use crate::secret::SecretHash;

/// For how long the same request is answered the same.
pub const KEPT: Duration = Duration::hours(24);

/// A request by its key.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// Who asks: keys of others are others.
    pub client_id: &'a str,
    /// The hash of the key.
    pub key: SecretHash,
}

/// What was asked with a key before.
pub struct Earlier {
    /// It asked for the same.
    pub is_same: bool,
    /// When that was.
    pub began_at: OffsetDateTime,
    /// What was answered. `None`: nothing yet.
    pub answer: Option<(u16, Value, String)>,
}

/// Notes that a request begins. `false`: one with this key has begun before.
///
/// # Errors
/// The database refused.
pub async fn begin(
    db: impl PgExecutor<'_>,
    key: &Key<'_>,
    request: &SecretHash,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let begun = sqlx::query!(
        "
        insert into idempotent_requests as kept (client_id, key_hash, request_hash, began_at) values ($1, $2, $3, $4)
        on conflict (client_id, key_hash) do update set request_hash = $3, began_at = $4, status = null, headers = null, answer = null
        where kept.began_at <= $5
        ",
        key.client_id,
        key.key.as_bytes(),
        request.as_bytes(),
        now,
        now - KEPT,
    );
    Ok(begun.execute(db).await?.rows_affected() == 1)
}

/// What was asked with this key, and answered.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, key: &Key<'_>, request: &SecretHash) -> sqlx::Result<Option<Earlier>> {
    let row = sqlx::query!(
        r#"
        select request_hash = $3 as "is_same!", began_at, status, headers, answer from idempotent_requests
        where client_id = $1 and key_hash = $2
        "#,
        key.client_id,
        key.key.as_bytes(),
        request.as_bytes(),
    );
    Ok(row.fetch_optional(db).await?.map(|row| {
        let status = row.status.and_then(|status| u16::try_from(status).ok());
        let answer = status.map(|status| (status, row.headers.unwrap_or_default(), row.answer.unwrap_or_default()));
        Earlier { is_same: row.is_same, began_at: row.began_at, answer }
    }))
}

/// Keeps the answer.
///
/// # Errors
/// The database refused.
pub async fn finish(
    db: impl PgExecutor<'_>,
    key: &Key<'_>,
    (status, headers, answer): (u16, &Value, &str),
) -> sqlx::Result<()> {
    sqlx::query!(
        "update idempotent_requests set status = $3, headers = $4, answer = $5 where client_id = $1 and key_hash = $2",
        key.client_id,
        key.key.as_bytes(),
        i16::try_from(status).unwrap_or(i16::MAX),
        headers,
        answer,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Forgets a request that changed nothing, so that it can be sent again.
///
/// # Errors
/// The database refused.
pub async fn forget_one(db: impl PgExecutor<'_>, key: &Key<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from idempotent_requests where client_id = $1 and key_hash = $2",
        key.client_id,
        key.key.as_bytes(),
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Forgets what is older than [`KEPT`].
///
/// # Errors
/// The database refused.
pub async fn forget(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("delete from idempotent_requests where began_at <= $1", now - KEPT).execute(db).await.map(|_| ())
}
