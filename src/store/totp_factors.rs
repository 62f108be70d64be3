//! The table `totp_factors`: authenticator apps.

use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long an app that was begun waits for its first code.
const CONFIRM_WITHIN: Duration = Duration::minutes(15);

/// An authenticator app. Its secret is sealed.
#[expect(missing_docs, reason = "the names say it")]
pub struct TotpFactor {
    pub factor_id: Uuid,
    pub name: String,
    pub secret: Vec<u8>,
    /// The newest time step whose code was used; -1: none was.
    pub last_step: i64,
}

/// Keeps an app that is not confirmed yet, in place of one that was begun before, and the session it was begun in, if any.
///
/// # Errors
/// The database refused.
pub async fn begin(
    db: &mut PgConnection,
    user_id: Uuid,
    factor: &TotpFactor,
    session_id: Option<Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!("delete from totp_factors where user_id = $1 and confirmed_at is null", user_id)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "
        insert into totp_factors (factor_id, user_id, name, secret, begun_in, created_at)
        values ($1, $2, $3, $4, $5, $6)
        ",
        factor.factor_id,
        user_id,
        factor.name,
        factor.secret,
        session_id,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// The app that the user has begun with in this session, if there is still time to confirm it.
///
/// # Errors
/// The database cannot be asked.
pub async fn begun(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    session_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Option<TotpFactor>> {
    sqlx::query_as!(
        TotpFactor,
        "
        select factor_id, name, secret, last_step from totp_factors
        where user_id = $1 and begun_in = $2 and confirmed_at is null and created_at > $3
        ",
        user_id,
        session_id,
        now - CONFIRM_WITHIN,
    )
    .fetch_optional(db)
    .await
}

/// Makes the app count, by the code of this time step. `false`: it counts already, or is not there any more.
///
/// # Errors
/// The database refused.
pub async fn confirm(db: impl PgExecutor<'_>, factor_id: Uuid, step: i64, now: OffsetDateTime) -> sqlx::Result<bool> {
    let confirmed = sqlx::query!(
        "update totp_factors set confirmed_at = $3, last_step = $2 where factor_id = $1 and confirmed_at is null",
        factor_id,
        step,
        now,
    );
    Ok(confirmed.execute(db).await?.rows_affected() == 1)
}

/// The user's apps that count.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_user(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Vec<TotpFactor>> {
    sqlx::query_as!(
        TotpFactor,
        "
        select factor_id, name, secret, last_step from totp_factors
        where user_id = $1 and confirmed_at is not null order by factor_id
        ",
        user_id,
    )
    .fetch_all(db)
    .await
}

/// Uses up a time step, and with it all that are older. `false`: this one or a newer one was used before.
///
/// # Errors
/// The database refused.
pub async fn use_step(db: impl PgExecutor<'_>, factor_id: Uuid, step: i64, now: OffsetDateTime) -> sqlx::Result<bool> {
    let used = sqlx::query!(
        "update totp_factors set last_step = $2, last_used_at = $3 where factor_id = $1 and last_step < $2",
        factor_id,
        step,
        now,
    );
    Ok(used.execute(db).await?.rows_affected() == 1)
}
