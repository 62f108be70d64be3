//! The table `logout_requests`: requests to sign out that were posted, until the browser comes for them.

use sqlx::{PgExecutor, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::protocol::end_session::LogoutRequest;

/// How long a user may take over a request.
const LIFETIME: Duration = Duration::minutes(10);

/// Keeps a request. Its id is all that whoever opens it needs.
///
/// # Errors
/// The database refused.
pub async fn insert(
    db: impl PgExecutor<'_>,
    request_id: Uuid,
    request: &LogoutRequest,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into logout_requests (request_id, request, expires_at) values ($1, $2, $3)",
        request_id,
        Json(request) as _,
        now + LIFETIME,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// A request that still waits.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(
    db: impl PgExecutor<'_>,
    request_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Option<LogoutRequest>> {
    let request = sqlx::query_scalar!(
        r#"select request as "request: Json<LogoutRequest>" from logout_requests where request_id = $1 and expires_at > $2"#,
        request_id,
        now,
    );
    Ok(request.fetch_optional(db).await?.map(|Json(request)| request))
}
