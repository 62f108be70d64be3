//! The table `signing_keys`.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::parsed;
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// A signing key as it is kept: its private part is sealed.
#[expect(missing_docs, reason = "the names say it")]
pub struct SigningKeyRow {
    pub kid: String,
    pub alg: SigningAlgorithm,
    /// `next`, `active` or `retiring`.
    pub state: String,
    pub public_jwk: Value,
    pub private_key: Option<Vec<u8>>,
    pub created_at: OffsetDateTime,
    pub activated_at: Option<OffsetDateTime>,
    pub retired_at: Option<OffsetDateTime>,
}

/// Every key that the JWKS shows, in a stable order.
///
/// # Errors
/// The database cannot be asked.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<SigningKeyRow>> {
    let rows = sqlx::query!(
        "
        select kid, alg, state, public_jwk, private_key, created_at, activated_at, retired_at
        from signing_keys order by alg, created_at, kid
        "
    );
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| {
        Ok(SigningKeyRow {
            kid: row.kid,
            alg: parsed("alg", &row.alg)?,
            state: row.state,
            public_jwk: row.public_jwk,
            private_key: row.private_key,
            created_at: row.created_at,
            activated_at: row.activated_at,
            retired_at: row.retired_at,
        })
    });
    rows.collect()
}

/// Adds a key that will be used next. `false`: another node was faster.
///
/// # Errors
/// The database refused.
pub async fn insert_next(
    db: impl PgExecutor<'_>,
    kid: &str,
    alg: SigningAlgorithm,
    public_jwk: &Value,
    sealed: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into signing_keys (kid, alg, state, public_jwk, private_key, created_at)
        values ($1, $2, 'next', $3, $4, $5) on conflict do nothing
        ",
        kid,
        alg.as_str(),
        public_jwk,
        sealed,
        now,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Puts the next key of an algorithm to use; the one that signed so far only verifies from now on, and its private part
/// is erased.
///
/// # Errors
/// The database refused.
pub async fn rotate(db: &mut PgConnection, alg: SigningAlgorithm, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "update signing_keys set state = 'retiring', retired_at = $2, private_key = null where alg = $1 and state = 'active'",
        alg.as_str(), now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update signing_keys set state = 'active', activated_at = $2 where alg = $1 and state = 'next'",
        alg.as_str(),
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Removes a key, whatever its state.
///
/// # Errors
/// The database refused.
pub async fn remove(db: impl PgExecutor<'_>, kid: &str) -> sqlx::Result<()> {
    sqlx::query!("delete from signing_keys where kid = $1", kid).execute(db).await.map(|_| ())
}

/// Keeps others from rotating until the transaction ends.
///
/// # Errors
/// The database refused.
pub async fn lock(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("lock table signing_keys in exclusive mode").execute(db).await.map(|_| ())
}

/// Removes the keys that retired before `before`: no token that they signed lives any more.
///
/// # Errors
/// The database refused.
pub async fn remove_retired(db: impl PgExecutor<'_>, before: OffsetDateTime) -> sqlx::Result<u64> {
    let removed = sqlx::query!("delete from signing_keys where state = 'retiring' and retired_at < $1", before);
    Ok(removed.execute(db).await?.rows_affected())
}
