//! The APIs that accept our tokens, and their scopes.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::{FormErrors, Moment, Notice};

/// All APIs.
#[derive(Template)]
#[template(path = "console/apis.html")]
pub struct Apis<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The APIs, by name.
    pub apis: Vec<ApiRow>,
}

/// An API in the list.
pub struct ApiRow {
    /// Its id, for its address.
    pub api_id: String,
    /// What people call it.
    pub name: String,
    /// The audience of its tokens.
    pub identifier: String,
    /// How many scopes it has.
    pub scopes: usize,
}

/// Registers an API, or changes one.
#[derive(Template)]
#[template(path = "console/api_form.html")]
pub struct ApiForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The id of the API that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// The row's revision when the form was shown.
    pub revision: i32,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// `name`.
    pub name: &'a str,
    /// `identifier`.
    pub identifier: &'a str,
    /// `scopes`: one a line, a name and its description with a space between.
    pub scopes: &'a str,
    /// `access_token_lifetime`: seconds; empty for the client's own.
    pub access_token_lifetime: &'a str,
    /// `roles_in_token`.
    pub roles_in_token: bool,
}

/// One API.
#[derive(Template)]
#[template(path = "console/api.html")]
pub struct ApiPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// Its id, for its address.
    pub api_id: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// The audience of its tokens.
    pub identifier: &'a str,
    /// Seconds. `None`: the client's own.
    pub access_token_lifetime: Option<i32>,
    /// Its tokens name the person's roles.
    pub roles_in_token: bool,
    /// When it was registered.
    pub created: Moment,
    /// Its scopes, by name.
    pub scopes: Vec<ScopeRow>,
}

/// A scope of an API.
pub struct ScopeRow {
    /// As clients ask for it.
    pub name: String,
    /// As people are asked for it.
    pub description: String,
    /// The roles that give it.
    pub roles: Vec<String>,
}
