//! An invitation: somebody made an account, and its person chooses the password.

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::new_password::Visit;
use crate::{
    accounts::link::Purpose,
    app::App,
    language::Language,
    web::{caller::Caller, error_page::ErrorPages, form::PageForm},
};

/// Asks for the password.
pub async fn show(State(app): State<App>, pages: ErrorPages, language: Language, Path(link): Path<String>) -> Response {
    Visit { app: &app, pages: &pages, language, purpose: Purpose::Invitation, link: &link }.show().await
}

/// Sets it.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    language: Language,
    Path(link): Path<String>,
    PageForm(form): PageForm,
) -> Response {
    let visit = Visit { app: &app, pages: &pages, language, purpose: Purpose::Invitation, link: &link };
    visit.submit(&form, &caller).await
}
