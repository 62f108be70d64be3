//! Sign-in: a username and a password.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::{Actor, App},
    authentication::session::{self, SignInFailure, StartedSession},
    protocol::parameters::Parameters,
    store::sessions::SessionKind,
    web::{
        authorization_answer::{self as authorization, people_shell},
        caller::Caller,
        cookies,
        error_page::{ErrorPages, PageError},
        form::PageForm,
        interaction::{self, Interaction},
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Asks who is there: for a client, for the account page, for the console.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// "Sign in", or what else it is for.
    pub heading: &'a str,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// The client's name. With one, there is a way back: the field `cancel`.
    pub application: Option<&'a str>,
    /// What was typed before, or the client's `login_hint`.
    pub username: &'a str,
    /// Why the last try failed: one message for all reasons, at the field `username`.
    pub errors: &'a FormErrors,
}

/// Asks who is there, for a client.
pub async fn show(State(app): State<App>, headers: HeaderMap, interaction: Interaction) -> Response {
    let username = interaction.request.login_hint.clone().unwrap_or_default();
    render(&app, &interaction, &username, &NO_ERRORS, StatusCode::OK, &headers)
}

/// Checks the answer, and goes on with the client's request.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    interaction: Interaction,
    PageForm(form): PageForm,
) -> Response {
    if form.has("cancel") {
        return match authorization::deny(&app, &caller, &interaction).await {
            Ok(response) => response,
            Err(error) => pages.answer(error),
        };
    }
    let next = format!("/oauth2/authorize/{}", interaction.request_id);
    match attempt(&app, &caller, &headers, &form).await {
        Ok(session) => (cookies::SESSION.set(session.secret.expose()), Redirect::to(&next)).into_response(),
        Err(failure) => match refusal(failure) {
            Ok((status, errors)) => {
                render(&app, &interaction, form.raw("username").unwrap_or_default(), &errors, status, &headers)
            }
            Err(error) => pages.answer(error),
        },
    }
}

/// Asks who is there, for nobody else.
pub async fn show_alone(State(app): State<App>) -> Response {
    render_alone(&app, "", &NO_ERRORS, StatusCode::OK)
}

/// Checks the answer, and goes home.
pub async fn submit_alone(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    PageForm(form): PageForm,
) -> Response {
    match attempt(&app, &caller, &headers, &form).await {
        Ok(session) => (cookies::SESSION.set(session.secret.expose()), Redirect::to("/")).into_response(),
        Err(failure) => match refusal(failure) {
            Ok((status, errors)) => render_alone(&app, form.raw("username").unwrap_or_default(), &errors, status),
            Err(error) => pages.answer(error),
        },
    }
}

async fn attempt(
    app: &App,
    caller: &Actor,
    headers: &HeaderMap,
    form: &Parameters,
) -> Result<StartedSession, SignInFailure> {
    let one = |name| form.one(name).ok().flatten().unwrap_or_default();
    let (username, password) = (one("username"), one("password"));
    if username.is_empty() || password.is_empty() {
        return Err(SignInFailure::Wrong);
    }
    let previous = session::current(app, SessionKind::User, headers).await?;
    session::sign_in(app, SessionKind::User, (username, password), previous.as_ref(), caller).await
}

/// What the person is told, or the error that is ours.
fn refusal(failure: SignInFailure) -> Result<(StatusCode, FormErrors), PageError> {
    let mut errors = FormErrors::default();
    match failure {
        SignInFailure::Wrong => {
            errors.add("username", failure.to_string());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, errors))
        }
        SignInFailure::Busy(_) => {
            errors.add("username", "Many people are signing in right now. Try again in a few seconds.");
            Ok((StatusCode::SERVICE_UNAVAILABLE, errors))
        }
        SignInFailure::Database(error) => Err(error.into()),
    }
}

fn render(
    app: &App,
    interaction: &Interaction,
    username: &str,
    errors: &FormErrors,
    status: StatusCode,
    headers: &HeaderMap,
) -> Response {
    let shell = people_shell(app, None, interaction.request.destination.redirect_uri());
    let content = SignIn {
        shell: &shell,
        heading: "Sign in",
        action: &format!("/sign-in/{}", interaction.request_id),
        application: Some(&interaction.client.name),
        username,
        errors,
    };
    let page = shell.page(&content).with_status(status);
    let browser = interaction::browser(headers);
    (cookies::LOGIN.set(browser.expose()), page).into_response()
}

fn render_alone(app: &App, username: &str, errors: &FormErrors, status: StatusCode) -> Response {
    let shell = Shell::for_people(&app.settings.name, None);
    let content = SignIn { shell: &shell, heading: "Sign in", action: "/sign-in", application: None, username, errors };
    shell.page(&content).with_status(status).into_response()
}
