//! Opening an account, if the installation lets users do that: first the address is shown to be theirs.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use super::outcome::{self, Said};
use crate::{
    accounts::{link::Purpose, link_request},
    app::App,
    language::Language,
    policy::email_address::EmailAddress,
    web::{
        caller::Caller,
        error_page::{ErrorPages, PageError},
        form::PageForm,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// The longest username, in characters.
const LONGEST: usize = 100;

/// Asks for the address (field `email`).
#[derive(Template)]
#[template(path = "registration.html")]
pub struct Registration<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was typed.
    pub email: &'a str,
    /// What is wrong with that.
    pub errors: &'a FormErrors,
}

/// Asks for the address.
pub async fn ask(State(app): State<App>, pages: ErrorPages, language: Language) -> Response {
    if app.settings.registration { render(&app, language, "", &NO_ERRORS) } else { pages.answer(closed()) }
}

/// Lets a link be mailed there. The answer is the same whether there is an account already (LG-01).
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    language: Language,
    PageForm(form): PageForm,
) -> Response {
    if !app.settings.registration {
        return pages.answer(closed());
    }
    let typed = form.one("email").ok().flatten().map(str::trim).unwrap_or_default();
    if typed.len() > LONGEST || typed.parse::<EmailAddress>().is_err() {
        let mut errors = FormErrors::default();
        errors.add("email", language.text("registration-malformed"));
        return (StatusCode::UNPROCESSABLE_ENTITY, render(&app, language, typed, &errors)).into_response();
    }
    match link_request::ask(&app, Purpose::Registration, typed, language, &caller).await {
        Ok(()) => Redirect::to("/register/sent").into_response(),
        Err(error) => pages.answer(PageError::Internal(error)),
    }
}

/// Says where to look.
pub async fn sent(State(app): State<App>, pages: ErrorPages, headers: HeaderMap) -> Response {
    let said = Said { heading: "registration-sent", what: "registration-sent-what", onward: None };
    outcome::page(&app, &headers, said).await.unwrap_or_else(|error| pages.answer(error))
}

fn closed() -> PageError {
    PageError::Person(StatusCode::NOT_FOUND, "error-no-page", "error-no-page-what")
}

fn render(app: &App, language: Language, email: &str, errors: &FormErrors) -> Response {
    let shell = Shell::for_people(app, &language, None);
    shell.page(&Registration { shell: &shell, email, errors }).into_response()
}
