//! What an operation that changes something is sent, and what it is to change.

use super::answer::Object;
use crate::{policy::change::Change, secret::Secret};

/// What is sent to an operation.
pub(super) struct Sent {
    /// Which thing it is about: the last part of its path. Empty: a new one.
    pub id: String,
    /// The revision that the caller saw.
    pub revision: i32,
    /// The body.
    pub body: Object,
}

/// What an operation is to change, and the secret that is told this once.
pub(super) struct Asked {
    /// The change.
    pub change: Change,
    /// The secret of a client that is registered.
    pub secret: Option<Secret>,
}

impl From<Change> for Asked {
    fn from(change: Change) -> Self {
        Self { change, secret: None }
    }
}
