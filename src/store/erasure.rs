//! The end of an account: it is marked as deleted in `users`, erased some time later, and leaves its id in `erased_users`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

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
