//! The page that says what was done, and where to go on.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use crate::{app::App, language::Language, web::page::Shell};

/// Says what happened.
#[derive(Template)]
#[template(path = "outcome.html")]
pub struct Outcome<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The key of the text in a few words.
    pub heading: &'a str,
    /// The key of the text in a sentence or two.
    pub what: &'a str,
    /// Where to go on: a path, and the key of its text.
    pub onward: Option<(&'a str, &'a str)>,
}

/// The page.
pub(super) fn page(
    app: &App,
    language: Language,
    heading: &'static str,
    what: &'static str,
    onward: Option<(&'static str, &'static str)>,
) -> Response {
    let shell = Shell::for_people(app, &language, None);
    shell.page(&Outcome { shell: &shell, heading, what, onward }).into_response()
}

/// The link that led here works no longer. `onward`: where there is another.
pub(super) fn gone(app: &App, language: Language, onward: Option<&'static str>) -> Response {
    let onward = onward.map(|path| (path, "link-gone-new"));
    let page = page(app, language, "link-gone", "link-gone-what", onward);
    (StatusCode::GONE, page).into_response()
}

/// The page of a form for which there was no time. Nothing of it is lost, and it can be sent again in a moment.
pub(super) fn busy(mut form: Response) -> Response {
    *form.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    form.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    form
}
