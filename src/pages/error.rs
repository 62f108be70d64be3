//! The page for everything that cannot go on: what went wrong, whose turn it is, the id for the log.

use askama::Template;

use crate::web::page::Shell;

/// Says what went wrong. What came from outside is shown as text and never as a link.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What went wrong, in a few words.
    pub heading: &'a str,
    /// What went wrong, in a sentence or two.
    pub what: &'a str,
    /// The value that is wrong, as it came.
    pub detail: Option<&'a str>,
    /// Who can do something about it.
    pub turn: Turn,
    /// The request's id, under which the log has the rest.
    pub id: &'a str,
}

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The person in front of the page.
    Person,
    /// Whoever wrote the application that sent the browser here.
    Developer,
    /// Whoever runs this server.
    Us,
}

impl Turn {
    const fn heading(self) -> &'static str {
        match self {
            Self::Person => "What you can do",
            Self::Developer => "It is the application’s turn",
            Self::Us => "It is our turn",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Person => "Go back to the application and start again from there.",
            Self::Developer => {
                "The application sent you here with a request that we cannot accept. You did nothing wrong, and trying \
                 again will not help. Tell the people who make the application, and give them this page."
            }
            Self::Us => "Something failed on our side. You did nothing wrong. Try again in a few minutes.",
        }
    }
}
