//! What happened to a user's account lately, in words.

use std::collections::HashMap;

use askama::{Template, filters::Safe};
use axum::response::{IntoResponse, Response};
use time::Duration;
use uuid::Uuid;

use super::{Person, device};
use crate::{
    app::user_in_record,
    clock::time_ordered_id,
    language::Moment,
    policy::event::Event,
    store::{
        audit_events::{self, RecordedEvent},
        clients,
    },
    web::{form::Query, page::Shell},
};

/// How far back it goes.
const PERIOD: Duration = Duration::days(90);
const ROWS: usize = 25;

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
        let seen = Event::ALL.iter().copied().filter(|event| event.words().is_some()).collect::<Vec<_>>();
        let limit = i64::try_from(ROWS + 1).unwrap_or_default();
        let mut events = audit_events::of_person(&person.app.db, &subject, &seen, since..before, limit).await?;
        let has_more = events.len() > ROWS;
        events.truncate(ROWS);
        let last = events.last().filter(|_| has_more);
        let older = last.map(|event| format!("/account/activity?before={}", event.event_id));
        let shell = person.shell();
        let clients = events.iter().filter_map(|event| event.client_id.clone()).collect::<Vec<_>>();
        let clients = clients::names(&person.app.db, &clients).await?;
        let rows = events.iter().filter_map(|event| row(&person, &subject, &clients, event)).collect();
        let content = Activity { shell: &shell, rows, older };
        Ok(shell.page(&content).into_response())
    };
    person.answer(work).await
}

fn row(
    person: &Person,
    subject: &str,
    clients: &HashMap<String, String>,
    event: &RecordedEvent,
) -> Option<ActivityRow> {
    let known = event.known()?;
    let changed = if known == Event::UserUpdated { of_update(event) } else { Vec::new() };
    let keys = if changed.is_empty() { vec![known.words()?] } else { changed };
    let client = event.client_id.as_ref().map_or("", |id| clients.get(id).unwrap_or(id));
    Some(ActivityRow {
        at: person.moment(event.at),
        what: sentences(person, &keys, client),
        by_another: event.actor.as_deref().is_some_and(|actor| actor != subject),
        device: device::in_words(event.user_agent.as_deref(), person.language),
        address: event.ip.clone().unwrap_or_default(),
    })
}

/// The keys of what an administrator changed of an account, where that is more than details. The audit trail has fingerprints
/// of the address, which are compared only.
fn of_update(event: &RecordedEvent) -> Vec<&'static str> {
    let (Some(before), Some(after)) = (&event.before, &event.after) else { return Vec::new() };
    let told = [("email", "event-email-changed"), ("roles", "activity-roles-changed")];
    let changed = told.into_iter().filter(|(field, _)| before[field] != after[field]);
    changed.map(|(_, key)| key).collect()
}

fn sentences(person: &Person, keys: &[&str], client: &str) -> Safe<String> {
    let sentences = keys.iter().map(|key| person.language.sentence(key, &[("client", client)]).0);
    Safe(sentences.collect::<Vec<_>>().join(" "))
}
