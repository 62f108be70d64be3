//! Sign-in: a username and a password, or a passkey that needs neither.

use askama::Template;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, IntoResponseParts, Redirect, Response},
};

use super::place::Place;
use crate::{
    app::{Actor, App},
    authentication::{
        cookies, passkey,
        session::StartedSession,
        sign_in::{self, SignInFailure, Visitor},
    },
    protocol::parameters::Parameters,
    web::{
        authorization_answer,
        caller::Caller,
        error_page::{ErrorPages, PageError},
        form::PageForm,
        interaction::browser,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
        visit::Step,
    },
};

/// Asks who is there.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// Whether this leads to the console.
    pub console: bool,
    /// The client's name. With one, there is a way back: the field `cancel`.
    pub application: Option<&'a str>,
    /// What was typed before, or the client's `login_hint`.
    pub username: &'a str,
    /// Why the last try failed: one message for all reasons, at the field `username`.
    pub errors: &'a FormErrors,
    /// Whether users may open accounts themselves.
    pub registration: bool,
}

impl SignIn<'_> {
    const fn heading(&self) -> &'static str {
        if self.console { "sign-in-console" } else { "sign-in-heading" }
    }
}

/// Asks who is there.
pub async fn show(State(app): State<App>, headers: HeaderMap, place: Place) -> Response {
    let hint = place.interaction().and_then(|interaction| interaction.request.login_hint.clone());
    render(&app, &headers, &place, &hint.unwrap_or_default(), &NO_ERRORS).into_response()
}

/// Checks the answer, and goes on to what comes next.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    place: Place,
    PageForm(form): PageForm,
) -> Response {
    if let Some(interaction) = place.interaction().filter(|_| form.has("cancel")) {
        let denied = authorization_answer::deny(&app, &caller, interaction).await;
        return denied.unwrap_or_else(|error| pages.answer(error));
    }
    match attempt(&app, &caller, &headers, &place, &form).await {
        Ok(started) => match cookies_of(&app, &caller, &headers, &place, &started).await {
            Ok(cookies) => (cookies, Redirect::to(&place.onward())).into_response(),
            Err(error) => pages.answer(error),
        },
        Err(failure) => refuse(&app, &headers, &place, &form, failure).unwrap_or_else(|error| pages.answer(error)),
    }
}

/// The challenge for a passkey that signs in alone, for a script to hand to the browser.
pub async fn challenge(State(app): State<App>, pages: ErrorPages, headers: HeaderMap) -> Response {
    let browser = browser(&headers);
    match passkey::challenge(&app, &browser.hash(), None, app.clock.now()).await {
        Ok(options) => (cookies::LOGIN.set(browser.expose()), Json(options)).into_response(),
        Err(error) => pages.answer(error.into()),
    }
}

async fn attempt(
    app: &App,
    caller: &Actor,
    headers: &HeaderMap,
    place: &Place,
    form: &Parameters,
) -> Result<StartedSession, SignInFailure> {
    let visitor = Visitor {
        area: place.area(),
        client: place.interaction().map(|interaction| &*interaction.client),
        headers,
        actor: caller,
    };
    let one = |name| form.one(name).ok().flatten().unwrap_or_default();
    match (one("username"), one("password"), one("credential")) {
        (_, _, credential) if !credential.is_empty() => {
            sign_in::with_passkey(app, &visitor, &browser(headers).hash(), credential).await
        }
        ("", ..) | (_, "", _) => Err(SignInFailure::Wrong),
        (username, password, _) => sign_in::with_password(app, &visitor, username, password).await,
    }
}

/// Signs in whoever has just chosen this password by a link, so that nobody asks for it again. The rules are those of every
/// sign-in: a second factor is asked for next (LG-22). `None`: this browser has to sign in by itself.
///
/// # Errors
/// The page to show instead.
pub(super) async fn at_once(
    app: &App,
    caller: &Actor,
    headers: &HeaderMap,
    username: &str,
    password: &str,
) -> Result<Option<impl IntoResponseParts + use<>>, PageError> {
    let place = Place::waiting(app, headers).await?;
    let client = place.interaction().map(|interaction| &*interaction.client);
    let visitor = Visitor { area: place.area(), client, headers, actor: caller };
    match sign_in::with_password(app, &visitor, username, password).await {
        Ok(started) => cookies_of(app, caller, headers, &place, &started).await.map(Some),
        Err(SignInFailure::Internal(error)) => Err(PageError::Internal(error)),
        Err(_) => Ok(None),
    }
}

/// The cookies of a new session. If nothing is missing any more, the browser is known to be this user's from now on.
///
/// # Errors
/// The page to show instead.
pub(super) async fn cookies_of(
    app: &App,
    caller: &Actor,
    headers: &HeaderMap,
    place: &Place,
    started: &StartedSession,
) -> Result<impl IntoResponseParts + use<>, PageError> {
    let session = cookies::of_session(place.area().kind()).set(started.secret.expose());
    let device = sign_in::completed(&app.snapshot().await?, headers, started, place.demanded(), caller).await?;
    Ok((session, device.map(|secret| cookies::DEVICE.set(secret.expose()))))
}

/// Says why nobody was signed in.
fn refuse(
    app: &App,
    headers: &HeaderMap,
    place: &Place,
    form: &Parameters,
    failure: SignInFailure,
) -> Result<Response, PageError> {
    let (status, key, wait) = match failure {
        SignInFailure::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, "sign-in-wrong", None),
        SignInFailure::Weak => (StatusCode::UNPROCESSABLE_ENTITY, "sign-in-weak", None),
        SignInFailure::Separated => (StatusCode::UNPROCESSABLE_ENTITY, "sign-in-separated", None),
        SignInFailure::Throttled(refused) => {
            (StatusCode::TOO_MANY_REQUESTS, "sign-in-throttled", Some(refused.retry_after.whole_seconds().max(1)))
        }
        SignInFailure::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "sign-in-busy", Some(2)),
        SignInFailure::Internal(error) => return Err(PageError::Internal(error)),
    };
    let mut errors = FormErrors::default();
    errors.add("username", place.shell(app).text(key));
    let page = render(app, headers, place, form.raw("username").unwrap_or_default(), &errors);
    let retry_after = wait.map(|seconds| [(RETRY_AFTER, HeaderValue::from(seconds))]);
    Ok((status, retry_after, page).into_response())
}

fn render(app: &App, headers: &HeaderMap, place: &Place, username: &str, errors: &FormErrors) -> Response {
    let shell = place.shell(app);
    let content = SignIn {
        shell: &shell,
        action: &place.path(Step::SignIn),
        console: matches!(place, Place::Console(..)),
        application: place.interaction().map(|interaction| interaction.client.name.as_str()),
        username,
        errors,
        registration: app.settings.registration && !matches!(place, Place::Console(..)),
    };
    (cookies::LOGIN.set(browser(headers).expose()), shell.page(&content)).into_response()
}
