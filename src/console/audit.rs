//! The audit log: who did what, and what came of it.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::{Choice, Moment, Paging};

/// The audit log, newest first, a page at a time.
///
/// The filter is a GET form: `event`, `client`, `subject`, `from` and `to` (dates, UTC, both included).
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
    /// A subject, as the log has it.
    pub subject: &'a str,
    /// The first day: `2026-11-21`.
    pub from: &'a str,
    /// The last day.
    pub to: &'a str,
}

/// Something that happened.
pub struct EventRow {
    /// When.
    pub at: Moment,
    /// What: "client.secret_rotated".
    pub event: String,
    /// It was done; otherwise it was refused or failed.
    pub success: bool,
    /// Who did it. May be empty.
    pub actor: String,
    /// To what or whom. May be empty.
    pub subject: String,
    /// What else the log has: names and values, those before and after a change too.
    pub details: Vec<(&'static str, String)>,
}
