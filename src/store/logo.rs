//! The table `logo`: one row, or none.

use sqlx::PgExecutor;
use time::OffsetDateTime;

/// The image, as it was uploaded.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select image from logo").fetch_optional(db).await
}

/// Keeps an image in the place of the one before.
///
/// # Errors
/// The database refused.
pub async fn put(db: impl PgExecutor<'_>, image: &[u8], now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into logo (image, uploaded_at) values ($1, $2)
        on conflict (is_the_only_one) do update set image = excluded.image, uploaded_at = excluded.uploaded_at
        ",
        image,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Removes the image. `false`: there was none.
///
/// # Errors
/// The database refused.
pub async fn remove(db: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    Ok(sqlx::query!("delete from logo").execute(db).await?.rows_affected() == 1)
}
