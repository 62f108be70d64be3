//! The keys that sign our tokens.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::{Choice, Moment, Notice};

/// All keys that the key set publishes. The form `rotate` posts `alg` to `/admin/keys/rotate`.
#[derive(Template)]
#[template(path = "console/keys.html")]
pub struct Keys<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The keys, by algorithm, then next, active, retiring.
    pub keys: Vec<KeyRow>,
    /// The algorithms that there are keys for.
    pub algs: Vec<Choice>,
}

/// A signing key.
pub struct KeyRow {
    /// Its id: the RFC 7638 thumbprint.
    pub kid: String,
    /// The algorithm it signs by.
    pub alg: String,
    /// What it is used for now.
    pub state: KeyState,
    /// When it was made.
    pub created: Moment,
    /// When it began to sign.
    pub activated: Option<Moment>,
}

/// What a key is used for, as people read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, so that everybody knows it before it signs.
    Next,
    /// Signs.
    Active,
    /// Published until the last token that it signed has ended.
    Retiring,
}

impl KeyState {
    const fn name(self) -> &'static str {
        match self {
            Self::Next => "Next",
            Self::Active => "Active",
            Self::Retiring => "Retiring",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Next => "plain",
            Self::Active => "good",
            Self::Retiring => "soon",
        }
    }
}
