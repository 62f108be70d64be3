//! The table `link_requests`: links that somebody asked for who is not signed in.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

/// Somebody asked for a link.
#[expect(missing_docs, reason = "the names say it")]
pub struct LinkRequest {
    pub request_id: Uuid,
    pub purpose: String,
    /// What was typed and who asked, sealed.
    pub content: Vec<u8>,
    pub asked_at: OffsetDateTime,
}

/// Keeps a request until it is answered.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, request: &LinkRequest) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into link_requests (request_id, purpose, content, asked_at) values ($1, $2, $3, $4)",
        request.request_id,
        request.purpose,
        request.content,
        request.asked_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Takes the oldest request, for as long as the transaction lasts: if that ends early, somebody else takes it.
///
/// # Errors
/// The database refused.
pub async fn take(db: &mut PgConnection) -> sqlx::Result<Option<LinkRequest>> {
    let taken = sqlx::query_as!(
        LinkRequest,
        "
        delete from link_requests
        where request_id = (select request_id from link_requests order by request_id limit 1 for update skip locked)
        returning request_id, purpose, content, asked_at
        ",
    );
    taken.fetch_optional(db).await
}
