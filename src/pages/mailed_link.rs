//! A link that was mailed: one page with six purposes. To open a link does nothing, because mail programs open links too;
//! the form of its page does what the link is for, and uses it up.

mod table;

use askama::Template;
use axum::{
    Extension,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};

pub use table::{Done, LinkPage, page_of};

use super::{
    outcome::{self, Said},
    sign_in,
};
use crate::{
    accounts::{
        email, hold,
        link::{self, Purpose},
        new_password::{self, NotSet},
        registration,
    },
    app::{Actor, App},
    authentication::{password_policy::SHORTEST_ALONE, presence::Presence},
    language::Language,
    model::user::User,
    policy::text,
    store::sessions::SessionKind,
    web::{
        caller::Caller,
        error_page::{ErrorPages, PageError},
        form::PageForm,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Asks whether to do what the link is for, with the fields `name` and `password` where it needs them.
#[derive(Template)]
#[template(path = "mailed_link.html")]
pub struct MailedLink<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// What it asks.
    pub page: LinkPage,
    /// Whose account it is about: who reads the mail may be somebody else than who asked for it. For password managers too.
    pub username: &'a str,
    /// The address that it is about.
    pub address: &'a str,
    /// The name that was typed, if a name is asked for.
    pub name: Option<&'a str>,
    /// The fewest characters that the password may have, if one is asked for.
    pub least: Option<usize>,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

/// What the link says, as long as it works.
struct Found {
    username: String,
    address: String,
    /// The fewest characters that the new password may have, if the link is for one.
    least: Option<usize>,
}

/// The page of the links of a purpose.
pub fn page(purpose: Purpose) -> MethodRouter<App> {
    get(show).post(submit).route_layer(Extension(purpose))
}

/// The page that says that it is done.
pub fn done(purpose: Purpose) -> MethodRouter<App> {
    get(say_done).route_layer(Extension(purpose))
}

/// A link that somebody opened.
struct Visit {
    app: App,
    pages: ErrorPages,
    language: Language,
    purpose: Purpose,
    /// What the link says after its page.
    link: String,
    /// What the browser sent.
    headers: HeaderMap,
}

/// Asks. Nothing is used up.
async fn show(visit: Visit) -> Response {
    visit.ask("", &NO_ERRORS).await
}

/// Does it.
async fn submit(visit: Visit, Caller(caller): Caller, PageForm(form): PageForm) -> Response {
    let text = |field| form.one(field).ok().flatten().unwrap_or_default();
    let (name, password) = (text("name").trim(), text("password"));
    let mut errors = FormErrors::default();
    if visit.purpose == Purpose::Registration && text::name("name", name).is_err() {
        errors.add("name", visit.language.text("registration-name-wrong"));
        return visit.ask(name, &errors).await;
    }
    match visit.act(name, password, &caller).await {
        Ok(username) => {
            let done = Redirect::to(page_of(visit.purpose).done.path);
            let Some(username) = username else { return done.into_response() };
            match sign_in::at_once(&visit.app, &caller, &visit.headers, &username, password).await {
                Ok(Some(cookies)) => (cookies, done).into_response(),
                Ok(None) => done.into_response(),
                Err(error) => visit.pages.answer(error),
            }
        }
        Err(NotSet::Weak(weakness)) => {
            errors.add("password", weakness.message(visit.language));
            visit.ask(name, &errors).await
        }
        Err(NotSet::Busy) => {
            errors.add("password", visit.language.text("password-busy"));
            outcome::busy(visit.ask(name, &errors).await)
        }
        Err(NotSet::Internal(error)) => visit.pages.answer(PageError::Internal(error)),
        Err(NotSet::Gone | NotSet::Wrong | NotSet::TooOften | NotSet::NoLongerAllowed) => visit.gone().await,
    }
}

/// Says that it is done. Who chose a password with it is signed in by that, as far as a password goes (LG-22).
async fn say_done(
    State(app): State<App>,
    pages: ErrorPages,
    headers: HeaderMap,
    Extension(purpose): Extension<Purpose>,
) -> Response {
    let Done { heading, what, onward, .. } = page_of(purpose).done;
    let sets_password = matches!(purpose, Purpose::Invitation | Purpose::Recovery | Purpose::Registration);
    let page = async {
        let present = Presence::find(&app, SessionKind::User, &headers).await?.filter(|_| sets_password);
        let said = match present {
            Some(_) => Said { heading, what: "outcome-signed-in", onward: Some(("/account", "outcome-account")) },
            None => Said { heading, what, onward },
        };
        outcome::page(&app, &headers, said).await
    };
    page.await.unwrap_or_else(|error| pages.answer(error))
}

impl Visit {
    /// What the link says. `None`: it does not work, or not any more.
    async fn find(&self) -> sqlx::Result<Option<Found>> {
        let Self { app, purpose, link, .. } = self;
        let about = |(user, address): (User, String)| Found { username: user.username, address, least: None };
        Ok(match purpose {
            Purpose::Invitation | Purpose::Recovery => {
                let Some(user) = new_password::invited(app, *purpose, link).await? else { return Ok(None) };
                let least = Some(new_password::owner(app, &user).await?.shortest());
                Some(Found { username: user.username, address: String::new(), least })
            }
            Purpose::Registration => link::find(app, *purpose, link).await?.map(|link| Found {
                username: link.address.clone(), // it becomes the name
                address: link.address,
                least: Some(SHORTEST_ALONE),
            }),
            Purpose::Email | Purpose::EmailUndo => email::find(app, *purpose, link).await?.map(about),
            Purpose::Hold => hold::find(app, link).await?.map(about),
        })
    }

    /// Does what the link is for. Gives the name of the account whose password it set.
    async fn act(&self, name: &str, password: &str, caller: &Actor) -> Result<Option<String>, NotSet> {
        let Self { app, purpose, link, .. } = self;
        let was_there = match purpose {
            Purpose::Invitation | Purpose::Recovery => {
                return new_password::set_by_link(app, *purpose, link, password, caller).await.map(Some);
            }
            Purpose::Registration => return registration::open(app, link, name, password, caller).await.map(Some),
            Purpose::Email => email::confirm(app, link, caller).await?,
            Purpose::EmailUndo => email::undo(app, link, caller).await?,
            Purpose::Hold => hold::set(app, link, caller).await?,
        };
        if was_there { Ok(None) } else { Err(NotSet::Gone) }
    }

    /// The page, with what was typed and what is wrong with it.
    async fn ask(&self, name: &str, errors: &FormErrors) -> Response {
        let found = match self.find().await {
            Ok(Some(found)) => found,
            Ok(None) => return self.gone().await,
            Err(error) => return self.pages.answer(error.into()),
        };
        let shell = Shell::for_people(&self.app, &self.language, None);
        let content = MailedLink {
            shell: &shell,
            action: &format!("/{}/{}", self.purpose.page(), self.link),
            page: page_of(self.purpose),
            username: &found.username,
            address: &found.address,
            name: (self.purpose == Purpose::Registration).then_some(name),
            least: found.least,
            errors,
        };
        shell.page(&content).with_status(errors.status()).into_response()
    }

    async fn gone(&self) -> Response {
        let page = outcome::gone(&self.app, &self.headers, page_of(self.purpose).another).await;
        page.unwrap_or_else(|error| self.pages.answer(error))
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Extension(purpose) =
            Extension::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let Path(link) = Path::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let Ok(pages) = ErrorPages::from_request_parts(parts, app).await;
        let language = Language::wanted(app, &parts.headers);
        Ok(Self { app: app.clone(), pages, language, purpose, link, headers: parts.headers.clone() })
    }
}
