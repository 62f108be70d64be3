//! The question before something is destroyed.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::session::Administrator;
use crate::{
    protocol::parameters::Parameters,
    web::{
        page::{Section, Shell},
        view::{FormErrors, NO_ERRORS},
    },
};

/// Says what will stop working, and asks for the name to be typed (field `confirmation`).
#[derive(Template)]
#[template(path = "console/confirm.html")]
pub struct Confirm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is destroyed: "client", "API", "role", "user".
    pub kind: &'static str,
    /// Its name, which must be typed.
    pub name: &'a str,
    /// Where it is shown, for the way back.
    pub back: &'a str,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// What will stop working, a sentence each.
    pub consequences: Vec<String>,
    /// The name was not typed right.
    pub errors: &'a FormErrors,
}

/// Something that may be destroyed.
pub(super) struct Doomed<'a> {
    pub section: Section,
    /// "client", "API", "role", "user".
    pub kind: &'static str,
    /// What must be typed.
    pub name: &'a str,
    /// Where it is shown; `/delete` below it destroys it.
    pub path: &'a str,
    /// What will stop working, a sentence each.
    pub consequences: Vec<String>,
}

impl Doomed<'_> {
    /// The question.
    pub fn ask(self, admin: &Administrator) -> Response {
        self.render(admin, &NO_ERRORS, StatusCode::OK)
    }

    /// The question again, unless the name was typed.
    ///
    /// # Errors
    /// The page to answer with.
    pub fn confirmed(self, admin: &Administrator, form: &Parameters) -> Result<(), Box<Response>> {
        if form.one("confirmation").ok().flatten().map(str::trim) == Some(self.name) {
            return Ok(());
        }
        let mut errors = FormErrors::default();
        errors.add("confirmation", "The name is not the same. Nothing was deleted.");
        Err(Box::new(self.render(admin, &errors, StatusCode::UNPROCESSABLE_ENTITY)))
    }

    fn render(self, admin: &Administrator, errors: &FormErrors, status: StatusCode) -> Response {
        let shell = admin.shell(self.section);
        let content = Confirm {
            shell: &shell,
            kind: self.kind,
            name: self.name,
            back: self.path,
            action: &format!("{}/delete", self.path),
            consequences: self.consequences,
            errors,
        };
        shell.page(&content).with_status(status).into_response()
    }
}
