//! The table `sessions`: sign-ins of browsers.

mod list;
mod search;

use sqlx::{PgConnection, PgExecutor, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use list::{OpenSession, Proven, Sought, of};
pub use search::search;

use super::{known_devices, logout_deliveries, parsed, users};
use crate::{
    model::user::User,
    policy::assurance::Factors,
    protocol::{
        assurance::{Proof, kept},
        interaction::SignedIn,
    },
    secret::SecretHash,
};

/// Whose cookie it is. The two kinds know nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A user at client applications.
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

/// How exactly it is known when a session was last seen.
pub const SEEN_TO: Duration = Duration::minutes(1);

/// A sign-in to be kept.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewSession<'a> {
    pub hash: SecretHash,
    pub kind: SessionKind,
    pub signed_in: &'a SignedIn,
    pub ip: &'a str,
    pub user_agent: Option<&'a str>,
}

/// Whether a session of this user may begin: they are enabled, and this is the hash of their password, if one is given.
///
/// That stays so until the transaction ends. Whoever changes it waits, and then ends the new session with the others.
///
/// # Errors
/// The database refused.
pub async fn may_begin(db: impl PgExecutor<'_>, user_id: Uuid, password_hash: Option<&str>) -> sqlx::Result<bool> {
    let found = sqlx::query!(
        "
        select user_id from users where user_id = $1 and enabled and ($2::text is null or password_hash = $2)
        for share
        ",
        user_id,
        password_hash,
    );
    Ok(found.fetch_optional(db).await?.is_some())
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
        insert into sessions (session_id, secret_hash, kind, user_id, authenticated_at, proven_at, amr, acr, last_seen_at, expires_at, ip, user_agent)
        values ($1, $2, $3, $4, $5, $11, $6, $7, $5, $8, $9, $10)
        ",
        signed_in.session_id, session.hash.as_bytes(), session.kind.as_str(), signed_in.user_id, signed_in.authenticated_at,
        &signed_in.proof.amr, signed_in.proof.level.as_str(), signed_in.authenticated_at + lifetime, session.ip, session.user_agent, signed_in.proven_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Gives a session another secret and what was proven anew, so that nobody who knew the old secret has a part in it.
/// `false`: it has ended.
///
/// # Errors
/// The database refused.
pub async fn renew(db: impl PgExecutor<'_>, session: &NewSession<'_>, now: OffsetDateTime) -> sqlx::Result<bool> {
    let signed_in = session.signed_in;
    let (_, lifetime) = session.kind.lifetimes();
    let renewed = sqlx::query!(
        "
        update sessions set secret_hash = $2, authenticated_at = $3, amr = $4, acr = $5, last_seen_at = $6, expires_at = $7,
            ip = $8, user_agent = $9, proven_at = $10
        where session_id = $1 and ended_at is null
        ",
        signed_in.session_id, session.hash.as_bytes(), signed_in.authenticated_at, &signed_in.proof.amr,
        signed_in.proof.level.as_str(), now, signed_in.authenticated_at + lifetime, session.ip, session.user_agent,
        signed_in.proven_at,
    );
    Ok(renewed.execute(db).await?.rows_affected() == 1)
}

/// The session of a cookie, if it still holds and its user is enabled, with the user and their factors. Notes that it was
/// seen, once a minute.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(
    db: &sqlx::PgPool,
    hash: &SecretHash,
    kind: SessionKind,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(SignedIn, User, Factors)>> {
    let (idle, _) = kind.lifetimes();
    let row = sqlx::query!(
        r#"
        select session_id, user_id, authenticated_at, proven_at, amr, acr, last_seen_at,
            (select to_jsonb(found) from users_with_roles found where found.user_id = sessions.user_id) as "user!: Json<users::Row>",
            exists (select from totp_factors where totp_factors.user_id = sessions.user_id and confirmed_at is not null) as "totp!",
            exists (select from passkeys where passkeys.user_id = sessions.user_id) as "passkey!",
            exists (select from recovery_codes where recovery_codes.user_id = sessions.user_id and used_at is null) as "recovery_code!"
        from sessions
        where secret_hash = $1 and kind = $2 and ended_at is null and $3 < expires_at and last_seen_at > $4
          and (select enabled from users where users.user_id = sessions.user_id)
        "#,
        hash.as_bytes(),
        kind.as_str(),
        now,
        now - idle,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    if now - row.last_seen_at > SEEN_TO {
        let seen = sqlx::query!("update sessions set last_seen_at = $2 where session_id = $1", row.session_id, now);
        seen.execute(db).await?;
    }
    let signed_in = SignedIn {
        session_id: row.session_id,
        user_id: row.user_id,
        authenticated_at: row.authenticated_at,
        proven_at: row.proven_at,
        proof: Proof { amr: kept(row.amr), level: parsed("acr", &row.acr)? },
    };
    let factors = Factors { totp: row.totp, passkey: row.passkey, recovery_code: row.recovery_code };
    Ok(Some((signed_in, row.user.into(), factors)))
}

/// The user whose session this is or was.
///
/// # Errors
/// The database cannot be asked.
pub async fn user_of(db: impl PgExecutor<'_>, hash: &SecretHash, kind: SessionKind) -> sqlx::Result<Option<Uuid>> {
    let found = sqlx::query_scalar!(
        "select user_id from sessions where secret_hash = $1 and kind = $2",
        hash.as_bytes(),
        kind.as_str(),
    );
    found.fetch_optional(db).await
}

/// Ends a session. `false`: it had ended.
///
/// # Errors
/// The database refused.
pub async fn end(db: &mut PgConnection, session_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let ended = sqlx::query_scalar!(
        "update sessions set ended_at = $2 where session_id = $1 and ended_at is null returning session_id",
        session_id,
        now,
    );
    let ended = ended.fetch_all(&mut *db).await?;
    Ok(!told(db, ended, now).await?.is_empty())
}

/// Ends these sessions from elsewhere, as far as they are this user's, and forgets the browsers that they were in. Says which
/// ended.
///
/// # Errors
/// The database refused.
pub async fn end_of_user(
    db: &mut PgConnection,
    user_id: Uuid,
    session_ids: &[Uuid],
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    let ended = sqlx::query_scalar!(
        "
        update sessions set ended_at = $3 where session_id = any($2) and user_id = $1 and ended_at is null
        returning session_id
        ",
        user_id,
        session_ids,
        now,
    );
    let ended = ended.fetch_all(&mut *db).await?;
    known_devices::forget(&mut *db, user_id, session_ids).await?;
    told(db, ended, now).await
}

/// Ends every session of a user, but perhaps one, and forgets the browsers that they have signed in in before, but that
/// one's: a stranger may have made one of them known. Says which ended.
///
/// # Errors
/// The database refused.
pub async fn end_all_of_user(
    db: &mut PgConnection,
    user_id: Uuid,
    but: Option<Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    let ended = sqlx::query_scalar!(
        "
        update sessions set ended_at = $3
        where user_id = $1 and session_id is distinct from $2 and ended_at is null
        returning session_id
        ",
        user_id,
        but,
        now,
    );
    let ended = ended.fetch_all(&mut *db).await?;
    known_devices::forget_all_of_user(&mut *db, user_id, but).await?;
    told(db, ended, now).await
}

/// Ends every session there is, and forgets every browser that is known. Says which ended.
///
/// # Errors
/// The database refused.
pub async fn end_all(db: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<Vec<Uuid>> {
    let ended =
        sqlx::query_scalar!("update sessions set ended_at = $1 where ended_at is null returning session_id", now);
    let ended = ended.fetch_all(&mut *db).await?;
    known_devices::forget_all(&mut *db).await?;
    told(db, ended, now).await
}

/// Ends every session of those who administer by this role and by no other. Says which ended.
///
/// # Errors
/// The database refused.
pub async fn end_all_who_administer_by(
    db: &mut PgConnection,
    role: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    let ended = sqlx::query_scalar!(
        "
        update sessions set ended_at = $2
        where ended_at is null and user_id in (
            select user_id from user_roles join roles on name = role
            where administrative or office is not null
            group by user_id having bool_and(role = $1)
        )
        returning session_id
        ",
        role,
        now,
    );
    let ended = ended.fetch_all(&mut *db).await?;
    told(db, ended, now).await
}

/// However sessions end, their clients are to be told.
async fn told(db: &mut PgConnection, ended: Vec<Uuid>, now: OffsetDateTime) -> sqlx::Result<Vec<Uuid>> {
    if !ended.is_empty() {
        logout_deliveries::queue(db, &ended, now).await?;
    }
    Ok(ended)
}

/// A session that is alive, for the pages that show it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct LiveSession {
    pub session_id: Uuid,
    /// It is one of the console.
    pub administrates: bool,
    pub authenticated_at: OffsetDateTime,
    /// To the minute.
    pub last_seen_at: OffsetDateTime,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// The sessions of a user that are alive, the last seen first.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_user(db: impl PgExecutor<'_>, user_id: Uuid, now: OffsetDateTime) -> sqlx::Result<Vec<LiveSession>> {
    let [people, console] = [SessionKind::User, SessionKind::Administrator].map(|kind| now - kind.lifetimes().0);
    sqlx::query_as!(
        LiveSession,
        r#"
        select session_id, kind = 'administrator' as "administrates!", authenticated_at, last_seen_at, ip, user_agent
        from sessions
        where user_id = $1 and ended_at is null and expires_at > $2
          and last_seen_at > case kind when 'user' then $3::timestamptz else $4 end
        order by last_seen_at desc, session_id desc
        "#,
        user_id,
        now,
        people,
        console,
    )
    .fetch_all(db)
    .await
}
