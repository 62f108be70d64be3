//! Sign-in to the console, and sign-out of it. It has a session of its own, which no client learns of.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use super::session::Administrator;
use crate::{
    app::App,
    authentication::session::{self, SignInFailure},
    store::sessions::SessionKind,
    web::{
        caller::Caller,
        cookies,
        error_page::{ErrorPages, PageError},
        form::PageForm,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Asks who is there.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    shell: &'a Shell,
    heading: &'a str,
    action: &'a str,
    application: Option<&'a str>,
    username: &'a str,
    errors: &'a FormErrors,
}

/// Asks who is there.
pub(super) async fn show(State(app): State<App>) -> Response {
    render(&app, "", &NO_ERRORS, StatusCode::OK)
}

/// Checks the answer.
pub(super) async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    PageForm(form): PageForm,
) -> Response {
    let one = |name| form.one(name).ok().flatten().unwrap_or_default();
    let given = (one("username"), one("password"));
    let kind = SessionKind::Administrator;
    let signed_in = async {
        let previous = session::current(&app, kind, &headers).await?;
        session::sign_in(&app, kind, given, previous.as_ref(), &caller).await
    };
    let mut errors = FormErrors::default();
    let status = match signed_in.await {
        Ok(session) => {
            return (cookies::ADMIN.set(session.secret.expose()), Redirect::to("/admin/clients")).into_response();
        }
        Err(SignInFailure::Database(error)) => return pages.answer(PageError::from(error)),
        Err(SignInFailure::Wrong) => {
            errors.add("username", "Your username or password is wrong, or you do not administer this installation.");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(SignInFailure::Busy(_)) => {
            errors.add("username", "Many people are signing in right now. Try again in a few seconds.");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    render(&app, given.0, &errors, status)
}

/// Ends the session.
pub(super) async fn leave(admin: Administrator) -> Response {
    admin
        .answer(async {
            session::end(&admin.app, &admin.session, &admin.actor).await?;
            Ok((cookies::ADMIN.delete(), Redirect::to("/admin/sign-in")).into_response())
        })
        .await
}

fn render(app: &App, username: &str, errors: &FormErrors, status: StatusCode) -> Response {
    let shell = Shell::for_people(&app.settings.name, None);
    let heading = "Sign in to the console";
    let content = SignIn { shell: &shell, heading, action: "/admin/sign-in", application: None, username, errors };
    shell.page(&content).with_status(status).into_response()
}
