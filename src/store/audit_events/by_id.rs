//! Events that bear an id which tells its time: by that they are found without an index that each token would pay for.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::RecordedEvent;
use crate::store::{partitions::first_id, pool::begin_planning_anew};

/// How much earlier an event may be than the id says: clocks of nodes differ.
const EARLIER: Duration = Duration::seconds(5);
/// How much later: a request may take that long.
const LATER: Duration = Duration::seconds(45);

/// What an event may bear.
#[derive(Clone, Copy, Debug)]
pub enum Borne<'a> {
    /// The id of the request in which it happened.
    Request(&'a str),
    /// The id of the access token that was made, or of the event itself.
    Uuid(Uuid),
}

/// The events that bear this id, which was made at this time, the newest first.
///
/// # Errors
/// The database cannot be asked.
pub async fn bearing(
    db: &PgPool,
    borne: Borne<'_>,
    made_at: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<RecordedEvent>> {
    let id_at = |at: OffsetDateTime| first_id(at.unix_timestamp() * 1000 + i64::from(at.millisecond()));
    let (request, id) = match borne {
        Borne::Request(request) => (Some(request), None),
        Borne::Uuid(id) => (None, Some(id)),
    };
    let events = sqlx::query_as!(
        RecordedEvent,
        "
        select event_id, at, event, outcome, actor, subject, client_id, session_hash, request_id, ip, user_agent, reason, before,
            after, count, node, version
        from audit_events
        where event_id >= $1 and event_id < $2
          and ($3::text is null or request_id = $3)
          and ($4::uuid is null or event_id = $4 or after ->> 'jti' = $4::text)
        order by event_id desc
        limit $5
        ",
        id_at(made_at - EARLIER),
        id_at(made_at + LATER),
        request,
        id,
        limit,
    );
    events.fetch_all(&mut *begin_planning_anew(db).await?).await
}
