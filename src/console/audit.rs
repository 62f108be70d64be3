//! The audit log: who did what, and what came of it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use time::{Date, Duration, OffsetDateTime, macros::format_description};

use super::{form, session::Administrator};
use crate::{
    language::Moment,
    policy::event::{Outcome, Severity},
    protocol::parameters::Parameters,
    store::audit_events::{self, Filter, RecordedEvent},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, Paging},
    },
};

/// What the log can be narrowed down to; each covers the events below it (`client` covers `client.created`).
const EVENTS: [(&str, &str); 35] = [
    ("", "All events"),
    ("sign_in", "Sign-ins"),
    ("sign_out", "Sign-outs"),
    ("session", "Sessions"),
    ("logout", "Sign-outs that clients did not hear of"),
    ("device", "New devices"),
    ("factor", "Factors"),
    ("recovery_codes", "Recovery codes"),
    ("password", "Passwords"),
    ("recovery", "Recovery"),
    ("registration", "Registrations"),
    ("email", "Email addresses"),
    ("details", "Personal details"),
    ("throttle", "Refused after too many failures"),
    ("defence", "Limits tightened and relaxed"),
    ("authorization", "Authorization requests"),
    ("redirect", "Refused redirects"),
    ("form", "Refused forms"),
    ("pkce", "PKCE challenges used again"),
    ("consent", "Consents"),
    ("code", "Codes"),
    ("token", "Tokens"),
    ("token.revoked", "Revoked tokens"),
    ("refresh_token", "Refresh tokens"),
    ("client", "Clients"),
    ("client.authentication", "Client authentication"),
    ("api", "APIs"),
    ("role", "Roles"),
    ("user", "Users"),
    ("account", "Accounts that may be being taken over"),
    ("key", "Keys"),
    ("master_key", "Master key"),
    ("everything", "Everything revoked"),
    ("branding", "Branding"),
    ("server", "Starts and ends of servers"),
];
/// The first year that a filter may name: long before there was any event.
const FIRST_YEAR: i32 = 2000;

/// The audit log, newest first, a page at a time.
///
/// The filter is a GET form: `event`, `client`, `subject`, `actor`, `from` and `to` (dates, UTC, both included).
#[derive(Template)]
#[template(path = "console/audit.html")]
pub struct AuditLog<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The events, "" for all of them first.
    pub events: Vec<Choice>,
    /// What the other fields of the filter hold.
    pub filter: AuditFilter<'a>,
    /// What was found.
    pub rows: Vec<EventRow>,
    /// The ways on.
    pub paging: Paging,
}

/// What the audit log is narrowed down to; empty for everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditFilter<'a> {
    /// A `client_id`.
    pub client: &'a str,
    /// To whom or what it was done, as the log has it.
    pub subject: &'a str,
    /// Who did it, as the log has it.
    pub actor: &'a str,
    /// The first day: `2026-11-21`.
    pub from: &'a str,
    /// The last day.
    pub to: &'a str,
}

/// Something that happened.
pub struct EventRow {
    /// When.
    pub at: Moment,
    /// What: `client.secret_rotated`.
    pub event: String,
    /// For how many events it stands, in words. Empty: for one.
    pub times: String,
    /// Somebody should look at it.
    pub is_alert: bool,
    /// It was done; otherwise it was refused or failed.
    pub success: bool,
    /// Who did it. May be empty.
    pub actor: String,
    /// To what or whom. May be empty.
    pub subject: String,
    /// What else the log has: names and values, those before and after a change too.
    pub details: Vec<(&'static str, String)>,
}

/// The log.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let query = form::strict(&query, &[])?;
            let before = form::given(query, "before").map(form::id).transpose()?;
            let (from, to) = (day(query, "from")?, day(query, "to")?);
            let filter = Filter {
                event: form::given(query, "event"),
                client_id: form::given(query, "client"),
                subject: form::given(query, "subject"),
                actor: form::given(query, "actor"),
                from,
                until: to.and_then(|day| day.checked_add(Duration::days(1))),
                before,
            };
            let mut events = audit_events::list(&admin.app.db, &filter, form::ROWS_AND_ONE).await?;
            let has_more = form::cut_to_page(&mut events);
            let next = events.last().filter(|_| has_more).map(|last| next(query, last));
            let shell = admin.shell(Section::Audit);
            let names = EVENTS.iter().map(|(value, label)| Choice::new(value, label, "")).collect();
            let content = AuditLog {
                shell: &shell,
                events: form::choose(names, form::text(query, "event")),
                filter: AuditFilter {
                    client: form::text(query, "client"),
                    subject: form::text(query, "subject"),
                    actor: form::text(query, "actor"),
                    from: form::text(query, "from"),
                    to: form::text(query, "to"),
                },
                rows: rows(events, admin.now),
                paging: Paging { previous: None, next },
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

const FIELDS: [&str; 6] = ["event", "client", "subject", "actor", "from", "to"];

fn next(query: &Parameters, last: &RecordedEvent) -> String {
    let cursor = last.event_id.to_string();
    let mut pairs = FIELDS.map(|name| (name, form::text(query, name))).to_vec();
    pairs.push(("before", &cursor));
    form::link("/admin/audit", &pairs)
}

fn day(query: &Parameters, name: &str) -> Result<Option<OffsetDateTime>, PageError> {
    let Some(text) = form::given(query, name) else { return Ok(None) };
    let malformed = || {
        let what = format!("“{name}” must be a date such as 2026-11-21.");
        PageError::Administrator(StatusCode::BAD_REQUEST, "The form could not be read", what)
    };
    let date = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    let date = date.filter(|date| date.year() >= FIRST_YEAR).ok_or_else(malformed)?;
    Ok(Some(date.midnight().assume_utc()))
}

/// Events as tables show them.
pub(super) fn rows(events: Vec<RecordedEvent>, now: OffsetDateTime) -> Vec<EventRow> {
    events.into_iter().map(|event| row(event, now)).collect()
}

fn row(event: RecordedEvent, now: OffsetDateTime) -> EventRow {
    let known = event.known();
    let (before, after) = difference(event.before, event.after);
    let details = [
        ("What it means", known.map(|event| event.meaning().to_owned())),
        ("Severity", known.map(|event| event.severity().as_str().to_owned())),
        ("Reason", event.reason),
        ("Before", before),
        ("After", after),
        ("Client id", event.client_id.clone()),
        ("Session", event.session_hash),
        ("Request id", event.request_id),
        ("IP address", event.ip),
        ("Browser or program", event.user_agent),
        ("Node", Some(format!("{}, version {}", event.node, event.version))),
        ("Event id", Some(event.event_id.to_string())),
    ];
    EventRow {
        at: Moment::new(event.at, now),
        event: event.event,
        times: if event.count > 1 { format!("{} times within a minute", event.count) } else { String::new() },
        is_alert: known.is_some_and(|event| event.severity() == Severity::Alert),
        success: event.outcome == Outcome::Success,
        actor: event.actor.unwrap_or_default(),
        subject: event.subject.or(event.client_id).unwrap_or_default(),
        details: details.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
    }
}

/// What stood before and what stands after, without the members that stayed as they were.
fn difference(before: Option<Value>, after: Option<Value>) -> (Option<String>, Option<String>) {
    let (mut before, mut after) = (before, after);
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (&mut before, &mut after) {
        let same = |name: &String| old.get(name) == new.get(name);
        let unchanged = old.keys().filter(|name| same(name)).cloned().collect::<Vec<_>>();
        for name in unchanged {
            old.remove(&name);
            new.remove(&name);
        }
    }
    (before.map(|value| value.to_string()), after.map(|value| value.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::event::Event;

    #[test]
    fn every_event_can_be_picked_and_nothing_else() {
        let covers = |kind: &str, event: &Event| event.name() == kind || event.name().starts_with(&format!("{kind}."));
        let kinds = EVENTS.iter().skip(1).map(|(kind, _)| *kind).collect::<Vec<_>>();
        for event in Event::ALL {
            assert!(kinds.iter().any(|kind| covers(kind, event)), "{event}");
        }
        for kind in kinds {
            assert!(Event::ALL.iter().any(|event| covers(kind, event)), "{kind}");
        }
    }

    #[test]
    fn a_change_shows_what_changed() {
        let (before, after) =
            difference(Some(json!({"name": "a", "type": "web"})), Some(json!({"name": "b", "type": "web"})));
        assert_eq!((before.as_deref(), after.as_deref()), (Some(r#"{"name":"a"}"#), Some(r#"{"name":"b"}"#)));

        assert_eq!(difference(None, Some(json!({"name": "b"}))), (None, Some(r#"{"name":"b"}"#.to_owned())));
    }
}
