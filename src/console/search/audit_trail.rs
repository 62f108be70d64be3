//! What the audit trail says of a request, an access token or an event, by its id. These ids tell when they were made; events
//! are sought near that time only.

use time::OffsetDateTime;
use uuid::Uuid;

use super::Hit;
use crate::{
    console::{audit::Names, session::Administrator},
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
    Ok(events.iter().map(|event| hit(&names, event, admin.now)).collect())
}

/// When an id was made, if it tells, and if anything could have happened then.
fn made_at(id: Uuid) -> Option<OffsetDateTime> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let at = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?.replace_nanosecond(nanos).ok()?;
    (2000..2200).contains(&at.year()).then_some(at)
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
