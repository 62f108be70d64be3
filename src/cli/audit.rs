//! `portcullis audit`: the audit trail of what was done.

use anyhow::Result;
use clap::{Subcommand, value_parser};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::answer::Answer;
use crate::{
    app::App,
    store::audit_events::{self, Filter},
};

/// What a table shows of them.
pub const COLUMNS: &[&str] = &["at", "event", "count", "outcome", "actor", "subject", "client_id", "reason"];

#[derive(Subcommand)]
pub enum AuditCommand {
    /// List events, the newest first.
    List {
        /// Only this event, such as client.created, or a kind of them, such as client.
        #[arg(long)]
        event: Option<String>,
        /// Only events that concern the client with this id.
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
        /// Only events about this user, API, role or key, such as user:ID.
        #[arg(long)]
        subject: Option<String>,
        /// Only events of what this user or client did, such as user:ID, or cli or system.
        #[arg(long)]
        actor: Option<String>,
        /// Only events from this time on, such as 2026-01-31T00:00:00Z.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        since: Option<OffsetDateTime>,
        /// Only events before this time.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<OffsetDateTime>,
        /// How many events at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
}

impl AuditCommand {
    /// Does what it says on the database.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        let Self::List { event, client, subject, actor, since, until, limit } = self;
        let filter = Filter {
            event: event.as_deref(),
            client_id: client.as_deref(),
            subject: subject.as_deref(),
            actor: actor.as_deref(),
            from: since,
            until,
            before: None,
        };
        let events = audit_events::list(&app.db, &filter, limit).await?;
        Ok(Answer::list(events, COLUMNS)?)
    }
}

fn moment(text: &str) -> Result<OffsetDateTime, &'static str> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "write a time as in RFC 3339, such as 2026-01-31T00:00:00Z")
}
