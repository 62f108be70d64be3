//! The page of one event, with all that is known of it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};

use super::{
    difference,
    row::{EventRow, row},
    sentence::{Names, Piece},
};
use crate::{
    console::{form, session::Administrator, undoing},
    policy::event::Event,
    registry::ChangeError,
    store::audit_events::{self, RecordedEvent},
    web::page::{Section, Shell},
};

/// One event.
#[derive(Template)]
#[template(path = "console/event.html")]
pub struct EventPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What happened.
    pub row: EventRow,
    /// Where the change can be put back, if it was one and its reader may.
    pub undo: Option<String>,
    /// What it means; empty if another version of this program wrote it.
    pub meaning: &'static str,
    /// Whom and what it concerns: what that is to it, its name, its id in the record, and what else the log has of it.
    pub concerned: Vec<(&'static str, Piece, String, String)>,
    /// What else the record has: names, values, and what else the log has of the same value, if it is worth a search.
    pub details: Vec<(&'static str, String, String)>,
}

/// The page.
pub(in crate::console) async fn show(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let found = audit_events::find(&admin.app.db, form::id(&id)?).await?;
            let event = found.ok_or(ChangeError::Unknown)?;
            let names = Names::of(&admin, std::slice::from_ref(&event)).await?;
            let shell = admin.shell(Section::Audit);
            let content = EventPage {
                shell: &shell,
                row: EventRow { changes: difference::of(&event), ..row(&admin, &names, &event) },
                undo: undoing::link(&admin, &event),
                meaning: event.known().map(Event::meaning).unwrap_or_default(),
                concerned: concerned(&names, &event),
                details: details(&event),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

fn concerned(names: &Names<'_>, event: &RecordedEvent) -> Vec<(&'static str, Piece, String, String)> {
    let client = event.client_id.as_ref().map(|id| format!("client:{id}"));
    let all = [
        ("Done by", "actor", event.actor.clone()),
        ("Done to", "subject", event.subject.clone()),
        ("Client", "client", client),
    ];
    let concerned = all.into_iter().filter_map(|(label, field, thing)| {
        let thing = thing?;
        let sought = if field == "client" { thing.trim_start_matches("client:") } else { &thing };
        let path = form::link("/admin/audit", &[(field, sought)]);
        Some((label, names.thing(&thing), thing, path))
    });
    concerned.collect()
}

fn details(event: &RecordedEvent) -> Vec<(&'static str, String, String)> {
    let severity = event.known().map(|event| event.severity().as_str().to_owned());
    let all = [
        ("Severity", severity, ""),
        ("Request id", event.request_id.clone(), "request"),
        ("Token id (jti)", event.after.as_ref().and_then(|after| after["jti"].as_str()).map(str::to_owned), "trace"),
        ("Address", event.ip.clone(), "ip"),
        ("Browser or program", event.user_agent.clone(), ""),
        ("Session", event.session_hash.clone(), ""),
        ("Node", Some(format!("{}, version {}", event.node, event.version)), ""),
        ("Event id", Some(event.event_id.to_string()), ""),
    ];
    let known = all.into_iter().filter_map(|(label, value, field)| {
        let value = value?;
        let path = match field {
            "" => String::new(),
            "request" => format!("/admin/requests/{value}"),
            _ => form::link("/admin/audit", &[(field, &value)]),
        };
        Some((label, value, path))
    });
    known.collect()
}
