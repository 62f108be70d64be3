//! Everything that a filter of the audit log finds, as a file that is written while it is read.

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::{filter, sentence::Names};
use crate::{
    console::{export::csv_text, form, session::Administrator},
    store::audit_events::{Place, RecordedEvent, Search, search},
    web::{form::Query, streamed, view::FormErrors},
};

/// The most events of one file.
const MOST: usize = 100_000;
/// Events that are read at once.
const BATCH: usize = 500;
/// How often the search goes on: what is rarer than this finds is narrowed down by time.
const MOST_SEARCHES: usize = 2_000;

const COLUMNS: [&str; 17] = [
    "at",
    "what",
    "event",
    "outcome",
    "actor",
    "subject",
    "client_id",
    "reason",
    "ip",
    "user_agent",
    "request_id",
    "session",
    "before",
    "after",
    "count",
    "event_id",
    "node",
];

#[derive(Clone, Copy)]
enum Format {
    Csv,
    JsonLines,
}

/// The file: at most 100,000 events, the newest first.
pub(in crate::console) async fn download(admin: Administrator, Query(query): Query) -> Response {
    let work = async {
        let query = form::strict(&query, &[])?;
        let (format, kind, ending) = match form::text(query, "format") {
            "csv" => (Format::Csv, "text/csv; charset=utf-8", "csv"),
            "jsonl" => (Format::JsonLines, "application/jsonl", "jsonl"),
            _ => return Err(form::unreadable("“format” must be csv or jsonl.")),
        };
        let mut errors = FormErrors::default();
        let wanted = filter::search(&admin, query, &mut errors).await?;
        if let Some(error) = errors.all().first() {
            return Err(form::unreadable(&error.message));
        }
        Ok((format, kind, ending, wanted))
    };
    let (format, kind, ending, wanted) = match work.await {
        Ok(wanted) => wanted,
        Err(error) => return admin.answer(async { Err(error) }).await,
    };
    let name = format!("attachment; filename=\"audit-{}.{ending}\"", admin.now.date());
    let (sender, body) = streamed::body();
    tokio::spawn(async move {
        if let Err(error) = write(&admin, wanted, format, &sender).await {
            tracing::error!(%error, "an export of the audit log ended early");
            streamed::fail(&sender).await;
        }
    });
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (headers, [(header::CONTENT_DISPOSITION, name)], Body::new(body)).into_response()
}

async fn write(
    admin: &Administrator,
    mut wanted: Search,
    format: Format,
    file: &Sender<streamed::Part>,
) -> sqlx::Result<()> {
    let head = COLUMNS.join(",") + "\r\n";
    if matches!(format, Format::Csv) && file.send(Ok(Bytes::from(head))).await.is_err() {
        return Ok(());
    }
    let mut left = MOST;
    for _ in 0..MOST_SEARCHES {
        let found = search(&admin.app.db, &wanted, BATCH.min(left)).await?;
        let names = Names::of(admin, &found.events).await?;
        let lines = found.events.iter().map(|event| match format {
            Format::Csv => csv_line(&names, event),
            Format::JsonLines => serde_json::to_string(event).unwrap_or_default() + "\n",
        });
        left -= found.events.len();
        // Whoever downloads may have gone.
        if file.send(Ok(Bytes::from(lines.collect::<String>()))).await.is_err() || left == 0 {
            break;
        }
        let last = found.events.last().filter(|_| found.has_more).map(|event| event.event_id);
        let Some(next) = found.looked_to.or(last) else { break };
        wanted.place = Place::OlderThan(next);
    }
    Ok(())
}

fn csv_line(names: &Names<'_>, event: &RecordedEvent) -> String {
    let what = names.sentence(event).into_iter().map(|piece| piece.text).collect::<String>();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let at = event.at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    let fields: [String; COLUMNS.len()] = [
        at,
        what,
        event.event.clone(),
        event.outcome.as_str().to_owned(),
        text(&event.actor),
        text(&event.subject),
        text(&event.client_id),
        text(&event.reason),
        text(&event.ip),
        text(&event.user_agent),
        text(&event.request_id),
        text(&event.session_hash),
        json(&event.before),
        json(&event.after),
        event.count.to_string(),
        event.event_id.to_string(),
        event.node.clone(),
    ];
    fields.map(|field| csv_text(&field)).join(",") + "\r\n"
}
