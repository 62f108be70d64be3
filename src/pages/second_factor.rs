//! The second factor: a code of an app, a recovery code, or a passkey.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header::RETRY_AFTER},
    response::{IntoResponse, Redirect, Response},
};

use super::{place::Place, sign_in::cookies_of};
use crate::{
    app::{Actor, App},
    authentication::{cookies, passkey, presence::Presence, second_factor},
    protocol::{assurance::Missing, parameters::Parameters},
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

/// Asks for another proof.
#[derive(Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactor<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// Who is signing in.
    pub person: &'a str,
    /// The client's name. With one, there is a way back: the field `cancel`.
    pub application: Option<&'a str>,
    /// Whether there is an app, and its code will do (field `code`).
    pub by_app: bool,
    /// Whether one of the codes on paper is left, and will do (field `recovery_code`).
    pub by_recovery_code: bool,
    /// What the browser needs to ask for a passkey, as JSON.
    pub options: Option<String>,
    /// What is wrong with what was typed.
    pub errors: &'a FormErrors,
}

impl SecondFactor<'_> {
    /// One button of a page stands out.
    const fn passkey_button(&self) -> &'static str {
        if self.by_app || self.by_recovery_code { "secondary" } else { "" }
    }
}

/// Whoever has proven the first factor, and whether only a passkey will do next.
struct Half {
    present: Presence,
    phishing_resistant: bool,
}

impl Half {
    const fn takes_codes(&self) -> bool {
        !self.phishing_resistant && self.present.factors.by_code()
    }
}

/// Asks.
pub async fn show(State(app): State<App>, pages: ErrorPages, headers: HeaderMap, place: Place) -> Response {
    let shown = async {
        Ok(match half(&app, &headers, &place).await? {
            Ok(half) => render(&app, &headers, &place, &half, &NO_ERRORS).await?,
            Err(elsewhere) => elsewhere,
        })
    };
    shown.await.unwrap_or_else(|error| pages.answer(error))
}

/// Checks the answer, and goes on.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    place: Place,
    PageForm(form): PageForm,
) -> Response {
    let answered = async {
        if let Some(interaction) = place.interaction().filter(|_| form.has("cancel")) {
            return authorization_answer::deny(&app, &caller, interaction).await;
        }
        match half(&app, &headers, &place).await? {
            Ok(half) => check(&app, &caller, &headers, &place, &half, &form).await,
            Err(elsewhere) => Ok(elsewhere),
        }
    };
    answered.await.unwrap_or_else(|error| pages.answer(error))
}

/// Who is half signed in; or where to go instead, because nobody is or nothing is missing that could be proven here.
async fn half(app: &App, headers: &HeaderMap, place: &Place) -> Result<Result<Half, Response>, PageError> {
    let snapshot = place.snapshot(app).await?;
    let to = |path: String| Ok(Err(Redirect::to(&path).into_response()));
    let found = Presence::find(app, place.area().kind(), headers).await?;
    let Some(present) = found else { return to(place.path(Step::SignIn)) };
    match present.missing(snapshot.registry(), place.demanded()) {
        Missing::Nothing => to(place.onward()),
        Missing::Enrolment { .. } => to(place.path(Step::Enrol)),
        Missing::SecondFactor { phishing_resistant } => Ok(Ok(Half { present, phishing_resistant })),
    }
}

async fn check(
    app: &App,
    caller: &Actor,
    headers: &HeaderMap,
    place: &Place,
    half: &Half,
    form: &Parameters,
) -> Result<Response, PageError> {
    let one = |name| form.one(name).ok().flatten().unwrap_or_default();
    let (code, credential) = (one("code"), one("credential"));
    let (code, code_field) = if code.is_empty() { (one("recovery_code"), "recovery_code") } else { (code, "code") };
    let proven = if credential.is_empty() {
        second_factor::by_code(app, &half.present, code, half.phishing_resistant, headers, caller).await
    } else {
        second_factor::by_passkey(app, &half.present, &browser(headers).hash(), credential, caller).await
    };
    let (status, key, wait) = match proven {
        Ok(started) => {
            let cookies = cookies_of(app, caller, headers, place, &started).await?;
            return Ok((cookies, Redirect::to(&place.onward())).into_response());
        }
        Err(failure) => failure.explained(!credential.is_empty())?,
    };
    let mut errors = FormErrors::default();
    let field = match half.present.factors {
        _ if !credential.is_empty() || !half.takes_codes() => "passkey",
        // Where nothing was typed, what was asked for first is missing.
        factors if code.is_empty() => {
            if factors.totp {
                "code"
            } else {
                "recovery_code"
            }
        }
        _ => code_field,
    };
    errors.add(field, place.shell(app).text(key));
    let retry_after = wait.map(|seconds| [(RETRY_AFTER, HeaderValue::from(seconds))]);
    Ok((status, retry_after, render(app, headers, place, half, &errors).await?).into_response())
}

async fn render(
    app: &App,
    headers: &HeaderMap,
    place: &Place,
    half: &Half,
    errors: &FormErrors,
) -> Result<Response, PageError> {
    let (shell, browser) = (place.shell(app), browser(headers));
    let Presence { user, factors, .. } = &half.present;
    let options = if factors.passkey {
        passkey::challenge(app, &browser.hash(), Some(user.user_id), app.clock.now()).await?
    } else {
        None
    };
    let content = SecondFactor {
        shell: &shell,
        action: &place.path(Step::SecondFactor),
        person: &user.username,
        application: place.interaction().map(|interaction| interaction.client.name.as_str()),
        by_app: !half.phishing_resistant && factors.totp,
        by_recovery_code: !half.phishing_resistant && factors.recovery_code,
        options: options.map(|options| options.to_string()),
        errors,
    };
    Ok((cookies::LOGIN.set(browser.expose()), shell.page(&content)).into_response())
}
