//! How well people must be signed in, as the console words it.

use super::form;
use crate::{protocol::assurance::Level, web::view::Choice};

/// A level in words, with its `acr` value.
#[must_use]
pub const fn in_words(level: Level) -> &'static str {
    match level {
        Level::Aal1 => "One factor (aal1)",
        Level::Aal2 => "Two factors (aal2)",
        Level::Phr => "Two factors, phishing-resistant (phr)",
    }
}

/// The levels, with this one chosen.
#[must_use]
pub fn choices(chosen: &str) -> Vec<Choice> {
    form::choose(Level::ALL.map(|level| Choice::new(level.as_str(), in_words(level), "")).to_vec(), chosen)
}
