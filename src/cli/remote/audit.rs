//! `portcullis audit --server`

use anyhow::Result;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Server;
use crate::{
    admin_api::operations as op,
    cli::{
        answer::Answer,
        audit::{AuditCommand, COLUMNS},
    },
};

/// Does what the command says, through the server.
pub async fn run(command: AuditCommand, server: &Server) -> Result<Answer> {
    let AuditCommand::List { event, client, subject, actor, since, until, limit } = command;
    let text = |time: Option<OffsetDateTime>| time.map(|time| time.format(&Rfc3339)).transpose();
    let (from, until) = (text(since)?, text(until)?);
    let query = [
        ("event", event.as_deref()),
        ("client_id", client.as_deref()),
        ("subject", subject.as_deref()),
        ("actor", actor.as_deref()),
        ("from", from.as_deref()),
        ("until", until.as_deref()),
    ];
    let events = server.list(&op::LIST_EVENTS, &query, usize::try_from(limit).ok()).await?;
    Ok(Answer::list(events, COLUMNS)?)
}
