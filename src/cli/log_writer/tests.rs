//! The log under a reader that does not read.

use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::Value;
use tracing::{Dispatch, dispatcher::with_default, level_filters::LevelFilter};

use super::*;
use crate::{app::RECORD, cli::logging::log_to};

type Text = Arc<Mutex<Vec<u8>>>;

/// Says when somebody begins to write, and keeps them until the other end of `may_go` is dropped.
struct Blocked {
    begun: Sender<()>,
    may_go: Receiver<()>,
    text: Text,
}

impl Write for Blocked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = (self.begun.send(()), self.may_go.recv());
        self.text.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A log whose first line is on its way to a reader that does not read, and whose queue is full after it.
struct Stuck {
    writer: LogWriter,
    log: Dispatch,
    let_go: Sender<()>,
    text: Text,
}

/// More lines than there is room for: each has over 80 bytes.
const LINES: u64 = 20_000;

impl Stuck {
    fn new() -> Self {
        let ((begun, has_begun), (let_go, may_go), text) = (channel(), channel(), Text::default());
        let out = Blocked { begun, may_go, text: Arc::clone(&text) };
        let (writer, subscriber) = log_to(out, LevelFilter::INFO).unwrap();
        let log = Dispatch::new(subscriber);
        with_default(&log, || {
            tracing::info!(status = 0, "on its way");
            has_begun.recv().unwrap();
            (1..LINES).for_each(|n| tracing::info!(status = n, "in the queue, or lost"));
        });
        Self { writer, log, let_go, text }
    }

    /// Writes a line that must not be lost, in a thread that says when it is done.
    fn record(&self) -> Receiver<()> {
        let ((done, is_done), log) = (channel(), self.log.clone());
        thread::spawn(move || {
            with_default(&log, || tracing::info!(name: RECORD, target: "audit", "the record"));
            done.send(()).unwrap();
        });
        is_done
    }
}

fn lines(text: &Text) -> Vec<Value> {
    let text = String::from_utf8(text.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_full_queue_loses_lines_and_says_how_many_where_they_are_missing() {
    let Stuck { writer, log, let_go, text } = Stuck::new();

    drop(let_go);
    drop(writer);
    drop(log);

    let lines = lines(&text);
    let (loss, kept) = lines.split_last().unwrap();
    assert!(kept.iter().map(|line| line["status"].as_u64().unwrap()).eq(0..kept.len() as u64));
    assert_eq!((&loss["level"], loss["lost"].as_u64()), (&"WARN".into(), Some(LINES - kept.len() as u64)));
    assert!(kept.len() > 5_000, "{} lines in a mebibyte", kept.len());
}

/// D7: who needs a record waits for it.
#[test]
fn d7_a_record_waits_for_room() {
    let stuck = Stuck::new();

    let recorded = stuck.record();
    assert!(recorded.recv_timeout(RETRY).is_err(), "there is no room");
    drop(stuck.let_go);
    recorded.recv().unwrap();
    drop(stuck.writer);

    assert_eq!(lines(&stuck.text).last().unwrap()["message"], "the record");
}

#[test]
fn a_log_that_nobody_reads_keeps_nobody_from_ending() {
    let stuck = Stuck::new();
    let recorded = stuck.record();

    drop(stuck.writer);

    recorded.recv().unwrap();
    assert!(lines(&stuck.text).is_empty());
}

/// Fails now and then, and takes a few bytes at a time.
struct Faulty(usize, Text);

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => Err(io::ErrorKind::StorageFull.into()),
            7 => Ok(0),
            _ => self.1.lock().unwrap().write(&bytes[..bytes.len().min(7)]),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_write_that_fails_is_tried_again_where_it_ended() {
    let text = Text::default();
    let (writer, subscriber) = log_to(Faulty(0, Arc::clone(&text)), LevelFilter::INFO).unwrap();

    tracing::subscriber::with_default(subscriber, || (0..3).for_each(|n| tracing::info!(status = n, "a line")));
    drop(writer);

    assert!(lines(&text).iter().map(|line| line["status"].as_u64().unwrap()).eq(0..3));
}
