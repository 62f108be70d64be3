//! The table `authorization_requests`: requests that wait for a user.

use sqlx::{PgExecutor, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{protocol::authorization_request::AuthorizationRequest, secret::SecretHash};

/// How long a user may take over a request.
pub const LIFETIME: Duration = Duration::minutes(10);

/// Keeps a request for the browser that began it; `None`: for the first browser that opens it. `pushed_id`: the pushed request
/// that it was made of.
///
/// # Errors
/// The database refused.
pub async fn insert(
    db: impl PgExecutor<'_>,
    request_id: Uuid,
    browser: Option<&SecretHash>,
    pushed_id: Option<Uuid>,
    request: &AuthorizationRequest,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into authorization_requests (request_id, browser_hash, request, received_at, expires_at, pushed_id)
        values ($1, $2, $3, $4, $5, $6)
        ",
        request_id,
        browser.map(SecretHash::as_bytes),
        Json(request) as _,
        request.received_at,
        request.received_at + LIFETIME,
        pushed_id,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// A request that still waits, if this browser began it, and who allowed it.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(
    db: impl PgExecutor<'_>,
    request_id: Uuid,
    browser: &SecretHash,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(AuthorizationRequest, Option<Uuid>)>> {
    let row = sqlx::query!(
        r#"
        select browser_hash, request as "request: Json<AuthorizationRequest>", consented_by from authorization_requests
        where request_id = $1 and completed_at is null and $2 < expires_at and browser_hash is not null
        "#,
        request_id,
        now,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let bound = row.browser_hash.and_then(|bytes| SecretHash::from_bytes(&bytes));
    Ok(bound.filter(|bound| bound == browser).map(|_| (row.request.0, row.consented_by)))
}

/// The newest request of this browser that still waits.
///
/// # Errors
/// The database cannot be asked.
pub async fn newest_of(
    db: impl PgExecutor<'_>,
    browser: &SecretHash,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "
        select request_id from authorization_requests
        where browser_hash = $1 and completed_at is null and $2 < expires_at
        order by request_id desc limit 1
        ",
        browser.as_bytes(),
        now,
    )
    .fetch_optional(db)
    .await
}

/// Gives a request that came without cookies (a form posted from another site) to the browser that opens it first.
///
/// # Errors
/// The database refused.
pub async fn bind(db: impl PgExecutor<'_>, request_id: Uuid, browser: &SecretHash) -> sqlx::Result<()> {
    sqlx::query!(
        "update authorization_requests set browser_hash = $2 where request_id = $1 and browser_hash is null",
        request_id,
        browser.as_bytes(),
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Notes who allowed a request on its consent page. `false`: it is answered already.
///
/// # Errors
/// The database refused.
pub async fn allow(db: impl PgExecutor<'_>, request_id: Uuid, user_id: Uuid) -> sqlx::Result<bool> {
    let allowed = sqlx::query!(
        "update authorization_requests set consented_by = $2 where request_id = $1 and completed_at is null",
        request_id,
        user_id,
    );
    Ok(allowed.execute(db).await?.rows_affected() == 1)
}

/// Takes a request out of circulation, because it is answered, and with it the pushed one that it was made of. `false`: another
/// request was faster.
///
/// # Errors
/// The database refused.
pub async fn complete(db: impl PgExecutor<'_>, request_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let completed = sqlx::query!(
        "
        with pushed as (
            update pushed_requests set completed_at = $2
            where request_id = (select pushed_id from authorization_requests where request_id = $1) and completed_at is null
            returning request_id
        )
        update authorization_requests set completed_at = $2
        where request_id = $1 and completed_at is null and (pushed_id is null or pushed_id in (select request_id from pushed))
        ",
        request_id,
        now,
    );
    Ok(completed.execute(db).await?.rows_affected() == 1)
}
