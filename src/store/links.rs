//! The table `links`: one-time links that were mailed.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::secret::Handle;

/// A link to be kept.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewLink<'a> {
    pub handle: Handle,
    pub purpose: &'a str,
    /// It ends earlier ones for the same purpose.
    pub replaces: bool,
    /// Whose account it is about. `None`: one that is not there yet.
    pub user_id: Option<Uuid>,
    /// The address that it proves or brings back.
    pub address: &'a str,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// What a link says that still works.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Link {
    pub user_id: Option<Uuid>,
    pub address: String,
}

/// Keeps a link. If it replaces others, those for the same user end, or for the same address without an account.
///
/// # Errors
/// The database refused.
pub async fn insert(db: &mut PgConnection, link: &NewLink<'_>) -> sqlx::Result<()> {
    if link.replaces {
        end_older(db, link).await?;
    }
    sqlx::query!(
        "
        insert into links (link_id, secret_hash, purpose, user_id, address, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        ",
        link.handle.id,
        link.handle.hash.as_bytes(),
        link.purpose,
        link.user_id,
        link.address,
        link.created_at,
        link.expires_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

async fn end_older(db: &mut PgConnection, link: &NewLink<'_>) -> sqlx::Result<()> {
    match link.user_id {
        Some(user_id) => {
            sqlx::query!(
                "update links set ended_at = $3 where user_id = $1 and purpose = $2 and ended_at is null",
                user_id,
                link.purpose,
                link.created_at,
            )
            .execute(db)
            .await?;
        }
        None => {
            sqlx::query!(
                "
                update links set ended_at = $3
                where user_id is null and lower(address) = lower($1) and purpose = $2 and ended_at is null
                ",
                link.address,
                link.purpose,
                link.created_at,
            )
            .execute(db)
            .await?;
        }
    }
    Ok(())
}

/// What a link says, if it works. Reading takes nothing: [`take`] does.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(
    db: impl PgExecutor<'_>,
    link: &Handle,
    purpose: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Link>> {
    let found = sqlx::query_as!(
        Link,
        "
        select user_id, address from links
        where link_id = $1 and secret_hash = $2 and purpose = $3 and ended_at is null and expires_at > $4
        ",
        link.id,
        link.hash.as_bytes(),
        purpose,
        now,
    );
    found.fetch_optional(db).await
}

/// Uses a link up. `None`: it was used before, replaced, or has expired.
///
/// One statement, so of requests that race with the same link only one gets it.
///
/// # Errors
/// The database refused.
pub async fn take(
    db: impl PgExecutor<'_>,
    link: &Handle,
    purpose: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Link>> {
    let taken = sqlx::query_as!(
        Link,
        "
        update links set ended_at = $4
        where link_id = $1 and secret_hash = $2 and purpose = $3 and ended_at is null and expires_at > $4
        returning user_id, address
        ",
        link.id,
        link.hash.as_bytes(),
        purpose,
        now,
    );
    taken.fetch_optional(db).await
}

/// Ends every link of a user of these purposes: what they prove is true no longer.
///
/// # Errors
/// The database refused.
pub async fn end_all_of_user(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    purposes: &[&str],
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let purposes = purposes.iter().map(|purpose| (*purpose).to_owned()).collect::<Vec<_>>();
    sqlx::query!(
        "update links set ended_at = $3 where user_id = $1 and purpose = any($2) and ended_at is null",
        user_id,
        &purposes,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Ends the links that undo those changes of a user's address that were made since then, and before they signed in to
/// this session: whoever only holds a session from before proves nothing by it.
///
/// # Errors
/// The database refused.
pub async fn end_undo(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    since: OffsetDateTime,
    session_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        update links set ended_at = $3
        where user_id = $1 and purpose = 'email_undo' and created_at >= $2 and ended_at is null
            and created_at <= (select authenticated_at from sessions where session_id = $4)
        ",
        user_id,
        since,
        now,
        session_id,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Ends every link there is.
///
/// # Errors
/// The database refused.
pub async fn end_all(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("update links set ended_at = $1 where ended_at is null", now).execute(db).await.map(|_| ())
}

/// How many links of a purpose a user got since then, used and replaced ones too.
///
/// # Errors
/// The database cannot be asked.
pub async fn count_of_user(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    purpose: &str,
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from links where user_id = $1 and purpose = $2 and created_at > $3"#,
        user_id,
        purpose,
        since,
    );
    count.fetch_one(db).await
}

/// How many links went since then to an address that has no account.
///
/// # Errors
/// The database cannot be asked.
pub async fn count_of_address(db: impl PgExecutor<'_>, address: &str, since: OffsetDateTime) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from links where user_id is null and lower(address) = lower($1) and created_at > $2"#,
        address,
        since,
    );
    count.fetch_one(db).await
}

/// Forgets links that expired before this time, with the addresses in them.
///
/// # Errors
/// The database refused.
pub async fn forget(db: impl PgExecutor<'_>, before: OffsetDateTime) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!("delete from links where expires_at < $1", before);
    Ok(forgotten.execute(db).await?.rows_affected())
}
