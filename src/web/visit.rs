//! A request of somebody who is signed in, as the pages of the account and of the console begin with it.

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use time::OffsetDateTime;

use super::{
    caller::Caller,
    error_page::{ErrorPages, PageError},
};
use crate::{
    app::{App, Snapshot},
    authentication::presence::Presence,
    language::Language,
    protocol::assurance::{Level, Missing},
    registry::Principal,
    store::sessions::SessionKind,
};

/// A user who has proven all that is asked for here.
pub struct Visit {
    /// What is reached.
    pub app: App,
    /// Who it is.
    pub present: Presence,
    /// The same user, as one who makes changes.
    pub by: Principal,
    /// When the request arrived.
    pub now: OffsetDateTime,
    /// What is decided by. A change that the request makes is not in it.
    pub snapshot: Snapshot,
    /// What they read.
    pub language: Language,
    pages: ErrorPages,
}

/// A step of signing in. Each place to sign in to has it under a path of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first factor.
    SignIn,
    /// A further one.
    SecondFactor,
    /// Adding one.
    Enrol,
}

/// Why there is no [`Visit`].
pub enum NoVisit {
    /// Something must be proven first.
    First(Step),
    /// The page that says what went wrong.
    Failed(Response),
}

impl Visit {
    /// Finds who is signed in here, where at least `demanded` is asked for.
    ///
    /// # Errors
    /// [`NoVisit`]
    pub async fn begin(parts: &mut Parts, app: &App, kind: SessionKind, demanded: Level) -> Result<Self, NoVisit> {
        let Ok(pages) = ErrorPages::from_request_parts(parts, app).await;
        let Ok(Caller(caller)) = Caller::from_request_parts(parts, app).await;
        let found = async {
            let snapshot = app.snapshot().await?;
            let present = Presence::find(app, kind, &parts.headers).await?;
            Ok::<_, PageError>((snapshot, present))
        };
        let (snapshot, present) = found.await.map_err(|error| NoVisit::Failed(pages.answer(error)))?;
        let registry = snapshot.registry();
        let present = present.filter(|it| kind == SessionKind::User || it.user.administers(registry));
        let present = present.ok_or(NoVisit::First(Step::SignIn))?;
        if let Some(step) = Step::of(present.missing(registry, demanded)) {
            return Err(NoVisit::First(step));
        }
        let (by, language) = (present.principal(&caller), Language::wanted(app, &parts.headers));
        Ok(Self { app: app.clone(), now: snapshot.now, present, by, snapshot, language, pages })
    }

    /// The answer of a handler's work, or the page that says why there is none.
    pub async fn answer(&self, work: impl Future<Output = Result<Response, PageError>>) -> Response {
        work.await.unwrap_or_else(|error| self.pages.answer(error))
    }
}

impl std::ops::Deref for Visit {
    type Target = Presence;

    fn deref(&self) -> &Presence {
        &self.present
    }
}

impl Step {
    /// The step at which this can be proven.
    #[must_use]
    pub const fn of(missing: Missing) -> Option<Self> {
        match missing {
            Missing::Nothing => None,
            Missing::SecondFactor { .. } => Some(Self::SecondFactor),
            Missing::Enrolment { .. } => Some(Self::Enrol),
        }
    }

    /// Its path, behind that of the place.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in",
            Self::SecondFactor => "/second-factor",
            Self::Enrol => "/enrol",
        }
    }
}
