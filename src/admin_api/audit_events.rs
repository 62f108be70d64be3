//! The audit trail, to read.

use axum::{http::request::Parts, response::Response};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{answer::Page, caller::Caller};
use crate::{
    store::audit_events::{self, Filter, RecordedEvent},
    web::problem::Problem,
};

/// `GET /audit-events`: the newest first.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts)?;
    let before = page.given("after").map(|after| after.parse().map_err(|_| Page::no_cursor())).transpose()?;
    let filter = Filter {
        event: page.given("event"),
        client_id: page.given("client_id"),
        subject: page.given("subject"),
        actor: page.given("actor"),
        from: moment(&page, "from")?,
        until: moment(&page, "until")?,
        before,
    };
    let found = audit_events::list(&caller.app.db, &filter, page.limit + 1).await?;
    let view = |event: &RecordedEvent| serde_json::to_value(event).unwrap_or_default();
    Ok(page.answer(found, view, |event| event.event_id.to_string()))
}

fn moment(page: &Page, name: &str) -> Result<Option<OffsetDateTime>, Problem> {
    let since_1970 = |moment: &OffsetDateTime| *moment >= OffsetDateTime::UNIX_EPOCH;
    let read = |text: &str| {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok().filter(since_1970);
        moment.ok_or_else(|| Problem::malformed(format!("{name} is a time such as 2026-11-21T00:00:00Z.")))
    };
    page.given(name).map(read).transpose()
}
