//! The end of an account, at the wish of its user.

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use super::{Person, RecentPerson};
use crate::{
    accounts::users,
    app::App,
    authentication::cookies,
    pages::outcome::{self, Said},
    registry::ChangeError,
    web::{
        error_page::ErrorPages,
        form::PageForm,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Says what will end, and asks for the username to be typed (field `confirmation`).
#[derive(Template)]
#[template(path = "account/delete.html")]
pub struct Deletion<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What must be typed.
    pub username: &'a str,
    /// Why nothing was deleted.
    pub errors: &'a FormErrors,
}

/// Asks.
pub async fn show(person: RecentPerson) -> Response {
    render(&person, &NO_ERRORS)
}

/// Deletes the account, if its name was typed.
pub async fn submit(person: RecentPerson, PageForm(form): PageForm) -> Response {
    person
        .answer(async {
            let mut errors = FormErrors::default();
            if form.one("confirmation").ok().flatten().map(str::trim) != Some(&person.user.username) {
                errors.add("confirmation", person.language.text("delete-mismatch"));
                return Ok(render(&person, &errors));
            }
            match users::delete(&person.app, &person.by, person.user.user_id).await {
                Ok(()) => Ok((cookies::SESSION.delete(), Redirect::to("/account-deleted")).into_response()),
                Err(ChangeError::NotPermitted(_)) => {
                    errors.add("confirmation", person.language.text("delete-last"));
                    Ok(render(&person, &errors))
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
}

/// Says that it is done, to somebody who is no longer signed in.
pub async fn done(State(app): State<App>, pages: ErrorPages, headers: HeaderMap) -> Response {
    let said = Said { heading: "delete-done", what: "delete-done-what", onward: None };
    outcome::page(&app, &headers, said).await.unwrap_or_else(|error| pages.answer(error))
}

fn render(person: &Person, errors: &FormErrors) -> Response {
    let shell = person.shell();
    let content = Deletion { shell: &shell, username: &person.user.username, errors };
    shell.page(&content).with_status(errors.status()).into_response()
}
