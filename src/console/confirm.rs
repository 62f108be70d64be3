//! The question before something is destroyed or taken away.

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

/// What is to be done.
#[derive(Clone, Copy)]
pub struct Act {
    /// The id of the form, and the last part of its path.
    pub id: &'static str,
    /// "Delete"
    pub verb: &'static str,
    /// "deleted"
    pub participle: &'static str,
}

impl Act {
    /// It is destroyed.
    pub const DELETE: Self = Self { id: "delete", verb: "Delete", participle: "deleted" };
    /// Nothing counts any more that was done with it.
    pub const WITHDRAW: Self = Self { id: "withdraw", verb: "Withdraw", participle: "withdrawn" };
}

/// Says what will stop working, and asks for the name to be typed (field `confirmation`).
#[derive(Template)]
#[template(path = "console/confirm.html")]
pub struct Confirm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is to be done.
    pub act: Act,
    /// To what: "client", "API", "role", "user", "key".
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

/// Something that may be destroyed or taken away.
pub(super) struct Doomed<'a> {
    pub section: Section,
    /// What is to be done.
    pub act: Act,
    /// To what: "client", "API", "role", "user", "key".
    pub kind: &'static str,
    /// What must be typed.
    pub name: &'a str,
    /// Where it is shown, for the way back.
    pub back: &'a str,
    /// Its own path; the act is one level below.
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
        let message = format!("The name is not the same. Nothing was {}.", self.act.participle);
        errors.add("confirmation", message);
        Err(Box::new(self.render(admin, &errors, StatusCode::UNPROCESSABLE_ENTITY)))
    }

    fn render(self, admin: &Administrator, errors: &FormErrors, status: StatusCode) -> Response {
        let shell = admin.shell(self.section);
        let content = Confirm {
            shell: &shell,
            act: self.act,
            kind: self.kind,
            name: self.name,
            back: self.back,
            action: &format!("{}/{}", self.path, self.act.id),
            consequences: self.consequences,
            errors,
        };
        shell.page(&content).with_status(status).into_response()
    }
}
