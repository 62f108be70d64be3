//! The table `outbox`: mail that waits to be sent, and when it was.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// A mail to be kept until it can be sent.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewMail<'a> {
    pub mail_id: Uuid,
    /// Whom it concerns. `None`: somebody who has no account yet.
    pub user_id: Option<Uuid>,
    pub kind: &'a str,
    /// What it says and to whom, sealed.
    pub content: &'a [u8],
    pub created_at: OffsetDateTime,
}

/// A mail that is due, or waits.
#[expect(missing_docs, reason = "the names say it")]
pub struct WaitingMail {
    pub mail_id: Uuid,
    pub kind: String,
    pub content: Vec<u8>,
    /// How often sending it has begun, this time included.
    pub attempts: i32,
    pub created_at: OffsetDateTime,
}

/// Keeps a mail.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, mail: &NewMail<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into outbox (mail_id, user_id, kind, content, next_attempt_at, created_at)
        values ($1, $2, $3, $4, $5, $5)
        ",
        mail.mail_id,
        mail.user_id,
        mail.kind,
        mail.content,
        mail.created_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Takes the oldest mail that is due. Nobody else gets it before its next attempt, which comes later each time: after
/// half a minute, then twice as long, up to two hours. If this process dies while it sends, that is how long it takes.
///
/// # Errors
/// The database refused.
pub async fn take_due(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<Option<WaitingMail>> {
    let taken = sqlx::query_as!(
        WaitingMail,
        r#"
        update outbox
        set attempts = attempts + 1,
            next_attempt_at = $1::timestamptz + least(interval '30 seconds' * 2 ^ attempts, interval '2 hours')
        where mail_id = (
            select mail_id from outbox where content is not null and next_attempt_at <= $1
            order by mail_id limit 1 for update skip locked
        )
        returning mail_id, kind, content as "content!", attempts, created_at
        "#,
        now,
    );
    taken.fetch_optional(db).await
}

/// Notes that a mail was sent, and erases what it said.
///
/// # Errors
/// The database refused.
pub async fn mark_sent(db: impl PgExecutor<'_>, mail_id: Uuid, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "update outbox set content = null, sent_at = $2 where mail_id = $1 and content is not null",
        mail_id,
        now
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Notes that a mail will never be sent, and erases what it said.
///
/// # Errors
/// The database refused.
pub async fn give_up(db: impl PgExecutor<'_>, mail_id: Uuid, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "update outbox set content = null, failed_at = $2 where mail_id = $1 and content is not null",
        mail_id,
        now
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Mail that waits, the newest first.
///
/// # Errors
/// The database cannot be asked.
pub async fn waiting(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<WaitingMail>> {
    let waiting = sqlx::query_as!(
        WaitingMail,
        r#"
        select mail_id, kind, content as "content!", attempts, created_at from outbox where content is not null
        order by mail_id desc limit $1
        "#,
        limit,
    );
    waiting.fetch_all(db).await
}

/// How many mails of a kind a user was written since then, sent ones too.
///
/// # Errors
/// The database cannot be asked.
pub async fn count_of_user(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    kind: &str,
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from outbox where user_id = $1 and kind = $2 and created_at > $3"#,
        user_id,
        kind,
        since,
    );
    count.fetch_one(db).await
}

/// How many mails wait that were written before this time.
///
/// # Errors
/// The database cannot be asked.
pub async fn count_waiting_since(db: impl PgExecutor<'_>, before: OffsetDateTime) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from outbox where content is not null and created_at < $1"#,
        before
    );
    count.fetch_one(db).await
}

/// Forgets mail that was sent or given up before this time.
///
/// # Errors
/// The database refused.
pub async fn forget(db: impl PgExecutor<'_>, before: OffsetDateTime) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!("delete from outbox where content is null and created_at < $1", before);
    Ok(forgotten.execute(db).await?.rows_affected())
}
