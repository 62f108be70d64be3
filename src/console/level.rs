//! Minimum assurance levels, as the console words them.

use super::form;
use crate::{
    protocol::{assurance::Level, client_metadata::choices::LEVELS},
    web::view::Choice,
};

/// A level in words, with its `acr` value.
#[must_use]
pub fn in_words(level: Level) -> &'static str {
    let value = level.as_str();
    LEVELS.iter().find(|one| one.value == value).map_or(value, |one| one.label)
}

/// The levels, with this one chosen.
#[must_use]
pub fn choices(chosen: &str) -> Vec<Choice> {
    form::choose(LEVELS.iter().map(form::listed).collect(), chosen)
}
