//! Changing the password, by a user who signed in a moment ago.

use askama::Template;
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use super::{Person, RecentPerson, notices};
use crate::{
    accounts::new_password::{self, Changer, NotSet},
    pages::outcome,
    store::passwords,
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::Shell,
        view::{FormErrors, NO_ERRORS, Notice},
    },
};

/// Asks for the present password, if there is one (field `current`), and for a new one (field `password`).
#[derive(Template)]
#[template(path = "account/password.html")]
pub struct PasswordPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// For password managers.
    pub username: &'a str,
    /// Whether there is a password to give.
    pub has_password: bool,
    /// The fewest characters that a new one may have.
    pub least: usize,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

/// Asks.
pub async fn show(person: RecentPerson, Query(query): Query) -> Response {
    let notices = notices::done(&person, &query, &[("changed", "password-changed")]);
    person.answer(render(&person, notices, &NO_ERRORS)).await
}

/// Changes it.
pub async fn submit(person: RecentPerson, headers: HeaderMap, PageForm(form): PageForm) -> Response {
    let text = |field| form.one(field).ok().flatten().unwrap_or_default();
    let changer = Changer { user: &person.user, by: &person.by, headers: &headers, now: person.now };
    let outcome = new_password::change(&person.app, &changer, text("current"), text("password")).await;
    person
        .answer(async {
            let (mut errors, mut is_busy) = (FormErrors::default(), false);
            match outcome {
                Ok(()) => return Ok(Redirect::to("/account/password?done=changed").into_response()),
                Err(NotSet::Wrong) => errors.add("current", person.language.text("password-wrong")),
                Err(NotSet::TooOften) => errors.add("current", person.language.text("password-too-often")),
                Err(NotSet::Weak(weakness)) => errors.add("password", weakness.message(person.language)),
                Err(NotSet::Busy) => {
                    errors.add("password", person.language.text("password-busy"));
                    is_busy = true;
                }
                Err(NotSet::Gone) => return Err(PageError::gone()),
                Err(NotSet::NoLongerAllowed) => return Err(PageError::no_longer_allowed()),
                Err(NotSet::Internal(error)) => return Err(PageError::Internal(error)),
            }
            let shown = render(&person, Vec::new(), &errors).await?;
            Ok(if is_busy { outcome::busy(shown) } else { shown })
        })
        .await
}

async fn render(person: &Person, notices: Vec<Notice>, errors: &FormErrors) -> Result<Response, PageError> {
    let (app, user) = (&person.app, &person.user);
    let shell = person.shell();
    let content = PasswordPage {
        shell: &shell,
        notices,
        username: &user.username,
        has_password: passwords::hash_of(&app.db, user.user_id).await?.is_some(),
        least: new_password::owner(app, user).await?.shortest(),
        errors,
    };
    Ok(shell.page(&content).with_status(errors.status()).into_response())
}
