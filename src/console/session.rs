//! Who uses the console.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{Method, request::Parts, uri::PathAndQuery},
    response::{IntoResponse, Redirect, Response},
};
use time::OffsetDateTime;

use crate::{
    accounts::waiting::Reader,
    app::App,
    authentication::{cookies, session},
    protocol::assurance::Level,
    store::sessions::{SEEN_TO, SessionKind},
    web::{
        console_path::ConsolePath,
        looks::Looks,
        page::{Section, Shell},
        visit::{NoVisit, Visit},
    },
};

/// A signed-in administrator, asked anew for each request: who loses the role is out at once. Everybody else is sent
/// to sign in.
pub(super) struct Administrator(Visit);

impl Administrator {
    /// The frame of a page.
    pub fn shell(&self, section: Section) -> Shell {
        Shell::for_console(Looks::of(&self.app), &self.user.username, section).ending(self.ends())
    }

    /// When the session ends if nothing more is done.
    fn ends(&self) -> OffsetDateTime {
        let (idle, whole) = SessionKind::Administrator.lifetimes();
        (self.now + idle - SEEN_TO).min(self.session.authenticated_at + whole)
    }

    /// This session, as the reader of what waits for it on this page.
    pub fn reader<'a>(&self, path: &'a str) -> Reader<'a> {
        Reader { user_id: self.user.user_id, session_id: self.session.session_id, path }
    }
}

impl std::ops::Deref for Administrator {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.0
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::begin(parts, app, SessionKind::Administrator, Level::Aal2).await;
        visit.map(Self).map_err(|none| match none {
            NoVisit::First(step) => Redirect::to(&wanted(parts).step(step)).into_response(),
            NoVisit::Failed(page) => page,
        })
    }
}

/// The page that a request is about: a sign-in leads back there.
fn wanted(parts: &Parts) -> ConsolePath {
    if parts.method == Method::GET {
        let page = parts.uri.path_and_query().map(PathAndQuery::as_str);
        page.and_then(ConsolePath::parse).unwrap_or_default()
    } else {
        ConsolePath::of_form(parts.uri.path())
    }
}

/// When the session ends, in milliseconds since 1970, for the page that asks whether to stay. Asking is being there.
pub(super) async fn stay(admin: Administrator) -> Json<i128> {
    Json(admin.ends().unix_timestamp_nanos() / 1_000_000)
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
