//! Errors that people see: what went wrong, whose turn it is, and the id under which the log has the rest.

use askama::Template;
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER, request::Parts},
    response::{IntoResponse, Response},
};

use super::{error::InternalError, form::FormRejection, form::QueryRejection, page::Shell, request_id::RequestId};
use crate::app::App;

/// Something that ends a page's work, as its handler knows it. [`ErrorPages`] makes the page.
#[derive(Debug)]
pub enum PageError {
    /// The person can do something about it.
    Person(StatusCode, &'static str, String),
    /// The application sent a request that cannot be accepted. The text from outside, if any, is shown as text.
    Developer(String, Option<String>),
    /// We failed.
    Internal(InternalError),
}

impl PageError {
    /// What was asked for is not there, or no longer.
    #[must_use]
    pub fn gone() -> Self {
        let what = "This sign-in has ended, was begun in another browser, or took longer than 10 minutes.";
        Self::Person(StatusCode::BAD_REQUEST, "This sign-in cannot go on", what.into())
    }
}

impl<E: Into<InternalError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// What an error page needs to know of its request.
#[derive(Clone)]
pub struct ErrorPages {
    installation: String,
    id: RequestId,
}

impl FromRequestParts<App> for ErrorPages {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let id = parts.extensions.get().cloned().unwrap_or_else(RequestId::generate);
        Ok(Self { installation: app.settings.name.clone(), id })
    }
}

impl ErrorPages {
    /// For a request that no extractor has seen, such as one that a layer refuses.
    #[must_use]
    pub fn of(app: &App, request: &Request) -> Self {
        let id = request.extensions().get().cloned().unwrap_or_else(RequestId::generate);
        Self { installation: app.settings.name.clone(), id }
    }

    /// The page, with its status. What is ours to mend is logged here, once.
    #[must_use]
    pub fn answer(&self, error: PageError) -> Response {
        match error {
            PageError::Person(status, heading, what) => self.page(status, heading, &what, None, Turn::Person),
            PageError::Developer(what, detail) => {
                tracing::info!(target: "refusal", request_id = %self.id, reason = what);
                let heading = "This request cannot be accepted";
                self.page(StatusCode::BAD_REQUEST, heading, &what, detail.as_deref(), Turn::Developer)
            }
            PageError::Internal(error) => {
                let status = error.log();
                tracing::error!(request_id = %self.id, "the failure above was shown as a page");
                let what = "The page could not be shown because of a fault on this server.";
                let mut page = self.page(status, "Something is wrong here", what, None, Turn::Us);
                page.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
                page
            }
        }
    }

    fn page(&self, status: StatusCode, heading: &str, what: &str, detail: Option<&str>, turn: Turn) -> Response {
        let shell = Shell::for_people(&self.installation, None);
        let content = ErrorPage { shell: &shell, heading, what, detail, turn, id: self.id.as_str() };
        shell.page(&content).with_status(status).into_response()
    }
}

impl From<FormRejection> for PageError {
    fn from(rejection: FormRejection) -> Self {
        Self::Person(rejection.status(), "The form could not be read", format!("{}.", rejection.description()))
    }
}

impl From<QueryRejection> for PageError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Developer(format!("The request is malformed: {rejection}."), None)
    }
}

/// Says what went wrong. What came from outside is shown as text and never as a link.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What went wrong, in a few words.
    pub heading: &'a str,
    /// What went wrong, in a sentence or two.
    pub what: &'a str,
    /// The value that is wrong, as it came.
    pub detail: Option<&'a str>,
    /// Who can do something about it.
    pub turn: Turn,
    /// The request's id, under which the log has the rest.
    pub id: &'a str,
}

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The person in front of the page.
    Person,
    /// Whoever wrote the application that sent the browser here.
    Developer,
    /// Whoever runs this server.
    Us,
}

impl Turn {
    const fn heading(self) -> &'static str {
        match self {
            Self::Person => "What you can do",
            Self::Developer => "It is the application’s turn",
            Self::Us => "It is our turn",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Person => "Go back to the application and start again from there.",
            Self::Developer => {
                "The application sent you here with a request that we cannot accept. You did nothing wrong, and trying \
                 again will not help. Tell the people who make the application, and give them this page."
            }
            Self::Us => "Something failed on our side. You did nothing wrong. Try again in a few minutes.",
        }
    }
}
