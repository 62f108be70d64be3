//! Who uses the console, and what they may do in it.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{Method, StatusCode, request::Parts, uri::PathAndQuery},
    response::{IntoResponse, Redirect, Response},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    accounts::waiting::Reader,
    app::App,
    authentication::{cookies, session},
    policy::{
        change::Author,
        permission::{self, Permission, Powers},
    },
    protocol::{assurance::Level, client::Client},
    registry::ChangeError,
    store::{
        clients,
        sessions::{SEEN_TO, SessionKind},
        users,
    },
    web::{
        admin_api::Acting,
        console_path::ConsolePath,
        error_page::PageError,
        looks::Looks,
        page::{Section, Shell},
        visit::{NoVisit, Visit},
    },
};

/// How the query of a request begins that searches among the choices of a form (field: which).
const FIND: &str = "find=";

/// What a route asks of whoever calls it. `None`: an office, whichever.
#[derive(Clone, Copy)]
pub(super) struct Asked(pub Option<Permission>);

/// A signed-in user who holds an office that permits what the route asks for, looked at anew for each request: who loses it
/// is out at once. Everybody else is sent to sign in. A route that asks for nothing lets nobody in.
pub(super) struct Administrator {
    visit: Visit,
    powers: Powers,
    searches: bool,
}

impl Administrator {
    /// Whoever is signed in and holds an office, before it is asked what it permits. Others are sent to sign in.
    pub async fn signed_in(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::begin(parts, app, SessionKind::Administrator, Level::Aal2).await;
        let visit = visit.map_err(|none| match none {
            NoVisit::First(step) => Redirect::to(&wanted(parts).step(step)).into_response(),
            NoVisit::Failed(page) => page,
        })?;
        let powers = permission::of_user(&visit.user, visit.snapshot.registry());
        let searches = parts.uri.query().is_some_and(|query| query.starts_with(FIND));
        Ok(Self { visit, powers, searches })
    }

    /// The frame of a page.
    pub fn shell(&self, section: Section) -> Shell {
        Shell::for_console(Looks::of(&self.app), &self.user.username, section, self.powers).ending(self.ends())
    }

    /// Whether the request searches among the choices of a form, which stays as it was typed meanwhile.
    pub fn searches(&self) -> bool {
        self.searches
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

    /// Whether they may do this, if only to what is their own.
    pub fn may_for_own(&self, permission: Permission) -> bool {
        self.powers.has_for_own(permission)
    }

    /// Whether they may do this to everything, and not to what is their own alone.
    pub fn may(&self, permission: Permission) -> bool {
        self.powers.has(permission)
    }

    /// The same, as one who asks the admin API.
    pub fn acting(&self) -> Acting {
        Acting { by: self.by.clone(), user_id: self.user.user_id, powers: self.powers }
    }

    /// Whether they may read what happens, to whomever.
    pub fn sees_everything(&self) -> bool {
        self.powers.has(Permission::AuditRead)
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

    async fn refuse(&self, asked: Option<Permission>) -> Response {
        let needed = Powers::of(asked.as_slice());
        self.answer(async { Err(ChangeError::Lacks(needed).into()) }).await
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
        let admin = Self::signed_in(parts, app).await?;
        match parts.extensions.get() {
            Some(Asked(None)) => Ok(admin),
            Some(Asked(Some(permission))) if admin.powers.has_for_own(*permission) => Ok(admin),
            asked => Err(admin.refuse(asked.and_then(|asked| asked.0)).await),
        }
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

/// The first page that they may see.
pub(super) async fn enter(admin: Administrator) -> Response {
    admin
        .answer(async {
            let first = admin
                .shell(Section::Clients)
                .groups()
                .iter()
                .flat_map(|(_, parts)| parts.iter())
                .find(|part| **part != Section::Home)
                .map(|part| part.path());
            let what = "Your office permits none of the pages here.";
            let nothing = || PageError::Administrator(StatusCode::FORBIDDEN, "Nothing to see", what.to_owned());
            Ok(Redirect::to(first.ok_or_else(nothing)?).into_response())
        })
        .await
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
