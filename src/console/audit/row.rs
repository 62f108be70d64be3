//! An event as lists show it.

use super::{
    difference::{self, Changed},
    sentence::{Names, Piece},
};
use crate::{
    console::session::Administrator,
    language::Moment,
    policy::{
        event::{Outcome, Severity},
        user_agent::Device,
    },
    store::audit_events::RecordedEvent,
};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its id, by which its page is found.
    pub id: String,
    /// When.
    pub at: Moment,
    /// Who did what to whom.
    pub sentence: Vec<Piece>,
    /// What the record calls it: `client.secret_rotated`.
    pub event: String,
    /// For how many events it stands, in words. Empty: for one.
    pub times: String,
    /// Somebody should look at it.
    pub is_alert: bool,
    /// It was done; otherwise it was refused or failed.
    pub success: bool,
    /// Why it failed, or what was said about it; may be empty.
    pub reason: String,
    /// The address that it came from; may be empty.
    pub address: String,
    /// The browser and its system; may be empty.
    pub device: String,
    /// What it changed.
    pub changes: Vec<Changed>,
    /// The reader may open its page.
    pub has_page: bool,
}

/// Events as lists show them.
pub(in crate::console) async fn rows(admin: &Administrator, events: Vec<RecordedEvent>) -> sqlx::Result<Vec<EventRow>> {
    let names = Names::of(admin, &events).await?;
    Ok(events.iter().map(|event| row(admin, &names, event)).collect())
}

pub(super) fn row(admin: &Administrator, names: &Names<'_>, event: &RecordedEvent) -> EventRow {
    EventRow {
        id: event.event_id.to_string(),
        at: Moment::new(event.at, admin.now),
        sentence: names.sentence(event),
        event: event.event.clone(),
        times: if event.count > 1 { format!("{} times within a minute", event.count) } else { String::new() },
        is_alert: event.known().is_some_and(|event| event.severity() == Severity::Alert),
        success: event.outcome == Outcome::Success,
        reason: event.reason.clone().unwrap_or_default(),
        address: event.ip.clone().unwrap_or_default(),
        device: Device::of(event.user_agent.as_deref().unwrap_or_default()).to_string(),
        // What a new thing is stands on the event's own page: only what changed is worth a line here.
        changes: if event.before.is_some() && event.after.is_some() { difference::of(event) } else { Vec::new() },
        has_page: admin.sees_everything(),
    }
}
