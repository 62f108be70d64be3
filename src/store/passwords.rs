//! The passwords in the table `users`, as hashes.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::user::username_key;

/// What a sign-in needs to check a password.
#[derive(Default)]
pub struct Named {
    /// Whose account this name is.
    pub user_id: Option<Uuid>,
    /// The hash of its password.
    pub hash: Option<String>,
    /// The hash of anybody's password that was brought from elsewhere, if there is one.
    pub brought: Option<String>,
}

/// The account with this name, in whatever spelling.
///
/// # Errors
/// The database cannot be asked.
pub async fn find_named(db: impl PgExecutor<'_>, username: &str) -> sqlx::Result<Named> {
    sqlx::query_as!(
        Named,
        r#"
        select user_id as "user_id?", password_hash as hash,
            (select password_hash from users where password_hash like '$brought$%' limit 1) as brought
        from (select) anybody left join users on username_key = $1
        "#,
        username_key(username),
    )
    .fetch_one(db)
    .await
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
/// been changed in the meantime: then `false`. `is_short`: it has turned out to be too short to stand alone.
///
/// # Errors
/// The database refused.
pub async fn rehash(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    old: &str,
    new: &str,
    is_short: bool,
) -> sqlx::Result<bool> {
    let rehashed = sqlx::query!(
        "
        update users set password_hash = $3, password_is_short = password_is_short or $4
        where user_id = $1 and password_hash = $2
        ",
        user_id,
        old,
        new,
        is_short,
    );
    Ok(rehashed.execute(db).await?.rows_affected() == 1)
}
