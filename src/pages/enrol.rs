//! Adding the first second factor on the way in, for whoever must have one.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use zeroize::Zeroizing;

use super::{place::Place, sign_in::cookies_of};
use crate::{
    accounts::waiting::{self, Reader},
    app::{Actor, App},
    authentication::{
        cookies,
        factor_change::Owner,
        passkey::{self, Registration},
        presence::Presence,
        recovery_code, session,
        totp::{self, Begun},
    },
    protocol::{
        assurance::{Method, Missing},
        parameters::Parameters,
    },
    registry::RecentPrincipal,
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

/// Lets the user choose a factor, and add it.
#[derive(Template)]
#[template(path = "enrol.html")]
pub struct Enrol<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// The client's name. With one, there is a way back: the field `cancel`.
    pub application: Option<&'a str>,
    /// Only a passkey will do.
    pub phishing_resistant: bool,
    /// What the browser needs to make a passkey, as JSON.
    pub options: Option<String>,
    /// The app that was begun and waits for its first code.
    pub begun: Option<Begun>,
    /// What is wrong with what was typed.
    pub errors: &'a FormErrors,
}

impl Enrol<'_> {
    const fn reason(&self) -> &'static str {
        if self.phishing_resistant { "enrol-why-passkey" } else { "enrol-why" }
    }

    /// One button of a page stands out.
    const fn passkey_button(&self) -> &'static str {
        if self.phishing_resistant { "" } else { "secondary" }
    }
}

/// Shows the recovery codes until they are stored.
#[derive(Template)]
#[template(path = "enrolled.html")]
pub struct Enrolled<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The codes, as they are to be written down.
    pub codes: Vec<Zeroizing<String>>,
    /// The page's own path, which it posts to (field `stored`) when the codes are stored.
    pub action: &'a str,
}

/// Somebody who must add a factor before going on.
struct Newcomer {
    present: Presence,
    by: RecentPrincipal,
    phishing_resistant: bool,
}

impl Newcomer {
    fn owner<'a>(&'a self, app: &'a App) -> Owner<'a> {
        Owner { app, user: &self.present.user, by: &self.by, now: app.clock.now() }
    }
}

/// Asks for a factor.
pub async fn show(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    place: Place,
) -> Response {
    let shown = async {
        match newcomer(&app, &caller, &headers, &place).await? {
            Ok(newcomer) => render(&app, &headers, &place, &newcomer, &NO_ERRORS).await,
            Err(elsewhere) => Ok(new_codes(&app, &headers, &place).await?.unwrap_or(elsewhere)),
        }
    };
    shown.await.unwrap_or_else(|error| pages.answer(error))
}

/// Adds it. A form with `begin` asks for an app's secret, one with `code` or `credential` proves the new factor, one with
/// `stored` says that the recovery codes are.
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
        if form.has("stored") {
            if let Some(present) = Presence::find(&app, place.area().kind(), &headers).await? {
                waiting::stored(&app, &reader(&present)).await?;
            }
            return Ok(Redirect::to(&place.onward()).into_response());
        }
        match newcomer(&app, &caller, &headers, &place).await? {
            Ok(newcomer) => add(&app, &headers, &place, &newcomer, &form).await,
            Err(elsewhere) => Ok(elsewhere),
        }
    };
    answered.await.unwrap_or_else(|error| pages.answer(error))
}

/// Who must add a factor; or where to go instead, because nobody has signed in lately or something else is missing.
async fn newcomer(
    app: &App,
    caller: &Actor,
    headers: &HeaderMap,
    place: &Place,
) -> Result<Result<Newcomer, Response>, PageError> {
    let snapshot = place.snapshot(app).await?;
    let to = |path: String| Ok(Err(Redirect::to(&path).into_response()));
    let found = Presence::find(app, place.area().kind(), headers).await?;
    let Some(present) = found else { return to(place.path(Step::SignIn)) };
    match present.missing(snapshot.registry(), place.demanded()) {
        Missing::Nothing => to(place.onward()),
        Missing::SecondFactor { .. } => to(place.path(Step::SecondFactor)),
        // From there the way leads past the factors that the user has, and back here (LG-19).
        Missing::Enrolment { phishing_resistant } => match present.principal(caller).recent(snapshot.now) {
            Some(by) => Ok(Ok(Newcomer { present, by: by.enrolling(), phishing_resistant })),
            None => to(place.path(Step::SignIn)),
        },
    }
}

async fn add(
    app: &App,
    headers: &HeaderMap,
    place: &Place,
    newcomer: &Newcomer,
    form: &Parameters,
) -> Result<Response, PageError> {
    let one = |name| form.one(name).ok().flatten().unwrap_or_default();
    let (owner, shell) = (newcomer.owner(app), place.shell(app));
    let mut errors = FormErrors::default();
    if form.has("begin") && !newcomer.phishing_resistant {
        totp::begin(&owner, &shell.text("enrol-app-name")).await?;
        return Ok(Redirect::to(&place.path(Step::Enrol)).into_response());
    }
    let credential = one("credential");
    let method = if credential.is_empty() {
        let confirmed = !newcomer.phishing_resistant && totp::confirm(&owner, one("code")).await?;
        confirmed.then_some(Method::Totp).ok_or(("code", "enrol-wrong-code"))
    } else {
        let name = shell.text("enrol-passkey-name");
        match passkey::register(&owner, &browser(headers).hash(), &name, credential).await? {
            Registration::Done(method) => Ok(method),
            Registration::Refused | Registration::Known | Registration::Full => Err(("passkey", "enrol-wrong-passkey")),
        }
    };
    match method {
        Ok(method) => done(app, headers, place, newcomer, method).await,
        Err((field, key)) => {
            errors.add(field, shell.text(key));
            let page = render(app, headers, place, newcomer, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The new factor is proven by having been added, so the session is stronger. Then the codes for the day it is lost.
async fn done(
    app: &App,
    headers: &HeaderMap,
    place: &Place,
    newcomer: &Newcomer,
    method: Method,
) -> Result<Response, PageError> {
    let codes = recovery_code::make(&newcomer.owner(app)).await?;
    let raised = session::raise(app, &newcomer.present, method, newcomer.by.actor()).await?;
    let Some(started) = raised else { return Ok(Redirect::to(&place.path(Step::SignIn)).into_response()) };
    let cookies = cookies_of(app, newcomer.by.actor(), headers, place, &started).await?;
    waiting::show(app, &reader(&newcomer.present), &codes).await?;
    Ok((cookies, Redirect::to(&place.path(Step::Enrol))).into_response())
}

/// The recovery codes that were made in this session just now, if they are not stored yet.
async fn new_codes(app: &App, headers: &HeaderMap, place: &Place) -> Result<Option<Response>, PageError> {
    let Some(present) = Presence::find(app, place.area().kind(), headers).await? else { return Ok(None) };
    let codes = waiting::shown(app, &reader(&present)).await?;
    let shell = place.shell(app);
    Ok(codes.map(|codes| {
        let content = Enrolled { shell: &shell, codes, action: &place.path(Step::Enrol) };
        shell.page(&content).into_response()
    }))
}

/// Who sees the codes of this session.
fn reader(present: &Presence) -> Reader<'static> {
    Reader { user_id: present.user.user_id, session_id: present.session.session_id, path: "/enrol" }
}

async fn render(
    app: &App,
    headers: &HeaderMap,
    place: &Place,
    newcomer: &Newcomer,
    errors: &FormErrors,
) -> Result<Response, PageError> {
    let (shell, browser, owner) = (place.shell(app), browser(headers), newcomer.owner(app));
    let begun = if newcomer.phishing_resistant { None } else { totp::begun(&owner).await? };
    let options = passkey::registration(&owner, &browser.hash()).await?;
    let content = Enrol {
        shell: &shell,
        action: &place.path(Step::Enrol),
        application: place.interaction().map(|interaction| interaction.client.name.as_str()),
        phishing_resistant: newcomer.phishing_resistant,
        options: options.map(|options| options.to_string()),
        begun,
        errors,
    };
    Ok((cookies::LOGIN.set(browser.expose()), shell.page(&content)).into_response())
}
