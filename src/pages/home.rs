//! The front page: what this server is, and where to go from here.

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    authentication::presence::Presence,
    language::Language,
    store::sessions::SessionKind,
    web::{
        error_page::{ErrorPages, PageError},
        page::Shell,
    },
};

/// Says what this is, who is signed in, and what there is to see.
#[derive(Template)]
#[template(path = "home.html")]
pub struct Home<'a> {
    /// The frame, with the user who is signed in.
    pub shell: &'a Shell,
    /// The issuer, as tokens name it.
    pub issuer: &'a str,
    /// There is a playground: `portcullis dev` runs this server.
    pub playground: bool,
}

/// The front page.
pub async fn show(State(app): State<App>, language: Language, pages: ErrorPages, headers: HeaderMap) -> Response {
    match username(&app, &headers).await {
        Ok(person) => {
            let shell = Shell::for_people(&app, &language, person.as_deref());
            let content = Home { shell: &shell, issuer: app.issuer(), playground: app.settings.dev };
            shell.page(&content).into_response()
        }
        Err(error) => pages.answer(error),
    }
}

async fn username(app: &App, headers: &HeaderMap) -> Result<Option<String>, PageError> {
    let present = Presence::find(app, SessionKind::User, headers).await?;
    Ok(present.map(|present| present.user.username))
}
