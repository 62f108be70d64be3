//! What the audit trail tells of: a closed list, one row for each event in `event/table.rs`.
//!
//! A row says everything about its event, so a new one without a meaning, a severity or an audience does not compile.
//! What an event is called in the audit trail, and whether it succeeded, is read by people and their programs: neither
//! changes.

mod sentence;
mod table;

use std::fmt;

use serde::{Serialize, Serializer};

pub use table::Event;

/// Whether what was tried was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused, or went wrong.
    Failure,
}

/// How much an event matters to whoever watches over the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The service in use: sign-ins, tokens. There are many, and one alone asks for nothing.
    Info,
    /// An account, a registration or a setting is another one now. Somebody may have to account for it.
    Notice,
    /// Something was refused or went wrong. One alone asks for nothing; many at once are a fault or an attack.
    Warning,
    /// A sign of theft, or an emergency measure. Somebody should look at each, soon.
    Alert,
}

/// Who sees an event. Auditors see all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Nobody else.
    Auditors,
    /// Also the user it is about, in their account, in these words: a key of `locales/*/events.ftl`.
    User(&'static str),
    /// Also whoever owns the client it is about.
    ClientOwner,
}

impl Outcome {
    /// `success` or `failure`
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

impl From<String> for Outcome {
    /// As the database has it, which knows no third one.
    fn from(text: String) -> Self {
        if text == "success" { Self::Success } else { Self::Failure }
    }
}

impl Severity {
    /// All, the least first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Notice, Self::Warning, Self::Alert];

    /// As logs and pages have it: `info`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Alert => "alert",
        }
    }
}

impl Event {
    /// The event that the audit trail calls this. `None`: another version of this program wrote it.
    #[must_use]
    pub fn find(name: &str, outcome: Outcome) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.name() == name && event.outcome() == outcome)
    }

    /// The key of the words that the user it is about reads. `None`: they do not see it.
    #[must_use]
    pub const fn words(self) -> Option<&'static str> {
        match self.audience() {
            Audience::User(key) => Some(key),
            Audience::Auditors | Audience::ClientOwner => None,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_event_is_found_by_what_the_record_has_of_it() {
        let mut seen = HashSet::new();
        for event in Event::ALL {
            assert!(seen.insert((event.name(), event.outcome())), "{event} is there twice");
            assert_eq!(Event::find(event.name(), Outcome::from(event.outcome().as_str().to_owned())), Some(*event));
        }
        assert_eq!(Event::find("sign_in.of_tomorrow", Outcome::Success), None);
        assert_eq!(Event::find("client.created", Outcome::Failure), None);
    }

    #[test]
    fn names_are_words_and_meanings_are_sentences() {
        for event in Event::ALL {
            let words = event.name().split(['.', '_']);
            assert!(words.into_iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())));
            let meaning = event.meaning();
            assert!(meaning.starts_with(|c: char| c.is_uppercase()) && meaning.ends_with('.'), "{event}: {meaning}");
        }
    }

    #[test]
    fn what_was_refused_is_no_mere_notice_unless_somebody_may_just_have_mistyped() {
        let harmless = [Event::SignInFailed, Event::FactorRefused, Event::PasswordRefused];
        for event in Event::ALL.iter().filter(|event| event.outcome() == Outcome::Failure) {
            assert_eq!(event.severity() < Severity::Warning, harmless.contains(event), "{event}");
        }
    }
}
