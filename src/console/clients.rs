//! The list of clients.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::{Choice, Moment, Notice, Paging};

/// All clients, a page at a time. The filter is a GET form: `q` (in name or id) and `type`.
#[derive(Template)]
#[template(path = "console/clients.html")]
pub struct Clients<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// What is searched for.
    pub query: &'a str,
    /// The types, "" for all of them first.
    pub types: Vec<Choice>,
    /// What was found.
    pub clients: Vec<ClientRow>,
    /// The ways on.
    pub paging: Paging,
}

/// A client in the list.
pub struct ClientRow {
    /// `client_id`.
    pub client_id: String,
    /// `client_name`.
    pub name: String,
    /// What a person calls its type: "Web application".
    pub type_name: &'static str,
    /// It may get tokens.
    pub enabled: bool,
    /// When it last authenticated.
    pub last_used: Option<Moment>,
}

impl Clients<'_> {
    /// The list is narrowed down, so that being empty says little.
    fn filtered(&self) -> bool {
        !self.query.is_empty() || self.types.iter().any(|choice| choice.chosen && !choice.value.is_empty())
    }
}
