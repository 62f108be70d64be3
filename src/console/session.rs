//! Who uses the console, and what they may do in it.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use crate::{
    app::App,
    authentication::{cookies, session},
    policy::{
        change::Author,
        permission::{self, Permission, Powers},
    },
    protocol::{assurance::Level, client::Client},
    registry::ChangeError,
    store::{clients, sessions::SessionKind, users},
    web::{
        error_page::PageError,
        looks::Looks,
        page::{Section, Shell},
        visit::{NoVisit, Visit},
    },
};

/// What a route asks of whoever calls it. `None`: an office, whichever.
#[derive(Clone, Copy)]
pub(super) struct Asked(pub Option<Permission>);

/// A signed-in user who holds an office that permits what the route asks for, looked at anew for each request: who loses it
/// is out at once. Everybody else is sent to sign in. A route that asks for nothing lets nobody in.
pub(super) struct Administrator {
    visit: Visit,
    powers: Powers,
}

impl Administrator {
    /// The frame of a page.
    pub fn shell(&self, section: Section) -> Shell {
        Shell::for_console(Looks::of(&self.app), &self.user.username, section, self.powers)
    }

    /// The same user, as rules see them.
    pub fn author(&self) -> Author {
        Author::Administrator { user_id: Some(self.user.user_id), powers: self.powers }
    }

    /// Whose clients alone they see. `None`: all.
    pub fn sees_clients_of(&self) -> Option<Uuid> {
        (!self.powers.has(Permission::ClientsRead)).then_some(self.user.user_id)
    }

    /// The client with this id, if they see it.
    pub async fn client(&self, client_id: &str) -> Result<Client, PageError> {
        let found = clients::find(&self.app.db, client_id).await?.filter(|client| self.author().sees(client));
        Ok(found.ok_or(ChangeError::Unknown)?)
    }

    /// The username of a client's owner, if it has one.
    pub async fn owner_of(&self, client: &Client) -> Result<Option<String>, PageError> {
        let Some(user_id) = client.owner else { return Ok(None) };
        Ok(users::find(&self.app.db, user_id).await?.map(|user| user.username))
    }

    /// Whether they may say who owns a client: who may change every one.
    pub fn may_give_clients(&self) -> bool {
        self.powers.has(Permission::ClientsWrite)
    }
}

impl std::ops::Deref for Administrator {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::begin(parts, app, SessionKind::Administrator, Level::Aal2).await;
        let visit = visit.map_err(|none| match none {
            NoVisit::First(step) => Redirect::to(&format!("/admin{}", step.path())).into_response(),
            NoVisit::Failed(page) => page,
        })?;
        let powers = permission::of_user(&visit.user, visit.snapshot.registry());
        let admin = Self { visit, powers };
        match parts.extensions.get() {
            Some(Asked(None)) => Ok(admin),
            Some(Asked(Some(permission))) if powers.has_for_own(*permission) => Ok(admin),
            asked => Err(admin.refuse(asked.and_then(|asked| asked.0)).await),
        }
    }
}

impl Administrator {
    async fn refuse(&self, asked: Option<Permission>) -> Response {
        let needed = Powers::of(asked.as_slice());
        self.answer(async { Err(ChangeError::Lacks(needed).into()) }).await
    }
}

/// The first page that they may see.
pub(super) async fn enter(admin: Administrator) -> Response {
    admin
        .answer(async {
            let first = admin.shell(Section::Clients).sections().next().map(Section::path);
            let nothing = || PageError::Administrator(StatusCode::FORBIDDEN, "Nothing to see", NOTHING.to_owned());
            Ok(Redirect::to(first.ok_or_else(nothing)?).into_response())
        })
        .await
}

const NOTHING: &str = "Your office permits none of the pages here.";

/// Ends the session.
pub(super) async fn leave(admin: Administrator) -> Response {
    admin
        .answer(async {
            session::end(&admin.app, &admin.session, admin.by.actor()).await?;
            Ok((cookies::ADMIN.delete(), Redirect::to("/admin/sign-in")).into_response())
        })
        .await
}
