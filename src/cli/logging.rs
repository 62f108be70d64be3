//! The log: one JSON object on one line for each event.
//!
//! Only fields that are listed here are written, so that a value nobody has thought about cannot become a secret in a
//! log; texts are cut, and control characters escaped (LP-01, LP-02).

use std::{
    fmt::{Debug, Write as _},
    io::{self, Write as _},
};

use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    filter::Targets,
    fmt::MakeWriter,
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use crate::{
    clock::Clock,
    web::{access_log::cut, request_id},
};

/// What may be logged beside the time, the level and the target.
const FIELDS: [&str; 24] = [
    "message",
    "actor",
    "address",
    "client_id",
    "duration_ms",
    "error",
    "event",
    "event_id",
    "events",
    "ip",
    "issuer",
    "method",
    "outcome",
    "page",
    "panicked",
    "reason",
    "request_id",
    "requests",
    "route",
    "session",
    "status",
    "subject",
    "url",
    "version",
];

/// Targets of ours that are no module's path.
const OUR_TARGETS: [&str; 3] = ["access", "audit", "refusal"];

/// Begins to write what is at least this important to standard output. Of libraries only warnings are written, and of
/// sqlx, which quotes statements, nothing: its errors come back to us anyway. A second call changes nothing.
pub fn start(level: LevelFilter) {
    let _ = tracing::subscriber::set_global_default(subscriber(level, io::stdout));
}

fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let ours = OUR_TARGETS.into_iter().chain(["portcullis"]);
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("sqlx", LevelFilter::OFF)
        .with_targets(ours.map(|target| (target, level)));
    registry().with(JsonLines { writer, clock: Clock::default() }.with_filter(filter))
}

struct JsonLines<W> {
    writer: W,
    clock: Clock,
}

impl<S: Subscriber, W: for<'a> MakeWriter<'a> + 'static> Layer<S> for JsonLines<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (metadata, time) = (event.metadata(), self.clock.now().format(&Rfc3339));
        let mut line = Line(Map::new());
        line.0.insert("time".into(), time.unwrap_or_default().into());
        line.0.insert("level".into(), metadata.level().as_str().into());
        line.0.insert("target".into(), metadata.target().into());
        if let Some(id) = request_id::current() {
            line.0.insert("request_id".into(), id.as_str().into());
        }
        event.record(&mut line);
        // In one piece, so that lines of different threads do not mix. Where nobody reads the log, nobody can be told.
        let _ = self.writer.make_writer_for(metadata).write_all(format!("{}\n", Value::Object(line.0)).as_bytes());
    }
}

struct Line(Map<String, Value>);

impl Line {
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
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LevelFilter, act: impl FnOnce()) -> Vec<Value> {
        let log = Log::default();
        let writer = log.clone();
        tracing::subscriber::with_default(subscriber(level, move || writer.clone()), act);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
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
        });
        assert_eq!(lines.iter().map(|line| &line["message"]).collect::<Vec<_>>(), ["ours", "a warning"]);

        let lines = logged(LevelFilter::ERROR, || tracing::warn!(target: "hyper", "a warning"));
        assert!(lines.is_empty(), "{lines:?}");
    }
}
