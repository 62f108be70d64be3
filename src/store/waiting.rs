//! The table `waiting`: what waits for somebody who is signed in.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// The most of a kind that waits for one user.
const MOST: i64 = 20;

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Secrets that a page shows until they are stored.
    Secrets,
    /// What was typed into a form and not sent.
    Draft,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Draft => "draft",
        }
    }
}

/// For whom something waits, and on which page.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Place<'a> {
    pub kind: Kind,
    pub user_id: Uuid,
    /// Of secrets: the session that may see them.
    pub session_id: Option<Uuid>,
    pub path: &'a str,
}

/// Something that waits.
#[expect(missing_docs, reason = "the names say it")]
pub struct Waiting {
    pub waiting_id: Uuid,
    /// Sealed.
    pub content: Vec<u8>,
    pub saved_at: OffsetDateTime,
}

/// Keeps something, in place of what waited there. Of what waits for a user the newest stay, twenty of each kind.
///
/// # Errors
/// The database refused.
pub async fn put(
    db: impl PgExecutor<'_>,
    place: &Place<'_>,
    waiting: &Waiting,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        with kept as (
            insert into waiting (waiting_id, user_id, kind, path, session_id, content, saved_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (user_id, kind, path) do update set waiting_id = excluded.waiting_id, session_id = excluded.session_id,
                content = excluded.content, saved_at = excluded.saved_at, expires_at = excluded.expires_at
        )
        delete from waiting
        where waiting_id in (
            select waiting_id from waiting where user_id = $2 and kind = $3 and path <> $4
            order by saved_at desc, waiting_id desc offset $9
        )
        ",
        waiting.waiting_id,
        place.user_id,
        place.kind.as_str(),
        place.path,
        place.session_id,
        waiting.content,
        waiting.saved_at,
        expires_at,
        MOST - 1,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// What waits there.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, place: &Place<'_>, now: OffsetDateTime) -> sqlx::Result<Option<Waiting>> {
    sqlx::query_as!(
        Waiting,
        "
        select waiting_id, content, saved_at from waiting
        where user_id = $1 and kind = $2 and path = $3 and session_id is not distinct from $4 and expires_at > $5
        ",
        place.user_id,
        place.kind.as_str(),
        place.path,
        place.session_id,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Replaces what waits, and says until when it does. `false`: it waits no longer.
///
/// # Errors
/// The database refused.
pub async fn replace(
    db: impl PgExecutor<'_>,
    Waiting { waiting_id, content, saved_at }: &Waiting,
    expires_at: OffsetDateTime,
) -> sqlx::Result<bool> {
    let replaced = sqlx::query!(
        "update waiting set content = $2, saved_at = $3, expires_at = $4 where waiting_id = $1 and expires_at > $3",
        waiting_id,
        content,
        saved_at,
        expires_at,
    );
    Ok(replaced.execute(db).await?.rows_affected() == 1)
}

/// The username of whom something waits for. `None`: it waits no longer.
///
/// # Errors
/// The database cannot be asked.
pub async fn for_whom(db: impl PgExecutor<'_>, waiting_id: Uuid, now: OffsetDateTime) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select username from waiting join users using (user_id) where waiting_id = $1 and expires_at > $2",
        waiting_id,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Forgets what waits there.
///
/// # Errors
/// The database refused.
pub async fn remove(db: impl PgExecutor<'_>, place: &Place<'_>) -> sqlx::Result<()> {
    let removed = sqlx::query!(
        "delete from waiting where user_id = $1 and kind = $2 and path = $3 and session_id is not distinct from $4",
        place.user_id,
        place.kind.as_str(),
        place.path,
        place.session_id,
    );
    removed.execute(db).await.map(|_| ())
}

/// Forgets what waited too long.
///
/// # Errors
/// The database refused.
pub async fn forget(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("delete from waiting where expires_at <= $1", now).execute(db).await.map(|_| ())
}
