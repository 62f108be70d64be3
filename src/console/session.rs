//! Who uses the console.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::App,
    authentication::{cookies, session},
    protocol::assurance::Level,
    store::sessions::SessionKind,
    web::{
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
        Shell::for_console(Looks::of(&self.app), &self.user.username, section)
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
            NoVisit::First(step) => Redirect::to(&format!("/admin{}", step.path())).into_response(),
            NoVisit::Failed(page) => page,
        })
    }
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
