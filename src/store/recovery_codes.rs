//! The table `recovery_codes`: codes for the day when every other factor is lost.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::secret::SecretHash;

/// Keeps these codes in place of all that the user had.
///
/// # Errors
/// The database refused.
pub async fn replace(
    db: &mut PgConnection,
    user_id: Uuid,
    hashes: &[SecretHash],
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let hashes = hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect::<Vec<_>>();
    sqlx::query!("delete from recovery_codes where user_id = $1", user_id).execute(&mut *db).await?;
    sqlx::query!(
        "insert into recovery_codes (user_id, code_hash, made_at) select $1, unnest($2::bytea[]), $3",
        user_id,
        &hashes,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Uses a code up. `false`: it is no code of this user, or was used before.
///
/// # Errors
/// The database refused.
pub async fn take(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    hash: &SecretHash,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let taken = sqlx::query!(
        "update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null",
        user_id,
        hash.as_bytes(),
        now,
    );
    Ok(taken.execute(db).await?.rows_affected() == 1)
}

/// How many codes the user has left, and when they were made. `None`: they never made any.
///
/// # Errors
/// The database cannot be asked.
pub async fn left(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Option<(i64, OffsetDateTime)>> {
    let row = sqlx::query!(
        r#"
        select count(*) filter (where used_at is null) as "left!", max(made_at) as made_at
        from recovery_codes where user_id = $1
        "#,
        user_id,
    );
    let row = row.fetch_one(db).await?;
    Ok(row.made_at.map(|made_at| (row.left, made_at)))
}

/// Removes all codes of the user.
///
/// # Errors
/// The database refused.
pub async fn remove(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from recovery_codes where user_id = $1", user_id).execute(db).await.map(|_| ())
}
