//! What happened to a person's account lately, in words.

use askama::{Template, filters::Safe};
use axum::response::{IntoResponse, Response};
use time::Duration;
use uuid::Uuid;

use super::{Person, device};
use crate::{
    app::user_in_record,
    clock::time_ordered_id,
    store::audit_events::{self, AuditEvent},
    web::{form::Query, page::Shell, view::Moment},
};

/// How far back it goes.
const PERIOD: Duration = Duration::days(90);
const ROWS: usize = 25;

/// What a person understands and wants to know, each event with its text. `:failure` marks one that did not succeed.
pub const EVENTS: [(&str, &str); 36] = [
    ("sign_in", "activity-sign-in"),
    ("sign_in:failure", "activity-sign-in-failed"),
    ("device.new", "activity-device-new"),
    ("sign_out", "activity-sign-out"),
    ("session.ended", "activity-session-ended"),
    ("throttle.refused:failure", "activity-throttled"),
    ("factor.added", "activity-factor-added"),
    ("factor.removed", "activity-factor-removed"),
    ("factor.renamed", "activity-factor-renamed"),
    ("factor.used:failure", "activity-factor-failed"),
    ("recovery_codes.made", "activity-recovery-codes-made"),
    ("recovery.mailed", "activity-recovery-mailed"),
    ("password.reset", "activity-password-changed"),
    ("password.changed", "activity-password-changed"),
    ("password.changed:failure", "activity-password-refused"),
    ("email.requested", "activity-email-requested"),
    ("email.accepted", "activity-email-accepted"),
    ("email.changed", "activity-email-changed"),
    ("email.restored", "activity-email-changed"),
    ("email.verified", "activity-email-verified"),
    ("details.changed", "activity-details-changed"),
    ("consent.given", "activity-consent-given"),
    ("consent.withdrawn", "activity-consent-withdrawn"),
    ("user.created", "activity-user-created"),
    ("user.registered", "activity-user-created"),
    ("user.updated", "activity-user-updated"), // or what of it changed: see `of_update`
    ("user.mfa_reset", "activity-mfa-reset"),
    ("user.deleted", "activity-user-deleted"),
    ("user.restored", "activity-user-restored"),
    ("user.invited", "activity-user-invited"),
    ("user.enabled", "activity-user-enabled"),
    ("user.disabled", "activity-user-disabled"),
    ("user.reset", "activity-recovery-mailed"),
    ("account.takeover_reported", "activity-takeover-reported"),
    ("account.hold_lifted", "activity-hold-lifted"),
    ("registration.known", "activity-registration-known"),
];

/// The last 90 days, the newest first.
#[derive(Template)]
#[template(path = "account/activity.html")]
pub struct Activity<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What happened.
    pub rows: Vec<ActivityRow>,
    /// Where what happened before stands.
    pub older: Option<String>,
}

/// Something that happened.
pub struct ActivityRow {
    /// When.
    pub at: Moment,
    /// What, as a sentence. Names in it are escaped.
    pub what: Safe<String>,
    /// Somebody else did it: an administrator.
    pub by_another: bool,
    /// By which browser, in words.
    pub device: String,
    /// From which address; may be empty.
    pub address: String,
}

/// The list. `before`: the id of the last event of the page before.
pub async fn show(person: Person, Query(query): Query) -> Response {
    let work = async {
        let subject = user_in_record(person.user.user_id);
        let since = time_ordered_id(person.now - PERIOD);
        let before = query.one("before").ok().flatten().and_then(|id| id.parse().ok()).unwrap_or(Uuid::max());
        let names = EVENTS.map(|(name, _)| name);
        let limit = i64::try_from(ROWS + 1).unwrap_or_default();
        let mut events = audit_events::of_person(&person.app.db, &subject, &names, since..before, limit).await?;
        let has_more = events.len() > ROWS;
        events.truncate(ROWS);
        let last = events.last().filter(|_| has_more);
        let older = last.map(|event| format!("/account/activity?before={}", event.event_id));
        let shell = person.shell();
        let rows = events.iter().filter_map(|event| row(&person, &subject, event)).collect();
        let content = Activity { shell: &shell, rows, older };
        Ok(shell.page(&content).into_response())
    };
    person.answer(work).await
}

fn row(person: &Person, subject: &str, event: &AuditEvent) -> Option<ActivityRow> {
    let name = if event.outcome == "success" { event.event.clone() } else { format!("{}:failure", event.event) };
    let (_, key) = EVENTS.iter().find(|(known, _)| *known == name)?;
    let keys = Some(of_update(event)).filter(|keys| !keys.is_empty()).unwrap_or_else(|| vec![key]);
    let client = event.client_id.as_deref().and_then(|id| person.app.registry().client(id));
    let client = client.map_or_else(|| event.client_id.clone().unwrap_or_default(), |client| client.name.clone());
    Some(ActivityRow {
        at: person.moment(event.at),
        what: sentences(person, &keys, &client),
        by_another: event.actor.as_deref().is_some_and(|actor| actor != subject),
        device: device::in_words(event.user_agent.as_deref(), person.language),
        address: event.ip.clone().unwrap_or_default(),
    })
}

/// The keys of what an administrator changed of an account, where that is more than details. The record has fingerprints
/// of the address, which are compared only.
fn of_update(event: &AuditEvent) -> Vec<&'static str> {
    let (Some(before), Some(after)) = (&event.before, &event.after) else { return Vec::new() };
    let told = [("email", "activity-email-changed"), ("roles", "activity-roles-changed")];
    let changed = told.into_iter().filter(|(field, _)| event.event == "user.updated" && before[field] != after[field]);
    changed.map(|(_, key)| key).collect()
}

fn sentences(person: &Person, keys: &[&str], client: &str) -> Safe<String> {
    let sentences = keys.iter().map(|key| person.language.sentence(key, &[("client", client)]).0);
    Safe(sentences.collect::<Vec<_>>().join(" "))
}
