//! The table `sessions`: sign-ins of browsers.

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{protocol::interaction::SignedIn, secret::SecretHash};

/// Whose cookie it is. The two kinds know nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A person at client applications.
    User,
    /// An administrator in the console.
    Administrator,
}

impl SessionKind {
    /// The text that a row holds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Administrator => "administrator",
        }
    }

    /// How long it lives without use, and in all.
    #[must_use]
    pub const fn lifetimes(self) -> (Duration, Duration) {
        match self {
            Self::User => (Duration::minutes(30), Duration::hours(12)),
            Self::Administrator => (Duration::minutes(15), Duration::hours(8)),
        }
    }
}

/// A sign-in to be kept.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewSession<'a> {
    pub hash: SecretHash,
    pub kind: SessionKind,
    pub signed_in: &'a SignedIn,
    pub ip: &'a str,
    pub user_agent: Option<&'a str>,
}

/// Keeps a new session.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, session: &NewSession<'_>) -> sqlx::Result<()> {
    let signed_in = session.signed_in;
    let (_, lifetime) = session.kind.lifetimes();
    sqlx::query!(
        "
        insert into sessions (session_id, secret_hash, kind, user_id, authenticated_at, amr, acr, last_seen_at, expires_at, ip, user_agent)
        values ($1, $2, $3, $4, $5, $6, $7, $5, $8, $9, $10)
        ",
        signed_in.session_id, session.hash.as_bytes(), session.kind.as_str(), signed_in.user_id, signed_in.authenticated_at,
        &signed_in.amr, signed_in.acr, signed_in.authenticated_at + lifetime, session.ip, session.user_agent,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// The session of a cookie, if it still holds and its person is enabled. Notes that it was seen, once a minute.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(
    db: &sqlx::PgPool,
    hash: &SecretHash,
    kind: SessionKind,
    now: OffsetDateTime,
) -> sqlx::Result<Option<SignedIn>> {
    let (idle, _) = kind.lifetimes();
    let row = sqlx::query!(
        "
        select session_id, user_id, authenticated_at, amr, acr, last_seen_at
        from sessions join users using (user_id)
        where secret_hash = $1 and kind = $2 and ended_at is null and $3 < sessions.expires_at and last_seen_at > $4 and enabled
        ",
        hash.as_bytes(), kind.as_str(), now, now - idle,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    if now - row.last_seen_at > Duration::minutes(1) {
        let seen = sqlx::query!("update sessions set last_seen_at = $2 where session_id = $1", row.session_id, now);
        seen.execute(db).await?;
    }
    Ok(Some(SignedIn {
        session_id: row.session_id,
        user_id: row.user_id,
        authenticated_at: row.authenticated_at,
        amr: row.amr,
        acr: row.acr,
    }))
}

/// Ends a session. `false`: it had ended.
///
/// # Errors
/// The database refused.
pub async fn end(db: impl PgExecutor<'_>, session_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let ended =
        sqlx::query!("update sessions set ended_at = $2 where session_id = $1 and ended_at is null", session_id, now);
    Ok(ended.execute(db).await?.rows_affected() == 1)
}

/// Ends every session of a person.
///
/// # Errors
/// The database refused.
pub async fn end_all_of_user(db: impl PgExecutor<'_>, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<u64> {
    let ended = sqlx::query!("update sessions set ended_at = $2 where user_id = $1 and ended_at is null", user_id, now);
    Ok(ended.execute(db).await?.rows_affected())
}
