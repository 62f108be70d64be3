//! The pages of a user's own account.

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
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use time::OffsetDateTime;

use super::place::{AccountPage, step_to};
use crate::{
    accounts::waiting::Reader,
    app::App,
    authentication::factor_change::Owner,
    language::Moment,
    protocol::assurance::Level,
    registry::RecentPrincipal,
    store::sessions::SessionKind,
    web::{
        page::Shell,
        visit::{NoVisit, Step, Visit},
    },
};

/// A user in their own account, who has proven all that their account asks for. Everybody else is sent to do so.
pub struct Person(Visit);

/// A user who signed in so lately that they may change how they sign in (LG-19). Everybody else is sent to do so, and
/// back.
pub struct RecentPerson {
    person: Person,
    /// The same user, as one who changes what matters.
    pub by: RecentPrincipal,
}

impl Person {
    /// The frame of a page.
    #[must_use]
    pub fn shell(&self) -> Shell {
        Shell::for_people(&self.app, &self.language, Some(&self.user.username))
    }

    /// This session, as the reader of what waits for it on this page.
    #[must_use]
    pub fn reader<'a>(&self, path: &'a str) -> Reader<'a> {
        Reader { user_id: self.user.user_id, session_id: self.session.session_id, path }
    }

    /// A time as the user reads it.
    #[must_use]
    pub fn moment(&self, at: OffsetDateTime) -> Moment {
        Moment::in_language(self.language, at, self.now)
    }
}

impl RecentPerson {
    /// The user as one who changes their own factors.
    #[must_use]
    pub fn owner(&self) -> Owner<'_> {
        Owner { app: &self.app, user: &self.user, by: &self.by, now: self.now }
    }
}

impl std::ops::Deref for Person {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.0
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
        let visit = Visit::begin(parts, app, SessionKind::User, Level::Aal1).await;
        visit.map(Self).map_err(|none| match none {
            NoVisit::First(step) => to(step, parts),
            NoVisit::Failed(page) => page,
        })
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
    Redirect::to(&step_to(step, AccountPage::of(parts.uri.path()))).into_response()
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
