//! Errors that people see: what went wrong, whose turn it is, and the id under which the log has the rest.

use askama::Template;
use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, Request},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    form::{FormKind, FormRejection, PageForm, Query, QueryRejection, read_form, read_query},
    looks::Looks,
    page::Shell,
};
use crate::{
    app::{App, InternalError, NotFound},
    language::Language,
    policy::permission::Powers,
    registry::ChangeError,
    server::request_id::{self, RequestId},
};

/// Something that ends a page's work, as its handler knows it. [`ErrorPages`] makes the page.
#[derive(Debug)]
pub enum PageError {
    /// The user can do something about it: the texts that say what went wrong, in a few words and in a sentence.
    Person(StatusCode, &'static str, &'static str),
    /// The user can do something about it after a while: the same texts, and how long.
    TooMany(time::Duration),
    /// An administrator can do something about it: what went wrong in English, as all of the console.
    Administrator(StatusCode, &'static str, String),
    /// The application sent a request that cannot be accepted: why, in English as all that developers read, and the
    /// value from outside, if any, which is shown as text.
    Developer(String, Option<String>),
    /// We failed.
    Internal(InternalError),
}

impl PageError {
    /// What was asked for is not there, or no longer.
    #[must_use]
    pub fn gone() -> Self {
        Self::Person(StatusCode::BAD_REQUEST, "error-gone", "error-gone-what")
    }

    /// Who asked for a change was signed out before it was made, or may not make it any more.
    #[must_use]
    pub fn no_longer_allowed() -> Self {
        Self::Person(StatusCode::FORBIDDEN, "error-no-longer-allowed", "error-no-longer-allowed-what")
    }
}

impl<E: Into<InternalError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl From<NotFound> for PageError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Stale(stale) => stale.into(),
            NotFound::TooMany { retry_after } => Self::TooMany(retry_after),
        }
    }
}

/// What an error page needs to know of its request.
#[derive(Clone)]
pub struct ErrorPages {
    looks: Looks,
    language: Language,
    id: RequestId,
}

impl FromRequestParts<App> for ErrorPages {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::new(app, &parts.headers, &parts.extensions))
    }
}

impl ErrorPages {
    /// For a request that no extractor has seen, such as one that a layer refuses.
    #[must_use]
    pub fn of(app: &App, request: &Request) -> Self {
        Self::new(app, request.headers(), request.extensions())
    }

    fn new(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Self {
        Self {
            looks: Looks::of(app),
            language: Language::wanted(app, headers),
            id: extensions.get().cloned().unwrap_or_else(RequestId::generate),
        }
    }

    /// The page, with its status. What is ours to mend is logged here, once.
    #[must_use]
    pub fn answer(&self, error: PageError) -> Response {
        match error {
            PageError::Person(status, heading, what) => {
                let (heading, what) = (self.language.text(heading), self.language.text(what));
                self.page(status, (&heading, &what), None, Turn::Person)
            }
            PageError::TooMany(wait) => {
                let (heading, what) = (self.language.text("error-too-many"), self.language.text("error-too-many-what"));
                let mut page = self.page(StatusCode::TOO_MANY_REQUESTS, (&heading, &what), None, Turn::Person);
                page.headers_mut().insert(RETRY_AFTER, wait.whole_seconds().max(1).into());
                page
            }
            PageError::Administrator(status, heading, what) => {
                let english = Self { language: Language::En, ..self.clone() };
                english.page(status, (heading, &what), None, Turn::Person)
            }
            PageError::Developer(what, detail) => {
                let client_id = request_id::client();
                tracing::info!(target: "refusal", request_id = %self.id, client_id, reason = what);
                let heading = self.language.text("error-developer");
                self.page(StatusCode::BAD_REQUEST, (&heading, &what), detail.as_deref(), Turn::Developer)
            }
            PageError::Internal(error) => {
                let status = error.log();
                tracing::error!(request_id = %self.id, "the failure above was shown as a page");
                let (heading, what) = (self.language.text("error-ours"), self.language.text("error-ours-what"));
                let mut page = self.page(status, (&heading, &what), None, Turn::Us);
                page.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
                page
            }
        }
    }

    fn page(&self, status: StatusCode, (heading, what): (&str, &str), detail: Option<&str>, turn: Turn) -> Response {
        let shell = Shell::with_looks(self.looks.clone(), self.language, None);
        let content = ErrorPage { shell: &shell, heading, what, detail, turn, id: self.id.as_str() };
        shell.page(&content).with_status(status).into_response()
    }
}

/// Why a change was not made, where no field of a form can say it.
impl From<ChangeError> for PageError {
    fn from(error: ChangeError) -> Self {
        let (status, heading) = match error {
            ChangeError::NoLongerAllowed => return Self::no_longer_allowed(),
            ChangeError::Internal(error) => return Self::Internal(error),
            ChangeError::NoKey(error) => return Self::Internal(InternalError::Bug(error.into())),
            ChangeError::Unknown => (StatusCode::NOT_FOUND, "There is no such page"),
            ChangeError::Outdated(_) => (StatusCode::PRECONDITION_FAILED, "Somebody else was faster"),
            ChangeError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "This cannot be done"),
            ChangeError::NotPermitted(_) => (StatusCode::CONFLICT, "This cannot be done"),
            ChangeError::Lacks(_) => (StatusCode::FORBIDDEN, "You may not do this"),
        };
        let what = match error {
            ChangeError::Unknown => "It was deleted, or the address is mistyped.".to_owned(),
            ChangeError::Outdated(_) => {
                "It was changed while you looked at it. Go back, reload the page, try again.".into()
            }
            ChangeError::Lacks(lacking) => lacks(lacking),
            error => error.to_string(),
        };
        Self::Administrator(status, heading, what)
    }
}

/// Says what somebody would have to be permitted.
fn lacks(lacking: Powers) -> String {
    let ask = "An administrator can give you a role that permits it.";
    if lacking.is_empty() { ask.to_owned() } else { format!("This needs {}. {ask}", lacking.names()) }
}

impl From<FormRejection> for PageError {
    fn from(rejection: FormRejection) -> Self {
        let what = match rejection {
            FormRejection::TooLarge => "error-form-too-large",
            FormRejection::TooSlow => "error-form-too-slow",
            FormRejection::WrongContentType | FormRejection::Incomplete | FormRejection::Malformed(_) => {
                "error-form-broken"
            }
        };
        Self::Person(rejection.status(), "error-form", what)
    }
}

impl From<QueryRejection> for PageError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Developer(format!("The request is malformed: {rejection}."), None)
    }
}

/// A page's form comes from a user: so goes what is said of it.
impl<S: Send + Sync> FromRequest<S> for PageForm
where
    App: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let pages = ErrorPages::of(&App::from_ref(state), &request);
        read_form(request, FormKind::Page).await.map(Self).map_err(|refused| pages.answer(refused.into()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query
where
    App: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let pages = || ErrorPages::new(&App::from_ref(state), &parts.headers, &parts.extensions);
        read_query(parts).map(Self).map_err(|refused| pages().answer(refused.into()))
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
    /// The user in front of the page.
    Person,
    /// Whoever wrote the application that sent the browser here.
    Developer,
    /// Whoever runs this server.
    Us,
}

impl Turn {
    /// What is wrong is said in English.
    const fn is_technical(self) -> bool {
        matches!(self, Self::Developer)
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Person => "error-turn-person",
            Self::Developer => "error-turn-developer",
            Self::Us => "error-turn-us",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Person => "error-turn-person-advice",
            Self::Developer => "error-turn-developer-advice",
            Self::Us => "error-turn-us-advice",
        }
    }
}
