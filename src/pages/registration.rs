//! Opening an account, if the installation lets people do that: first the address is shown to be theirs.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::outcome;
use crate::{
    accounts::{
        link::{self, Purpose},
        link_request,
        new_password::NotSet,
        registration,
    },
    app::App,
    authentication::password_policy::SHORTEST_ALONE,
    language::Language,
    policy::{email_address::EmailAddress, text},
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

/// Asks for the rest (fields `name` and `password`), once the address has been shown to be theirs.
#[derive(Template)]
#[template(path = "registration_form.html")]
pub struct RegistrationForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// The address, which will be the username.
    pub username: &'a str,
    /// The fewest characters that the password may have.
    pub least: usize,
    /// What was typed.
    pub name: &'a str,
    /// What is wrong with what was sent.
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
pub async fn sent(State(app): State<App>, language: Language) -> Response {
    outcome::page(&app, language, "registration-sent", "registration-sent-what", None)
}

/// Asks for the rest.
pub async fn show_link(
    State(app): State<App>,
    pages: ErrorPages,
    language: Language,
    Path(link): Path<String>,
) -> Response {
    let shown = render_form(&app, language, &link, "", &NO_ERRORS).await;
    shown.unwrap_or_else(|error| pages.answer(error))
}

/// Opens the account.
pub async fn submit_link(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    language: Language,
    Path(link): Path<String>,
    PageForm(form): PageForm,
) -> Response {
    let text = |field| form.one(field).ok().flatten().unwrap_or_default();
    let (name, password) = (text("name").trim(), text("password"));
    let (mut errors, mut is_busy) = (FormErrors::default(), false);
    if text::name("name", name).is_err() {
        errors.add("name", language.text("registration-name-wrong"));
    } else {
        match registration::open(&app, &link, name, password, &caller).await {
            Ok(()) => return Redirect::to("/register/done").into_response(),
            Err(NotSet::Weak(weakness)) => errors.add("password", weakness.message(language)),
            Err(NotSet::Busy) => {
                errors.add("password", language.text("password-busy"));
                is_busy = true;
            }
            Err(NotSet::Internal(error)) => return pages.answer(PageError::Internal(error)),
            Err(NotSet::Gone | NotSet::Wrong | NotSet::TooOften | NotSet::NoLongerAllowed) => {
                return outcome::gone(&app, language, Some("/register"));
            }
        }
    }
    let shown = render_form(&app, language, &link, name, &errors).await.unwrap_or_else(|error| pages.answer(error));
    if is_busy { outcome::busy(shown) } else { shown }
}

/// Says that it is open.
pub async fn done(State(app): State<App>, language: Language) -> Response {
    outcome::page(&app, language, "registration-done", "registration-done-what", Some(("/account", "recovery-sign-in")))
}

fn closed() -> PageError {
    PageError::Person(StatusCode::NOT_FOUND, "error-no-page", "error-no-page-what")
}

fn render(app: &App, language: Language, email: &str, errors: &FormErrors) -> Response {
    let shell = Shell::for_people(app, &language, None);
    shell.page(&Registration { shell: &shell, email, errors }).into_response()
}

async fn render_form(
    app: &App,
    language: Language,
    link: &str,
    name: &str,
    errors: &FormErrors,
) -> Result<Response, PageError> {
    let Some(found) = link::find(app, Purpose::Registration, link).await? else {
        return Ok(outcome::gone(app, language, Some("/register")));
    };
    let shell = Shell::for_people(app, &language, None);
    let content = RegistrationForm {
        shell: &shell,
        action: &format!("/register/{link}"),
        username: &found.address,
        least: SHORTEST_ALONE,
        name,
        errors,
    };
    Ok(shell.page(&content).with_status(errors.status()).into_response())
}
