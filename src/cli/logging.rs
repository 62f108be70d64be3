//! The log: one JSON object on one line for each event.
//!
//! Only fields that are listed here are written, so that a value nobody has thought about cannot become a secret in a
//! log; texts are cut, and control characters escaped (LP-01, LP-02).

use std::{
    fmt::{Debug, Write as _},
    fs::File,
    io,
    os::fd::AsFd,
    sync::Arc,
};

use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    filter::{FilterExt, Targets, filter_fn},
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use super::log_writer::{LogWriter, Queue};
use crate::{app::RECORD, clock::Clock, server::request_id, web::access_log::cut};

/// What may be logged beside the time, the level and the target.
const FIELDS: [&str; 29] = [
    "message",
    "actor",
    "address",
    "client_id",
    "connections",
    "duration_ms",
    "ends_at",
    "error",
    "event",
    "event_id",
    "events",
    "ip",
    "issuer",
    "lost",
    "method",
    "outcome",
    "page",
    "panicked",
    "reason",
    "request_id",
    "requests",
    "route",
    "session",
    "severity",
    "status",
    "subject",
    "tls",
    "url",
    "version",
];

/// Targets of ours that are no module's path.
const OUR_TARGETS: [&str; 3] = ["access", "audit", "refusal"];

/// Begins to write what is at least this important to standard output, for as long as the returned value lives. Of
/// libraries only warnings are written. Of sqlx, which quotes statements, nothing: its errors come back to us anyway. And
/// nothing of h2, which warns of each frame that a client should not have sent, as often as the client likes.
/// What is the record itself is written at every level.
///
/// # Errors
/// There is no standard output, or no thread to write to it.
pub fn start(level: LevelFilter) -> io::Result<LogWriter> {
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let (writer, subscriber) = log_to(stdout, level)?;
    let _ = tracing::subscriber::set_global_default(subscriber); // the first call counts
    Ok(writer)
}

/// What writes lines there, and what makes them of what happens.
pub(super) fn log_to(
    out: impl io::Write + Send + 'static,
    level: LevelFilter,
) -> io::Result<(LogWriter, impl Subscriber + Send + Sync)> {
    let writer = LogWriter::start(out, loss)?;
    let ours = OUR_TARGETS.into_iter().chain(["portcullis"]);
    let important = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("sqlx", LevelFilter::OFF)
        .with_target("h2", LevelFilter::OFF)
        .with_targets(ours.map(|target| (target, level)));
    let record = filter_fn(|metadata| metadata.name() == RECORD).with_max_level_hint(LevelFilter::INFO);
    let lines = JsonLines(writer.queue()).with_filter(important.or(record));
    Ok((writer, registry().with(lines)))
}

/// Says that log lines were lost.
fn loss(lost: u64) -> String {
    let mut line = Line::new(Level::WARN, module_path!());
    line.0.insert("message".into(), "log lines were lost, because nobody read the log fast enough".into());
    line.0.insert("lost".into(), lost.into());
    line.into_text()
}

struct JsonLines(Arc<Queue>);

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut line = Line::new(*metadata.level(), metadata.target());
        if let Some(id) = request_id::current() {
            line.0.insert("request_id".into(), id.as_str().into());
        }
        event.record(&mut line);
        self.0.push(&line.into_text(), metadata.name() == RECORD);
    }
}

struct Line(Map<String, Value>);

impl Line {
    fn new(level: Level, target: &str) -> Self {
        let time = Clock::default().now().format(&Rfc3339).unwrap_or_default();
        let known = [("time", time.as_str()), ("level", level.as_str()), ("target", target)];
        Self(known.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect())
    }

    fn into_text(self) -> String {
        format!("{}\n", Value::Object(self.0))
    }

    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        if FIELDS.contains(&field.name()) {
            self.0.insert(field.name().to_owned(), value.into());
        }
    }
}

impl Visit for Line {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, cut(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}"); // what cannot write itself is logged as far as it came
        self.add(field, cut(&text));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn logged(level: LevelFilter, act: impl FnOnce()) -> Vec<Value> {
        let (mut reader, out) = io::pipe().unwrap();
        let (writer, subscriber) = log_to(out, level).unwrap();
        tracing::subscriber::with_default(subscriber, act);
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn lp_01_only_listed_fields_are_written() {
        let lines = logged(LevelFilter::TRACE, || {
            tracing::info!(target: "audit", event = "client.created", password = "canary", lines = ?["canary"], "done");
        });

        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((&line["event"], &line["message"]), (&"client.created".into(), &"done".into()));
        assert_eq!((&line["level"], &line["target"]), (&"INFO".into(), &"audit".into()));
        assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert!(!line.to_string().contains("canary"));
    }

    #[test]
    fn lp_02_an_event_is_one_line_however_long_its_text_is() {
        let lines = logged(LevelFilter::INFO, || {
            tracing::info!(target: "refusal", reason = format!("\r\n\u{1b}[31m{}", "a".repeat(1 << 20)));
        });

        assert_eq!(lines.len(), 1);
        assert!(lines[0]["reason"].as_str().is_some_and(|reason| reason.chars().count() == 257));
    }

    #[test]
    fn libraries_are_heard_when_they_warn_and_statements_never() {
        let lines = logged(LevelFilter::TRACE, || {
            tracing::trace!(target: "portcullis::app", "ours");
            tracing::info!(target: "hyper", "chatter");
            tracing::warn!(target: "hyper", "a warning");
            tracing::warn!(target: "sqlx::query", "select");
            tracing::warn!(target: "h2::proto::ping_pong", "recv PING ack that we never sent");
        });
        assert_eq!(lines.iter().map(|line| &line["message"]).collect::<Vec<_>>(), ["ours", "a warning"]);

        let lines = logged(LevelFilter::ERROR, || {
            tracing::warn!(target: "hyper", "a warning");
            tracing::info!(target: "audit", "an echo of the record");
            tracing::info!(name: RECORD, target: "audit", "the record itself");
        });
        assert_eq!(lines.iter().map(|line| &line["message"]).collect::<Vec<_>>(), ["the record itself"]);
    }
}
