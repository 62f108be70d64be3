//! `portcullis audit --server`

use anyhow::Result;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    admin_api::operations as op,
    app::App,
    cli::{
        answer::Answer,
        audit::{AuditCommand, COLUMNS},
        installation::Administration,
        server::Server,
    },
};

impl Administration for AuditCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        let Self::List { event, client, subject, actor, since, until, limit } = self;
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
}
