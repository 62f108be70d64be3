//! Links about an address: one makes it the account's, one takes an earlier one back, one holds the account. Opening a
//! link does nothing: mail programs do that too. A button does.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::outcome;
use crate::{
    accounts::{email, hold, link::Purpose},
    app::App,
    language::Language,
    web::{
        caller::Caller,
        error_page::{ErrorPages, PageError},
        page::Shell,
    },
};

/// The keys of a heading, a question and a button.
type Texts = (&'static str, &'static str, &'static str);

const CONFIRM: Texts = ("email-confirm-heading", "email-confirm-lead", "email-confirm-button");
const HOLD: Texts = ("hold-heading", "hold-lead", "hold-button");
const UNDO: Texts = ("email-undo-heading", "email-undo-lead", "email-undo-button");

/// Asks whether this is to be the address.
#[derive(Template)]
#[template(path = "email_verification.html")]
pub struct EmailVerification<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// The keys of its texts: heading, question, button.
    pub texts: Texts,
    /// The address.
    pub address: &'a str,
    /// The username of the account: who reads the mail may be somebody else than who asked for it.
    pub person: &'a str,
}

/// Asks whether this is the person's address.
pub async fn show(State(app): State<App>, pages: ErrorPages, language: Language, Path(link): Path<String>) -> Response {
    let shown = render(&app, language, Purpose::Email, CONFIRM, &link).await;
    shown.unwrap_or_else(|error| pages.answer(error))
}

/// Makes it the account's.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    language: Language,
    Path(link): Path<String>,
) -> Response {
    match email::confirm(&app, &link, &caller).await {
        Ok(true) => Redirect::to("/verify-email/done").into_response(),
        Ok(false) => outcome::gone(&app, language, None),
        Err(error) => pages.answer(error.into()),
    }
}

/// Says that it is.
pub async fn done(State(app): State<App>, language: Language) -> Response {
    outcome::page(&app, language, "email-confirmed", "email-confirmed-what", Some(("/account", "email-to-account")))
}

/// Asks whether to take the earlier address back.
pub async fn show_undo(
    State(app): State<App>,
    pages: ErrorPages,
    language: Language,
    Path(link): Path<String>,
) -> Response {
    let shown = render(&app, language, Purpose::EmailUndo, UNDO, &link).await;
    shown.unwrap_or_else(|error| pages.answer(error))
}

/// Takes it back.
pub async fn submit_undo(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    language: Language,
    Path(link): Path<String>,
) -> Response {
    match email::undo(&app, &link, &caller).await {
        Ok(true) => Redirect::to("/undo-email/done").into_response(),
        Ok(false) => outcome::gone(&app, language, None),
        Err(error) => pages.answer(error.into()),
    }
}

/// Says that it is as it was.
pub async fn undone(State(app): State<App>, language: Language) -> Response {
    outcome::page(&app, language, "email-undone", "email-undone-what", Some(("/recover", "email-undone-recover")))
}

/// Asks whether the account is being taken over.
pub async fn show_hold(
    State(app): State<App>,
    pages: ErrorPages,
    language: Language,
    Path(link): Path<String>,
) -> Response {
    let shown = render(&app, language, Purpose::Hold, HOLD, &link).await;
    shown.unwrap_or_else(|error| pages.answer(error))
}

/// Holds it.
pub async fn submit_hold(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    language: Language,
    Path(link): Path<String>,
) -> Response {
    match hold::set(&app, &link, &caller).await {
        Ok(true) => Redirect::to("/hold-account/done").into_response(),
        Ok(false) => outcome::gone(&app, language, None),
        Err(error) => pages.answer(error.into()),
    }
}

/// Says that it is held.
pub async fn held(State(app): State<App>, language: Language) -> Response {
    outcome::page(&app, language, "hold-done", "hold-done-what", None)
}

async fn render(
    app: &App,
    language: Language,
    purpose: Purpose,
    texts: Texts,
    link: &str,
) -> Result<Response, PageError> {
    let found = match purpose {
        Purpose::Hold => hold::find(app, link).await?,
        _ => email::find(app, purpose, link).await?,
    };
    let Some((user, address)) = found else {
        return Ok(outcome::gone(app, language, None));
    };
    let shell = Shell::for_people(app, &language, None);
    let action = format!("/{}/{link}", purpose.page());
    let content =
        EmailVerification { shell: &shell, action: &action, texts, address: &address, person: &user.username };
    Ok(shell.page(&content).into_response())
}
