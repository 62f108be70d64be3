//! Roles: which scopes a user may give to clients.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::{ChoiceGroup, FormErrors, Notice};

/// All roles.
#[derive(Template)]
#[template(path = "console/roles.html")]
pub struct Roles<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The roles, by name.
    pub roles: Vec<RoleRow>,
}

/// A role in the list.
pub struct RoleRow {
    /// Its name, as tokens carry it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// It opens the console.
    pub administrative: bool,
    /// How many scopes it gives.
    pub scopes: usize,
    /// How many users have it.
    pub users: i64,
}

/// Adds a role, or changes one. `scopes` repeats for each scope.
#[derive(Template)]
#[template(path = "console/role_form.html")]
pub struct RoleForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The name of the role that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// `name`.
    pub name: &'a str,
    /// `description`.
    pub description: &'a str,
    /// `administrative`.
    pub administrative: bool,
    /// Each API's scopes.
    pub scopes: Vec<ChoiceGroup>,
}
