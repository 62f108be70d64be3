//! What the audit trail says of a request, an access token or an event, by its id. These ids tell when they were made; events
//! are sought near that time only.

use time::OffsetDateTime;
use uuid::Uuid;

use super::Hit;
use crate::{
    console::{
        audit::{Names, request::made_at},
        session::Administrator,
    },
    language::Moment,
    server::request_id::RequestId,
    store::audit_events::{Borne, RecordedEvent, bearing},
    web::error_page::PageError,
};

const MOST_EVENTS: i64 = 20;

pub(super) async fn found(admin: &Administrator, wanted: &str) -> Result<Vec<Hit>, PageError> {
    if !admin.sees_everything() {
        return Ok(Vec::new());
    }
    let request = RequestId::typed(wanted);
    let (borne, id) = match (&request, Uuid::try_parse(wanted)) {
        (Some((request, id)), _) => (Borne::Request(request.as_str()), *id),
        (None, Ok(id)) => (Borne::Uuid(id), id),
        (None, Err(_)) => return Ok(Vec::new()),
    };
    let Some(made_at) = made_at(id) else { return Ok(Vec::new()) };
    let events = bearing(&admin.app.db, borne, made_at, MOST_EVENTS).await?;
    let names = Names::of(admin, &events).await?;
    let page = request.as_ref().filter(|_| !events.is_empty());
    let page = page.map(|(request, _)| page_of(request, made_at, admin.now));
    Ok(page.into_iter().chain(events.iter().map(|event| hit(&names, event, admin.now))).collect())
}

/// The page of a request of which something is told.
fn page_of(request: &RequestId, made_at: OffsetDateTime, now: OffsetDateTime) -> Hit {
    Hit {
        name: format!("Request {request}"),
        detail: Moment::new(made_at, now).exact,
        url: format!("/admin/requests/{request}"),
        is_exact: true,
    }
}

fn hit(names: &Names<'_>, event: &RecordedEvent, now: OffsetDateTime) -> Hit {
    let sentence = names.sentence(event).into_iter().map(|piece| piece.text).collect::<String>();
    Hit {
        name: event.event.clone(),
        detail: format!("{}: {sentence}", Moment::new(event.at, now).exact),
        url: format!("/admin/audit/{}", event.event_id),
        is_exact: false,
    }
}
