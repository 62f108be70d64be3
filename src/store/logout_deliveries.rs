//! The table `logout_deliveries`: clients that have yet to be told that a session ended.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

/// The end of a session, on its way to one client.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct LogoutDelivery {
    pub delivery_id: Uuid,
    pub client_id: String,
    pub user_id: Uuid,
    pub session_id: Uuid,
    /// This try counted.
    pub attempts: i16,
}

/// Notes that these sessions have ended, for every client that users signed in to by them and that wants to hear of
/// it: whether its grant is still alive or not, its own sign-in may be.
///
/// # Errors
/// The database refused.
pub async fn queue(db: impl PgExecutor<'_>, sessions: &[Uuid], now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into logout_deliveries (delivery_id, client_id, user_id, session_id, due_at)
        select gen_random_uuid(), client_id, user_id, session_id, $2
        from (select distinct client_id, user_id, session_id from grants where session_id = any($1)) as signed_in
        join clients using (client_id)
        where metadata ->> 'backchannel_logout_uri' is not null and enabled
        on conflict do nothing
        ",
        sessions,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Takes up to `limit` that are due, those that were never tried first. Whoever takes one has ten seconds for it, and
/// then a minute, before it is due again; no two nodes take the same.
///
/// # Errors
/// The database refused.
pub async fn take_due(db: &PgPool, limit: i64, now: OffsetDateTime) -> sqlx::Result<Vec<LogoutDelivery>> {
    sqlx::query_as!(
        LogoutDelivery,
        "
        update logout_deliveries set attempts = attempts + 1, due_at = $1 + make_interval(secs => 10 * 6 ^ attempts)
        where delivery_id in (
            select delivery_id from logout_deliveries where due_at <= $1
            order by attempts, due_at limit $2
            for update skip locked
        )
        returning delivery_id, client_id, user_id, session_id, attempts
        ",
        now,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Ends a delivery: it arrived, or nobody tries any more.
///
/// # Errors
/// The database refused.
pub async fn remove(db: impl PgExecutor<'_>, delivery_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from logout_deliveries where delivery_id = $1", delivery_id).execute(db).await.map(|_| ())
}
