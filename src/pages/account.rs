//! The pages of a person's own account.

pub mod activity;
pub mod applications;
pub mod deletion;
pub mod details;
mod device;
pub mod email;
pub mod factors;
mod notices;
pub mod password;
pub mod sessions;

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use time::OffsetDateTime;

use super::place::{AccountPage, Step};
use crate::{
    app::{App, Snapshot},
    authentication::{factor_change::Owner, session},
    language::{Language, Moment},
    model::user::User,
    protocol::{
        assurance::{Level, Missing},
        interaction::SignedIn,
    },
    registry::{Principal, RecentPrincipal},
    secret::SecretHash,
    store::sessions::SessionKind,
    web::{
        caller::Caller,
        error_page::{ErrorPages, PageError},
        page::Shell,
    },
};

/// A person in their own account, who has proven all that their account asks for. Everybody else is sent to do so.
pub struct Person {
    /// What is reached.
    pub app: App,
    /// Whose account it is.
    pub user: User,
    /// The sign-in.
    pub session: SignedIn,
    /// The same person, as one who makes changes.
    pub by: Principal,
    /// When the request arrived.
    pub now: OffsetDateTime,
    /// What is decided by.
    pub snapshot: Snapshot,
    /// What they read.
    pub language: Language,
    pages: ErrorPages,
}

/// A person who signed in so lately that they may change how they sign in (LG-19). Everybody else is sent to do so, and
/// back.
pub struct RecentPerson {
    person: Person,
    /// The same person, as one who changes what matters.
    pub by: RecentPrincipal,
}

impl Person {
    /// The frame of a page.
    #[must_use]
    pub fn shell(&self) -> Shell {
        Shell::for_people(&self.app, &self.language, Some(&self.user.username))
    }

    /// A time as the person reads it.
    #[must_use]
    pub fn moment(&self, at: OffsetDateTime) -> Moment {
        Moment::in_language(self.language, at, self.now)
    }

    /// The answer of a handler's work, or the page that says why there is none.
    pub async fn answer(&self, work: impl Future<Output = Result<Response, PageError>>) -> Response {
        work.await.unwrap_or_else(|error| self.pages.answer(error))
    }
}

impl RecentPerson {
    /// The person as one who changes their own factors.
    #[must_use]
    pub fn owner(&self) -> Owner<'_> {
        let Person { app, user, now, .. } = &self.person;
        Owner { app, user, by: &self.by, now: *now }
    }
}

impl std::ops::Deref for RecentPerson {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(pages) = ErrorPages::from_request_parts(parts, app).await;
        let Ok(Caller(caller)) = Caller::from_request_parts(parts, app).await;
        let Ok(State(app)) = State::<App>::from_request_parts(parts, app).await;
        let snapshot = app.snapshot().await.map_err(|error| pages.answer(error.into()))?;
        let (session, user, secret) = match signed_in(&snapshot, parts).await {
            Ok(Ok(found)) => found,
            Ok(Err(step)) => return Err(to(step, parts)),
            Err(error) => return Err(pages.answer(error)),
        };
        let by = Principal::signed_in(SessionKind::User, &session, secret, &caller);
        let language = Language::wanted(&app, &parts.headers);
        Ok(Self { now: snapshot.now, app, user, session, by, snapshot, language, pages })
    }
}

impl FromRequestParts<App> for RecentPerson {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let person = Person::from_request_parts(parts, app).await?;
        match person.by.recent(person.now) {
            Some(by) => Ok(Self { person, by }),
            None => Err(to(Step::SignIn, parts)),
        }
    }
}

/// A step, and back to the page that was asked for.
fn to(step: Step, parts: &Parts) -> Response {
    Redirect::to(&step.to(AccountPage::of(parts.uri.path()))).into_response()
}

/// Who is signed in, with the secret of their session; or the step that is missing.
async fn signed_in(
    snapshot: &Snapshot,
    parts: &Parts,
) -> Result<Result<(SignedIn, User, SecretHash), Step>, PageError> {
    let Some(secret) = session::presented(SessionKind::User, &parts.headers) else { return Ok(Err(Step::SignIn)) };
    let found = session::signed_in(snapshot, SessionKind::User, &parts.headers, Level::Aal1).await?;
    let Some((session, user, missing)) = found else { return Ok(Err(Step::SignIn)) };
    Ok(match missing {
        Missing::Nothing => Ok((session, user, secret)),
        Missing::SecondFactor { .. } => Err(Step::SecondFactor),
        Missing::Enrolment { .. } => Err(Step::Enrol),
    })
}

/// What there is to see and to change.
#[derive(Template)]
#[template(path = "account/overview.html")]
pub struct Overview<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Whose account it is.
    pub username: &'a str,
    /// What there is to see.
    pub pages: Vec<AccountPage>,
}

/// The overview.
pub async fn show(person: Person) -> Response {
    let shell = person.shell();
    let content = Overview { shell: &shell, username: &person.user.username, pages: AccountPage::all().collect() };
    shell.page(&content).into_response()
}
