//! The passwords in the table `users`, as hashes.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::user::username_key;

/// What a sign-in needs: whose account this name is, and the hash of its password.
///
/// # Errors
/// The database cannot be asked.
pub async fn find_named(db: impl PgExecutor<'_>, username: &str) -> sqlx::Result<Option<(Uuid, Option<String>)>> {
    let row = sqlx::query!("select user_id, password_hash from users where username_key = $1", username_key(username));
    Ok(row.fetch_optional(db).await?.map(|row| (row.user_id, row.password_hash)))
}

/// The hash of a user's password. `None`: they have none.
///
/// # Errors
/// The database cannot be asked.
pub async fn hash_of(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Option<String>> {
    let hash = sqlx::query_scalar!("select password_hash from users where user_id = $1", user_id);
    Ok(hash.fetch_optional(db).await?.flatten())
}

/// Gives an enabled user a new password. `is_short`: it is too short to stand alone. `false`: the account is disabled,
/// or gone.
///
/// # Errors
/// The database refused.
pub async fn set(db: impl PgExecutor<'_>, user_id: Uuid, hash: &str, is_short: bool) -> sqlx::Result<bool> {
    let set = sqlx::query!(
        "update users set password_hash = $2, password_is_short = $3 where user_id = $1 and enabled",
        user_id,
        hash,
        is_short,
    );
    Ok(set.execute(db).await?.rows_affected() == 1)
}

/// Puts another hash of the same password in the place of one whose parameters are out of date, unless the password has
/// been changed in the meantime.
///
/// # Errors
/// The database refused.
pub async fn rehash(db: impl PgExecutor<'_>, user_id: Uuid, old: &str, new: &str) -> sqlx::Result<()> {
    sqlx::query!("update users set password_hash = $3 where user_id = $1 and password_hash = $2", user_id, old, new)
        .execute(db)
        .await
        .map(|_| ())
}
