//! What became, or would become, of what moves here from elsewhere.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;
use serde_json::json;

use super::answer::Answer;
use crate::{policy::moving::Note, registry::ChangeError};

/// What becomes of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is taken as it is.
    Taken,
    /// It is taken, and something is different here.
    Changed,
    /// There is one already, which stays as it is.
    Exists,
    /// It cannot come as it is.
    Refused,
}

/// One thing, and what becomes of it.
#[derive(Serialize)]
pub struct Line {
    /// What it is: `clients`, `roles`, `users`.
    #[serde(skip)]
    pub kind: &'static str,
    /// Its id, or what it is called.
    pub name: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What is different or wrong, and what to do.
    pub notes: Vec<Note>,
    /// The secret that was made for it, which is shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// All of it, in the order in which it came.
pub struct Report {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Each thing.
    pub lines: Vec<Line>,
}

impl Line {
    /// A thing that can come.
    pub fn taken(kind: &'static str, name: impl Into<String>, notes: Vec<Note>) -> Self {
        let outcome = if notes.is_empty() { Outcome::Taken } else { Outcome::Changed };
        Self { kind, name: name.into(), outcome, notes, client_secret: None }
    }

    /// A thing that cannot.
    pub fn refused(kind: &'static str, name: impl Into<String>, why: &ChangeError) -> Self {
        let notes = match why {
            ChangeError::Invalid(refusals) => {
                refusals.iter().map(|refusal| Note::new(refusal.field, refusal.message.clone())).collect()
            }
            other => vec![Note::new("", other.to_string())],
        };
        Self { kind, name: name.into(), outcome: Outcome::Refused, notes, client_secret: None }
    }
}

impl Report {
    /// As a command prints it.
    ///
    /// # Errors
    /// It has no JSON form.
    pub fn answer(&self) -> serde_json::Result<Answer> {
        let mut kinds = BTreeMap::<&str, Vec<&Line>>::new();
        for line in &self.lines {
            kinds.entry(line.kind).or_default().push(line);
        }
        let counts = self.counts();
        let count = |outcome| counts.get(&outcome).copied().unwrap_or_default();
        let mut value = json!({
            "dry_run": self.dry_run, "taken": count(Outcome::Taken), "changed": count(Outcome::Changed),
            "exists": count(Outcome::Exists), "refused": count(Outcome::Refused),
        });
        for (kind, lines) in kinds {
            value[kind] = serde_json::to_value(lines)?;
        }
        Ok(Answer::told(value, self.text(&counts)))
    }

    fn counts(&self) -> BTreeMap<Outcome, usize> {
        let mut counts = BTreeMap::new();
        self.lines.iter().for_each(|line| *counts.entry(line.outcome).or_default() += 1);
        counts
    }

    /// For people: what is taken as it is needs no line, unless it has a secret to tell.
    fn text(&self, counts: &BTreeMap<Outcome, usize>) -> String {
        let mut text = String::new();
        for line in &self.lines {
            if line.outcome == Outcome::Taken && line.client_secret.is_none() {
                continue;
            }
            let outcome = words(line.outcome);
            let kind = line.kind.trim_end_matches('s');
            let _ = writeln!(text, "{outcome:8} {kind} {}", plain(&line.name)); // a String takes everything
            for Note { field, message } in &line.notes {
                let field = if field.is_empty() { String::new() } else { format!("{}: ", plain(field)) };
                let _ = writeln!(text, "         {field}{}", plain(message));
            }
            if let Some(secret) = &line.client_secret {
                let _ = writeln!(text, "         client_secret: {secret}");
            }
        }
        let told = counts.iter().map(|(outcome, count)| format!("{count} {}", words(*outcome))).collect::<Vec<_>>();
        let end = if self.dry_run { " Nothing was written: this was a dry run." } else { "" };
        let _ =
            writeln!(text, "In all: {}.{end}", if told.is_empty() { "nothing".to_owned() } else { told.join(", ") });
        text
    }
}

fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Taken => "taken",
        Outcome::Changed => "changed",
        Outcome::Exists => "exists",
        Outcome::Refused => "refused",
    }
}

/// Control characters could do anything to a terminal.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}
