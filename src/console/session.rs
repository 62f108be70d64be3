//! Who uses the console.

use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use time::OffsetDateTime;

use crate::{
    app::{App, Snapshot},
    authentication::{cookies, session},
    model::user::User,
    protocol::{
        assurance::{Level, Missing},
        interaction::SignedIn,
    },
    registry::Principal,
    secret::SecretHash,
    store::sessions::SessionKind,
    web::{
        caller::Caller,
        error_page::{ErrorPages, PageError},
        looks::Looks,
        page::{Section, Shell},
    },
};

/// A signed-in administrator, asked anew for each request: who loses the role is out at once. Everybody else is sent
/// to sign in.
pub(super) struct Administrator {
    pub app: App,
    pub user: User,
    pub session: SignedIn,
    /// The administrator, as one who makes changes.
    pub by: Principal,
    /// When the request arrived.
    pub now: OffsetDateTime,
    /// What is decided by. A change that the request makes is not in it.
    pub snapshot: Snapshot,
    pages: ErrorPages,
}

impl Administrator {
    /// The frame of a page.
    pub fn shell(&self, section: Section) -> Shell {
        Shell::for_console(Looks::of(&self.app), &self.user.username, section)
    }

    /// The answer of a handler's work, or the page that says why there is none.
    pub async fn answer(&self, work: impl Future<Output = Result<Response, PageError>>) -> Response {
        work.await.unwrap_or_else(|error| self.pages.answer(error))
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(pages) = ErrorPages::from_request_parts(parts, app).await;
        let Ok(Caller(caller)) = Caller::from_request_parts(parts, app).await;
        let Ok(State(app)) = State::<App>::from_request_parts(parts, app).await;
        let snapshot = app.snapshot().await.map_err(|error| pages.answer(error.into()))?;
        let found = signed_in(&snapshot, parts).await.map_err(|error| pages.answer(error))?;
        let (session, user, secret) = found.map_err(|step| Redirect::to(step).into_response())?;
        let by = Principal::signed_in(SessionKind::Administrator, &session, secret, &caller);
        Ok(Self { now: snapshot.now, app, user, session, by, snapshot, pages })
    }
}

/// Who is signed in, with the secret of their session; or where to go for what is missing.
async fn signed_in(
    snapshot: &Snapshot,
    parts: &Parts,
) -> Result<Result<(SignedIn, User, SecretHash), &'static str>, PageError> {
    let Some(secret) = session::presented(SessionKind::Administrator, &parts.headers) else {
        return Ok(Err("/admin/sign-in"));
    };
    let found = session::signed_in(snapshot, SessionKind::Administrator, &parts.headers, Level::Aal2).await?;
    let found = found.filter(|(_, user, _)| user.is_administrator(snapshot.registry()));
    let Some((session, user, missing)) = found else { return Ok(Err("/admin/sign-in")) };
    Ok(match missing {
        Missing::Nothing => Ok((session, user, secret)),
        Missing::SecondFactor { .. } => Err("/admin/second-factor"),
        Missing::Enrolment { .. } => Err("/admin/enrol"),
    })
}

/// Ends the session.
pub(super) async fn leave(admin: Administrator) -> Response {
    admin
        .answer(async {
            session::end(&admin.app, &admin.session, admin.by.actor()).await?;
            Ok((cookies::ADMIN.delete(), Redirect::to("/admin/sign-in")).into_response())
        })
        .await
}
