//! The e-mail addresses of users, and the hold on an account whose address somebody may have stolen.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// Sets the address of an enabled user to one that they have verified. A new address is their own choice. If it is the one
/// that they have already and an administrator set it, it still counts as the administrator's: reading mail there does not
/// prove that it is the user. `false`: the account is disabled, or gone.
///
/// # Errors
/// The database refused.
pub async fn set_email(db: impl PgExecutor<'_>, user_id: Uuid, email: &str, now: OffsetDateTime) -> sqlx::Result<bool> {
    let set = sqlx::query!(
        "
        update users set email = $2, email_verified = true, updated_at = $3, revision = revision + 1,
            email_given_at = case when lower(email) = lower($2) then email_given_at end
        where user_id = $1 and enabled
        ",
        user_id,
        email,
        now,
    );
    Ok(set.execute(db).await?.rows_affected() == 1)
}

/// Notes that mail reaches the user at this address, if it is still theirs.
///
/// # Errors
/// The database refused.
pub async fn verify_email(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    email: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        update users set email_verified = true, updated_at = $3, revision = revision + 1
        where user_id = $1 and lower(email) = lower($2) and not email_verified
        ",
        user_id,
        email,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Notes that the user says that this address, which somebody else set, is theirs. `false`: nobody did, or it is another
/// one by now.
///
/// # Errors
/// The database refused.
pub async fn accept_email(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    email: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let accepted = sqlx::query!(
        "
        update users set email_given_at = null, updated_at = $3, revision = revision + 1
        where user_id = $1 and email = $2 and email_given_at is not null and enabled
        ",
        user_id,
        email,
        now,
    );
    Ok(accepted.execute(db).await?.rows_affected() == 1)
}

/// Holds an account, from the first time on that somebody asks for it.
///
/// # Errors
/// The database refused.
pub async fn hold(db: impl PgExecutor<'_>, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("update users set held_at = $2 where user_id = $1 and held_at is null", user_id, now)
        .execute(db)
        .await
        .map(|_| ())
}

/// Lifts the hold on an account. `false`: there is none.
///
/// # Errors
/// The database refused.
pub async fn lift_hold(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<bool> {
    let lifted = sqlx::query!("update users set held_at = null where user_id = $1 and held_at is not null", user_id);
    Ok(lifted.execute(db).await?.rows_affected() == 1)
}

/// An account that is held.
#[expect(missing_docs, reason = "the names say it")]
pub struct HeldUser {
    pub user_id: Uuid,
    pub username: String,
    pub held_at: OffsetDateTime,
}

/// The accounts that are held, the latest first.
///
/// # Errors
/// The database cannot be asked.
pub async fn held(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<HeldUser>> {
    sqlx::query_as!(
        HeldUser,
        r#"
        select user_id, username, held_at as "held_at!" from users where held_at is not null
        order by held_at desc limit $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}
