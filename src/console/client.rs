//! The page of one client.

use askama::Template;

use crate::console::audit::EventRow;
use crate::secret::Secret;
use crate::web::page::Shell;
use crate::web::view::{Choice, Moment, Notice};

/// One client: how it is set up, its secrets, code to call us with, what happened to it.
///
/// Its forms post to paths below its own: `/secrets` (`overlap`), `/enabled` (`enabled` = `true` or `false`).
#[derive(Template)]
#[template(path = "console/client.html")]
pub struct ClientPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now, and what will end soon.
    pub notices: Vec<Notice>,
    /// `client_id`.
    pub client_id: &'a str,
    /// `client_name`.
    pub name: &'a str,
    /// It may get tokens.
    pub enabled: bool,
    /// A secret that was made just now: the only page that ever shows it.
    pub new_secret: Option<&'a Secret>,
    /// How it is registered: names, and one or more values.
    pub settings: Vec<Setting>,
    /// Its secrets. `None`: it is a public client and has none.
    pub secrets: Option<Vec<SecretRow>>,
    /// How long the old secret lives on when it is rotated.
    pub overlaps: Vec<Choice>,
    /// The same request in several languages, at most four.
    pub snippets: Vec<Snippet>,
    /// What happened lately.
    pub history: Vec<EventRow>,
}

/// One line of how a client is registered.
pub struct Setting {
    /// What it is.
    pub name: &'static str,
    /// Its values; none is shown as "None".
    pub values: Vec<String>,
    /// The values are identifiers or URIs, set in a fixed width.
    pub code: bool,
}

/// A secret as we know it: by its end.
pub struct SecretRow {
    /// Its last four characters.
    pub last_four: String,
    /// When it was made.
    pub created: Moment,
    /// When it ends. `None`: never by itself.
    pub expires: Option<Moment>,
    /// When it last authenticated the client.
    pub last_used: Option<Moment>,
}

/// A request in one language, ready to paste.
pub struct Snippet {
    /// "curl", "Python" …
    pub language: &'static str,
    /// The code.
    pub text: String,
}

/// How long an old secret may live on beside the new one. The values are seconds.
#[must_use]
pub fn overlaps() -> Vec<Choice> {
    let chosen = Choice { chosen: true, ..Choice::new("86400", "24 hours", "") };
    vec![
        Choice::new("0", "Not at all: it stops working within 1 second", ""),
        Choice::new("3600", "1 hour", ""),
        chosen,
        Choice::new("604800", "7 days", ""),
    ]
}
