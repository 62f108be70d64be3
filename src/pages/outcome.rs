//! The page that says what was done, and where to go on. If the browser came from a client that still waits, it leads there.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::place::Place;
use crate::{
    app::App,
    authentication::cookies,
    language::Language,
    web::{
        error_page::{ErrorPages, PageError},
        page::Shell,
    },
};

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
    /// The way back to the client that waits: a path, and the client's name.
    pub back: Option<(&'a str, &'a str)>,
}

/// What happened, and where to go on. Texts are keys, as in [`Outcome`].
pub(super) struct Said {
    pub heading: &'static str,
    pub what: &'static str,
    pub onward: Option<(&'static str, &'static str)>,
}

/// The page, for the browser that sent these headers.
pub(super) async fn page(app: &App, headers: &HeaderMap, said: Said) -> Result<Response, PageError> {
    let Said { heading, what, onward } = said;
    let place = Place::waiting(app, headers).await?;
    let path = place.onward();
    let back = place.interaction().map(|interaction| (path.as_str(), interaction.client.name.as_str()));
    let shell = Shell::for_people(app, &Language::wanted(app, headers), None);
    Ok(shell.page(&Outcome { shell: &shell, heading, what, onward, back }).into_response())
}

/// Says that a test of a client's sign-in is over. A browser that has a session of the console is shown the way back to it.
pub async fn tested(State(app): State<App>, pages: ErrorPages, headers: HeaderMap) -> Response {
    let is_console = cookies::secret_cookie(&headers, cookies::ADMIN.name).is_some();
    let onward = is_console.then_some(("/admin/sign-in-test", "tested-result"));
    let said = Said { heading: "tested", what: "tested-what", onward };
    page(&app, &headers, said).await.unwrap_or_else(|error| pages.answer(error))
}

/// The link that led here works no longer. `onward`: where there is another.
pub(super) async fn gone(app: &App, headers: &HeaderMap, onward: Option<&'static str>) -> Result<Response, PageError> {
    let onward = onward.map(|path| (path, "link-gone-new"));
    let page = page(app, headers, Said { heading: "link-gone", what: "link-gone-what", onward }).await?;
    Ok((StatusCode::GONE, page).into_response())
}

/// The page of a form for which there was no time. Nothing of it is lost, and it can be sent again in a moment.
pub(super) fn busy(mut form: Response) -> Response {
    *form.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    form.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    form
}
