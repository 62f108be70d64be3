//! The table `pushed_requests`: authorization requests that clients pushed to us (RFC 9126).

use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;

use crate::{protocol::authorization_request::AuthorizationRequest, secret::Handle};

/// Keeps a request until then.
///
/// # Errors
/// The database refused.
pub async fn insert(
    db: impl PgExecutor<'_>,
    handle: &Handle,
    request: &AuthorizationRequest,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into pushed_requests (request_id, secret_hash, client_id, request, expires_at)
        values ($1, $2, $3, $4, $5)
        ",
        handle.id,
        handle.hash.as_bytes(),
        request.client_id,
        Json(request) as _,
        expires_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// A request that this client pushed, that has not expired, and of which no answer was given.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(
    db: impl PgExecutor<'_>,
    handle: &Handle,
    client_id: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<AuthorizationRequest>> {
    let request = sqlx::query_scalar!(
        r#"
        select request as "request: Json<AuthorizationRequest>" from pushed_requests
        where request_id = $1 and secret_hash = $2 and client_id = $3 and $4 < expires_at and completed_at is null
        "#,
        handle.id,
        handle.hash.as_bytes(),
        client_id,
        now,
    );
    Ok(request.fetch_optional(db).await?.map(|request| request.0))
}
