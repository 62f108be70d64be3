//! A forgotten password: a link is mailed to whoever is meant, and everybody gets the same answer (LG-01).

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
    web::{
        caller::Caller,
        error_page::{ErrorPages, PageError},
        form::PageForm,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Longer names and addresses there are not.
const LONGEST: usize = 254;

/// Asks who forgot their password (field `username`).
#[derive(Template)]
#[template(path = "recovery.html")]
pub struct Recovery<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

/// Asks who it is.
pub async fn ask(State(app): State<App>, language: Language) -> Response {
    render(&app, language, &NO_ERRORS)
}

/// Lets a link be mailed, if there is such an account.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    language: Language,
    PageForm(form): PageForm,
) -> Response {
    let typed = form.one("username").ok().flatten().map(str::trim).unwrap_or_default();
    if typed.is_empty() || typed.chars().count() > LONGEST {
        let mut errors = FormErrors::default();
        errors.add("username", language.text("recovery-empty"));
        return (StatusCode::UNPROCESSABLE_ENTITY, render(&app, language, &errors)).into_response();
    }
    match link_request::ask(&app, Purpose::Recovery, typed, language, &caller).await {
        Ok(()) => Redirect::to("/recover/sent").into_response(),
        Err(error) => pages.answer(PageError::Internal(error)),
    }
}

/// Says where to look.
pub async fn sent(State(app): State<App>, pages: ErrorPages, headers: HeaderMap) -> Response {
    let said = Said { heading: "recovery-sent", what: "recovery-sent-what", onward: None };
    outcome::page(&app, &headers, said).await.unwrap_or_else(|error| pages.answer(error))
}

fn render(app: &App, language: Language, errors: &FormErrors) -> Response {
    let shell = Shell::for_people(app, &language, None);
    shell.page(&Recovery { shell: &shell, errors }).into_response()
}
