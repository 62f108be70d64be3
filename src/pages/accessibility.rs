//! How accessible these pages are, where the installation has no statement of its own.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{app::App, language::Language, web::page::Shell};

/// The statement: what the pages hold to, how that is checked, what is known to be missing.
#[derive(Template)]
#[template(path = "accessibility.html")]
pub struct Accessibility<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Where users find help.
    pub support: Option<&'a str>,
}

/// The statement.
pub async fn show(State(app): State<App>, language: Language) -> Response {
    let shell = Shell::for_people(&app, &language, None);
    let support = app.settings.branding.support.as_deref();
    shell.page(&Accessibility { shell: &shell, support }).into_response()
}
