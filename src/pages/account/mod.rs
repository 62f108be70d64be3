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
use time::{Duration, OffsetDateTime};

use super::place::{AccountPage, Step};
use crate::{
    app::{Actor, App},
    authentication::{factors::Owner, session},
    policy::user::User,
    protocol::{
        assurance::{Level, Missing},
        interaction::SignedIn,
    },
    store::{sessions::SessionKind, users},
    web::{
        caller::Caller,
        error_page::{ErrorPages, PageError},
        language::Language,
        page::Shell,
    },
};

/// How long a sign-in is recent enough to change how its person signs in (LG-19).
const RECENT: Duration = Duration::minutes(5);

/// A person in their own account, who has proven all that their account asks for. Everybody else is sent to do so.
pub struct Person {
    /// What is reached.
    pub app: App,
    /// Whose account it is.
    pub user: User,
    /// The sign-in.
    pub session: SignedIn,
    /// The same person, for the record.
    pub actor: Actor,
    /// When the request arrived.
    pub now: OffsetDateTime,
    /// What they read.
    pub language: Language,
    pages: ErrorPages,
}

impl Person {
    /// The frame of a page.
    #[must_use]
    pub fn shell(&self) -> Shell {
        Shell::for_people(&self.app, &self.language, Some(&self.user.username))
    }

    /// The person as one who changes their own factors.
    #[must_use]
    pub fn owner(&self) -> Owner<'_> {
        let Self { app, user, session, actor, now, .. } = self;
        Owner { app, user, session_id: session.session_id, actor, now: *now }
    }

    /// Nothing, if the sign-in is recent; else the way to sign in again and back to `page`.
    ///
    /// # Errors
    /// The redirect.
    #[expect(clippy::result_large_err, reason = "it is sent at once")]
    pub fn recent(&self, page: AccountPage) -> Result<(), Response> {
        if self.now - self.session.authenticated_at <= RECENT {
            return Ok(());
        }
        Err(Redirect::to(&Step::SignIn.to(page)).into_response())
    }

    /// The answer of a handler's work, or the page that says why there is none.
    pub async fn answer(&self, work: impl Future<Output = Result<Response, PageError>>) -> Response {
        work.await.unwrap_or_else(|error| self.pages.answer(error))
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(pages) = ErrorPages::from_request_parts(parts, app).await;
        let Ok(Caller(caller)) = Caller::from_request_parts(parts, app).await;
        let Ok(State(app)) = State::<App>::from_request_parts(parts, app).await;
        let (session, user) = match signed_in(&app, parts).await {
            Ok(Ok(found)) => found,
            Ok(Err(step)) => return Err(Redirect::to(&step.to(AccountPage::of(parts.uri.path()))).into_response()),
            Err(error) => return Err(pages.answer(error)),
        };
        let actor = caller.named(format!("user:{}", user.user_id));
        let language = Language::wanted(&app, &parts.headers);
        Ok(Self { now: app.clock.now(), app, user, session, actor, language, pages })
    }
}

/// Who is signed in, or the step that is missing.
async fn signed_in(app: &App, parts: &Parts) -> Result<Result<(SignedIn, User), Step>, PageError> {
    app.ensure_fresh().await?;
    let Some(signed_in) = session::current(app, SessionKind::User, &parts.headers).await? else {
        return Ok(Err(Step::SignIn));
    };
    let Some(user) = users::find(&app.db, signed_in.user_id).await? else { return Ok(Err(Step::SignIn)) };
    Ok(match session::missing(app, &signed_in, &user, Level::Aal1).await? {
        Missing::Nothing => Ok((signed_in, user)),
        Missing::SecondFactor { .. } => Err(Step::SecondFactor),
        Missing::Enrolment { .. } => Err(Step::Enrol),
    })
}

/// What there is to see and to change.
#[derive(Template)]
#[template(path = "account/overview.html")]
struct Overview<'a> {
    shell: &'a Shell,
    username: &'a str,
    pages: Vec<AccountPage>,
}

/// The overview.
pub async fn show(person: Person) -> Response {
    let shell = person.shell();
    let content = Overview { shell: &shell, username: &person.user.username, pages: AccountPage::all().collect() };
    shell.page(&content).into_response()
}
