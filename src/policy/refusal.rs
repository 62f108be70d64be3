//! Why a change cannot be made: which field is wrong, what is wrong with it, and what to do.

use serde::Serialize;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Refusal {
    /// The field by its name in RFC 7591, or by our own where the RFC has none: as JSON and forms name it.
    pub field: &'static str,
    /// What kind of fault it is, for programs.
    pub code: Fault,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It must be given.
    Required,
    /// It has not the form that it must have.
    Malformed,
    /// It has too many characters.
    TooLong,
    /// There are too many of them.
    TooMany,
    /// The number is too small or too large.
    OutOfBounds,
    /// There is such a thing, but not here: not for this type of client, or not together with another field.
    NotAllowed,
    /// There is no such thing.
    Unknown,
    /// It must be unique, and something else has it already.
    Taken,
    /// It never changes.
    Fixed,
}

impl Refusal {
    /// This field has this fault.
    #[must_use]
    pub fn new(field: &'static str, code: Fault, message: impl Into<String>) -> Self {
        Self { field, code, message: message.into() }
    }
}
