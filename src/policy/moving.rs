//! What moves here from other servers: descriptions of clients ([`document`]) and the exports of whole installations.
//!
//! What is not known here is left out, and said; what would make somebody less safe than they are there is refused. So each
//! thing that comes has notes on what became of it ([`Note`]), and nobody finds out later.

pub mod document;
pub mod hydra;
pub mod keycloak;
pub(super) mod members;
pub mod password;

use serde::Serialize;

/// What is different here, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The member that it is about, by its name there.
    pub field: String,
    /// What became of it, as a sentence.
    pub message: String,
}

impl Note {
    /// A note on this member.
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
