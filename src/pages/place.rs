//! Where somebody signs in, and where that leads: to a client application, to their own account, or to the console.

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, request::Parts},
    response::Response,
};
use uuid::Uuid;

use crate::{
    app::{App, Snapshot, Stale},
    authentication::sign_in::Area,
    language::Language,
    policy::assurance,
    protocol::assurance::Level,
    store::authorization_requests,
    web::{
        console_path::ConsolePath,
        error_page::PageError,
        form::read_query,
        interaction::{Interaction, existing_browser},
        language::Reader,
        page::Shell,
        visit::Step,
    },
};

/// Where somebody signs in.
pub enum Place {
    /// On the way to a client.
    Application(Box<Interaction>),
    /// On the way to a page of their account.
    Account(AccountPage, Language),
    /// On the way to the console.
    Console(ConsolePath, Language),
}

/// The pages of an account that a sign-in may lead to. A closed list: nothing from outside says where to go (RU-19).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AccountPage {
    #[default]
    Overview,
    Details,
    Password,
    Email,
    Factors,
    Sessions,
    Applications,
    Activity,
    Delete,
}

impl AccountPage {
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Details, "details", "details-heading"),
        (Self::Password, "password", "password-heading"),
        (Self::Email, "email", "email-heading"),
        (Self::Factors, "factors", "factors-heading"),
        (Self::Sessions, "sessions", "sessions-heading"),
        (Self::Applications, "applications", "applications-heading"),
        (Self::Activity, "activity", "activity-heading"),
        (Self::Delete, "delete", "delete-heading"),
    ];

    /// What the query parameter `to` says for it. Empty for the overview.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(page, ..)| *page == self).map_or("", |(_, name, _)| name)
    }

    /// The key of its heading, by which links name it too.
    #[must_use]
    pub fn heading(self) -> &'static str {
        Self::ALL.iter().find(|(page, ..)| *page == self).map_or("account-heading", |(.., heading)| heading)
    }

    /// The key of what it is for.
    #[must_use]
    pub fn what(self) -> String {
        format!("account-page-{}-what", self.name())
    }

    /// Its path.
    #[must_use]
    pub fn path(self) -> String {
        match self.name() {
            "" => "/account".to_owned(),
            name => format!("/account/{name}"),
        }
    }

    /// Every page but the overview, in the order in which it lists them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(page, ..)| page)
    }

    /// The page that this path belongs to.
    #[must_use]
    pub fn of(path: &str) -> Self {
        path.split('/').nth(2).map(Self::named).unwrap_or_default()
    }

    fn named(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map_or(Self::Overview, |(page, ..)| *page)
    }
}

/// The path of a step on the way to a page of the account.
#[must_use]
pub fn step_to(step: Step, page: AccountPage) -> String {
    match page.name() {
        "" => step.path().to_owned(),
        name => format!("{}?to={name}", step.path()),
    }
}

impl FromRequestParts<App> for Place {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let language = Language::wanted(app, &parts.headers);
        if parts.uri.path().starts_with("/admin/") {
            let query = read_query(parts).unwrap_or_default();
            let page = query.one("to").ok().flatten().and_then(ConsolePath::parse).unwrap_or_default();
            Ok(Self::Console(page, language))
        } else if Path::<Uuid>::from_request_parts(parts, app).await.is_ok() {
            Ok(Self::Application(Box::new(Interaction::from_request_parts(parts, app).await?)))
        } else {
            let query = read_query(parts).unwrap_or_default();
            let page = query.one("to").ok().flatten().map(AccountPage::named).unwrap_or_default();
            Ok(Self::Account(page, language))
        }
    }
}

impl Place {
    /// Where this browser was on its way to before a page led it aside: the client that waits, or else the account.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn waiting(app: &App, headers: &HeaderMap) -> Result<Self, PageError> {
        let reader = Reader::of(app, headers);
        let account = Self::Account(AccountPage::Overview, reader.language());
        let Some(browser) = existing_browser(headers) else { return Ok(account) };
        let waits = authorization_requests::newest_of(&app.db, &browser.hash(), app.clock.now()).await?;
        let Some(request_id) = waits else { return Ok(account) };
        match Interaction::find(app, request_id, Some(&browser), reader).await {
            Ok(interaction) => Ok(Self::Application(Box::new(interaction))),
            Err(PageError::Internal(error)) => Err(error.into()),
            Err(_) => Ok(account), // it has ended meanwhile
        }
    }

    /// What they sign in to.
    #[must_use]
    pub const fn area(&self) -> Area {
        match self {
            Self::Application(_) => Area::Application,
            Self::Account(..) => Area::Account,
            Self::Console(..) => Area::Console,
        }
    }

    /// The path of a step.
    #[must_use]
    pub fn path(&self, step: Step) -> String {
        match self {
            Self::Application(interaction) => format!("{}/{}", step.path(), interaction.request_id),
            Self::Account(page, _) => step_to(step, *page),
            Self::Console(page, _) => page.step(step),
        }
    }

    /// Where it leads when nothing is missing.
    #[must_use]
    pub fn onward(&self) -> String {
        match self {
            Self::Application(interaction) => format!("/oauth2/authorize/{}", interaction.request_id),
            Self::Account(page, _) => page.path(),
            Self::Console(page, _) => page.as_str().to_owned(),
        }
    }

    /// The frame of a page. On the way to a client its forms may lead there.
    #[must_use]
    pub fn shell(&self, app: &App) -> Shell {
        match self {
            Self::Application(interaction) => interaction.shell(app, None),
            Self::Account(_, language) | Self::Console(_, language) => Shell::for_people(app, language, None),
        }
    }

    /// The client's request, on the way to one.
    #[must_use]
    pub fn interaction(&self) -> Option<&Interaction> {
        match self {
            Self::Application(interaction) => Some(interaction),
            Self::Account(..) | Self::Console(..) => None,
        }
    }

    /// What is decided by on the way.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn snapshot(&self, app: &App) -> Result<Snapshot, Stale> {
        match self {
            Self::Application(interaction) => Ok(interaction.snapshot.clone()),
            Self::Account(..) | Self::Console(..) => app.snapshot().await,
        }
    }

    /// The level that is asked for here, beside what the user must always prove.
    #[must_use]
    pub fn demanded(&self) -> Level {
        match self {
            Self::Application(interaction) => {
                assurance::of_request(&interaction.request, &interaction.client, interaction.snapshot.registry())
            }
            Self::Account(..) => Level::Aal1,
            Self::Console(..) => Level::Aal2,
        }
    }
}
