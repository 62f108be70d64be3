//! The end of an account: it is marked as deleted in `users`, erased some time later, and leaves its id in `erased_users`.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// Marks an account as deleted, which disables it. `false`: it was deleted before, or there is none.
///
/// # Errors
/// The database refused.
pub async fn mark_deleted(db: impl PgExecutor<'_>, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let marked = sqlx::query!(
        "
        update users set deleted_at = $2, enabled = false, updated_at = $2, revision = revision + 1
        where user_id = $1 and deleted_at is null
        ",
        user_id,
        now,
    );
    Ok(marked.execute(db).await?.rows_affected() == 1)
}

/// Takes the mark away. The account stays disabled. `false`: it is not marked, or erased.
///
/// # Errors
/// The database refused.
pub async fn restore(db: impl PgExecutor<'_>, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let restored = sqlx::query!(
        "
        update users set deleted_at = null, updated_at = $2, revision = revision + 1
        where user_id = $1 and deleted_at is not null
        ",
        user_id,
        now,
    );
    Ok(restored.execute(db).await?.rows_affected() == 1)
}

/// Erases one account that was deleted before this time, with everything that hangs on it, and keeps its id (JW-18).
/// `None`: there is none left.
///
/// # Errors
/// The database refused.
pub async fn erase_one(
    db: &mut PgConnection,
    before: OffsetDateTime,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Uuid>> {
    let erased = sqlx::query_scalar!(
        "
        delete from users
        where user_id = (select user_id from users where deleted_at < $1 order by deleted_at limit 1 for update skip locked)
        returning user_id
        ",
        before,
    );
    let Some(user_id) = erased.fetch_optional(&mut *db).await? else { return Ok(None) };
    sqlx::query!("insert into erased_users (user_id, erased_at) values ($1, $2)", user_id, now).execute(db).await?;
    Ok(Some(user_id))
}
