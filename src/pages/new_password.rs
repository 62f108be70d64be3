//! The form for a new password, which invitation and recovery share: only a link leads to it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::outcome;
use crate::{
    accounts::{
        link::Purpose,
        new_password::{self, NotSet},
    },
    app::{Actor, App},
    language::Language,
    protocol::parameters::Parameters,
    web::{
        error_page::{ErrorPages, PageError},
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Asks for a new password.
#[derive(Template)]
#[template(path = "new_password.html")]
pub struct NewPassword<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// What it is for: an invitation, or a recovery.
    pub is_invitation: bool,
    /// Whose password it is. For password managers too.
    pub username: &'a str,
    /// The fewest characters that it may have.
    pub least: usize,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

impl NewPassword<'_> {
    const fn heading(&self) -> &'static str {
        if self.is_invitation { "invitation-heading" } else { "recovery-set-heading" }
    }
}

/// A request for one of the two pages.
pub(super) struct Visit<'a> {
    pub app: &'a App,
    pub pages: &'a ErrorPages,
    pub language: Language,
    pub purpose: Purpose,
    /// What the link says after its page.
    pub link: &'a str,
}

impl Visit<'_> {
    /// Asks. Nothing is used up.
    pub async fn show(&self) -> Response {
        self.render(&NO_ERRORS, StatusCode::OK).await.unwrap_or_else(|error| self.pages.answer(error))
    }

    /// Sets the password.
    pub async fn submit(&self, form: &Parameters, caller: &Actor) -> Response {
        let password = form.one("password").ok().flatten().unwrap_or_default();
        let set = new_password::set_by_link(self.app, self.purpose, self.link, password, caller).await;
        let (mut errors, mut is_busy) = (FormErrors::default(), false);
        match set {
            Ok(()) => return Redirect::to("/recover/done").into_response(),
            Err(NotSet::Weak(weakness)) => errors.add("password", weakness.message(self.language)),
            Err(NotSet::Busy) => {
                errors.add("password", self.language.text("password-busy"));
                is_busy = true;
            }
            Err(NotSet::Internal(error)) => return self.pages.answer(PageError::Internal(error)),
            Err(NotSet::Gone | NotSet::Wrong | NotSet::TooOften | NotSet::NoLongerAllowed) => {}
        }
        let shown = self.render(&errors, StatusCode::UNPROCESSABLE_ENTITY).await;
        let shown = shown.unwrap_or_else(|error| self.pages.answer(error));
        if is_busy { outcome::busy(shown) } else { shown }
    }

    async fn render(&self, errors: &FormErrors, status: StatusCode) -> Result<Response, PageError> {
        let Self { app, language, purpose, link, .. } = *self;
        let Some(user) = new_password::invited(app, purpose, link).await? else {
            return Ok(outcome::gone(app, language, Some("/recover")));
        };
        let shell = Shell::for_people(app, &language, None);
        let content = NewPassword {
            shell: &shell,
            action: &format!("/{}/{link}", purpose.page()),
            is_invitation: purpose == Purpose::Invitation,
            username: &user.username,
            least: new_password::owner(app, &user).await?.shortest(),
            errors,
        };
        Ok(shell.page(&content).with_status(status).into_response())
    }
}
