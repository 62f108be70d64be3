//! The audit log: who did what, and what came of it.

mod difference;
pub mod event;
pub mod export;
mod filter;
mod kinds;
pub mod request;
mod row;
mod sentence;

use askama::Template;
use axum::response::{IntoResponse, Response};
use time::{Duration, OffsetDateTime};

pub use difference::Changed;
pub use filter::AuditFilter;
pub use row::EventRow;
pub(super) use row::rows;
pub(super) use sentence::Names;
pub use sentence::Piece;

use super::{form, session::Administrator};
use crate::{
    language::Moment,
    protocol::parameters::Parameters,
    store::audit_events::{Found, Place, search},
    web::{
        form::Query,
        page::{Section, Shell},
        view::{Choice, FormErrors, Paging},
    },
};

/// Events on a page.
const ROWS: usize = 25;
/// The longest that a page renews itself, and so keeps its reader signed in without their doing.
const LONGEST_LIVE: Duration = Duration::minutes(15);

/// The audit log, a page at a time. The filter is a GET form; its fields are those of [`AuditFilter`], with `event`,
/// `outcome`, and `live`, the second since 1970 when its reader began to watch.
#[derive(Template)]
#[template(path = "console/audit.html")]
pub struct AuditLog<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is wrong with the filter.
    pub errors: &'a FormErrors,
    /// The kinds of events, "" for all of them first.
    pub events: Vec<Choice>,
    /// Done, failed, or both.
    pub outcomes: Vec<Choice>,
    /// What the other fields of the filter hold.
    pub filter: AuditFilter<'a>,
    /// What was found.
    pub rows: Vec<EventRow>,
    /// How far the search looked, if it ended before it had a whole page, and the way to look further.
    pub looked_to: Option<(Moment, String)>,
    /// The ways on.
    pub paging: Paging,
    /// Until when the page renews itself. `None`: it stands still.
    pub live: Option<Moment>,
    /// Where it renews itself, or stands still.
    pub other_mode: String,
    /// Where everything that matches is, as CSV and as JSON lines.
    pub exports: [String; 2],
}

/// The log.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let query = form::strict(&query, &[])?;
            let mut errors = FormErrors::default();
            let wanted = filter::search(&admin, query, &mut errors).await?;
            let found = if errors.is_empty() { search(&admin.app.db, &wanted, ROWS).await? } else { Found::default() };
            let live = live_until(query, admin.now);
            let began = admin.now.unix_timestamp().to_string();
            let mode = [("live", began.as_str())];
            let shell = admin.shell(Section::Audit);
            let content = AuditLog {
                shell: &shell,
                errors: &errors,
                events: form::choose(
                    kinds::KINDS.iter().map(|(value, label)| Choice::new(value, label, "")).collect(),
                    form::text(query, "event"),
                ),
                outcomes: form::choose(outcomes(), form::text(query, "outcome")),
                filter: AuditFilter::typed(query),
                looked_to: looked_to(query, &found, wanted.place, admin.now),
                paging: paging(query, &found, wanted.place),
                rows: rows(&admin, found.events).await?,
                live: live.map(|until| Moment::new(until, admin.now)),
                other_mode: filter::link("/admin/audit", query, if live.is_some() { &[] } else { &mode }),
                exports: ["csv", "jsonl"]
                    .map(|format| filter::link("/admin/audit/export", query, &[("format", format)])),
            };
            Ok(shell.page(&content).with_status(errors.status()).into_response())
        })
        .await
}

fn outcomes() -> Vec<Choice> {
    [("", "Done or failed"), ("success", "Done"), ("failure", "Refused or failed")]
        .map(|(value, label)| Choice::new(value, label, ""))
        .into()
}

/// Until when the page renews itself: for some time from when its reader began to watch.
fn live_until(query: &Parameters, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let began = OffsetDateTime::from_unix_timestamp(form::given(query, "live")?.parse().ok()?).ok()?;
    let until = began.checked_add(LONGEST_LIVE)?;
    (began <= now && now < until).then_some(until)
}

fn paging(query: &Parameters, found: &Found, place: Place) -> Paging {
    let (first, last) = (found.events.first(), found.events.last());
    let ascends = matches!(place, Place::NewerThan(_));
    let link = |name, id: String| filter::link("/admin/audit", query, &[(name, &id)]);
    let newer = first.filter(|_| place != Place::Newest && (!ascends || found.has_more));
    let older = last.filter(|_| ascends || found.has_more);
    Paging {
        previous: newer.map(|event| link("after", event.event_id.to_string())),
        next: older.map(|event| link("before", event.event_id.to_string())),
    }
}

fn looked_to(query: &Parameters, found: &Found, place: Place, now: OffsetDateTime) -> Option<(Moment, String)> {
    let edge = found.looked_to?.to_string();
    let name = if matches!(place, Place::NewerThan(_)) { "after" } else { "before" };
    let at = filter::time_of_event(found.looked_to?)?;
    Some((Moment::new(at, now), filter::link("/admin/audit", query, &[(name, &edge)])))
}
