//! The page of one client.

pub mod deletion;
pub mod keys;
mod overview;
mod scopes;
pub mod secrets;
mod settings;
mod tabs;

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use zeroize::Zeroizing;

pub(super) use super::form::client_path as path;
use keys::PublicKeys;
pub(super) use overview::environment;
pub use scopes::ClientScope;
pub(super) use secrets::show_until_stored;
use secrets::{Secrets, overlaps};
pub use settings::Setting;
pub(super) use settings::{in_words, setting};
use settings::{is_for_people, settings};

use super::{
    audit::{self, EventRow},
    form,
    session::Administrator,
    snippets::{self, Snippet},
    undoing::{self, Editable},
};
use crate::{
    accounts::waiting,
    policy::client_document,
    protocol::{client::Client, client_metadata::field::Tab},
    registry,
    store::audit_events::{self, Filter},
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::{Page, Section, Shell},
        view::{Choice, Notice, NoticeKind},
    },
};

const HISTORY: i64 = 20;

/// One client, a tab at a time: how it is set up, its secrets, code to call us with, what happened to it.
///
/// Its forms post to paths below its own: `/secrets` (`name`, `overlap`), `/secrets/end` (`secret_id`), `/keys`, `/keys/end` (`key`),
/// `/enabled` (`enabled` = `true` or `false`).
#[derive(Template)]
#[template(path = "console/client.html")]
#[expect(clippy::struct_excessive_bools, reason = "its template asks for each by its name")]
pub struct ClientPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now, and what will end soon.
    pub notices: Vec<Notice>,
    /// `client_id`.
    pub client_id: &'a str,
    /// The page's own path.
    pub path: &'a str,
    /// `client_name`.
    pub name: &'a str,
    /// It may get tokens.
    pub enabled: bool,
    /// The reader may change it.
    pub may_change: bool,
    /// The reader may say who owns it.
    pub may_give: bool,
    /// The username of its owner. `None`: nobody owns it.
    pub owner: Option<String>,
    /// A document describes it: nothing of that can be changed here.
    pub from_document: bool,
    /// Users sign in to it.
    pub for_people: bool,
    /// A secret that was made just now. Nothing else ever shows it.
    pub new_secret: Option<Zeroizing<String>>,
    /// Which tab is shown. What belongs to others is empty.
    pub tab: Tab,
    /// The tabs that it has: what they are called, where they are, and which is shown.
    pub tabs: Vec<(&'static str, String, bool)>,
    /// Whose tokens it gets.
    pub issuer: &'a str,
    /// How it is registered: names, and one or more values.
    pub settings: Vec<Setting>,
    /// What it may ask for.
    pub scopes: Vec<ClientScope>,
    /// Its secrets. `None`: it is a public client, or proves who it is by a key, and has none.
    pub secrets: Option<Secrets>,
    /// Its public keys. `None`: it has none.
    pub keys: Option<PublicKeys>,
    /// How long the old secret lives on when it is rotated.
    pub overlaps: Vec<Choice>,
    /// The lines of its `.env`.
    pub environment: Option<String>,
    /// The same request in several languages, at most four.
    pub snippets: Vec<Snippet>,
    /// What happened lately.
    pub history: Vec<EventRow>,
}

impl ClientPage<'_> {
    /// What was made just now: a secret is one word, a key is JSON.
    fn new_secret_label(&self) -> &'static str {
        if self.new_secret.as_ref().is_some_and(|made| made.starts_with('{')) { "Private key" } else { "Client secret" }
    }

    /// What the fields of the tab are about.
    const fn subject(&self) -> &'static str {
        match self.tab {
            Tab::Secrets => "How it authenticates",
            tab => tabs::title(tab),
        }
    }
}

/// The page of a client.
pub(super) async fn show(admin: Administrator, Path(id): Path<String>, Query(query): Query) -> Response {
    admin
        .answer(async {
            let client = admin.client(&id).await?;
            let tab = tabs::named(form::text(&query, "tab"), &client);
            let thing = Some(Editable::client(&client.client_id));
            let notices = undoing::offered(&admin, &query, thing, form::notices_of(&query, &client.name)).await?;
            Ok(page(&admin, &client, tab, notices).await?.into_response())
        })
        .await
}

/// Switches the client on or off.
pub(super) async fn set_enabled(admin: Administrator, Path(id): Path<String>, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let enabled = form::text(form::strict(&sent, &[])?, "enabled") == "true";
            registry::clients::set_enabled(&admin.app, &admin.by, &id, enabled).await?;
            let done = if enabled { "enabled" } else { "disabled" };
            Ok(Redirect::to(&form::link(&path(&id), &[("done", done)])).into_response())
        })
        .await
}

/// A tab of the page as it is now.
async fn page(admin: &Administrator, client: &Client, tab: Tab, notices: Vec<Notice>) -> Result<Page, PageError> {
    let (registry, issuer, path) = (admin.snapshot.registry(), admin.app.issuer(), path(&client.client_id));
    let is_overview = tab == Tab::Overview;
    let shell = admin.shell(Section::Clients);
    let content = ClientPage {
        shell: &shell,
        notices: notices.into_iter().chain(own_words(admin, client)).collect(),
        client_id: &client.client_id,
        path: &path,
        name: &client.name,
        enabled: client.enabled,
        may_change: admin.author().may_change_client(client),
        may_give: admin.may_give_clients(),
        owner: admin.owner_of(client).await?,
        from_document: client.document().is_some(),
        for_people: is_for_people(client),
        new_secret: waiting::shown(&admin.app, &admin.reader(&path)).await?,
        tab,
        tabs: tabs::links(client, &path, tab),
        issuer,
        settings: settings(client, tab, registry),
        scopes: if tab == Tab::Scopes { scopes::of(client, registry) } else { Vec::new() },
        secrets: if tab == Tab::Secrets { secrets::of(admin, client).await? } else { None },
        keys: if tab == Tab::Secrets { keys::of(admin, client).await? } else { None },
        overlaps: overlaps(),
        environment: environment(client, issuer).filter(|_| is_overview),
        snippets: if is_overview { snippets::of(client, issuer) } else { Vec::new() },
        history: if tab == Tab::Activity { history(admin, client).await? } else { Vec::new() },
    };
    Ok(shell.page(&content))
}

async fn history(admin: &Administrator, client: &Client) -> Result<Vec<EventRow>, PageError> {
    let filter = Filter { client_id: Some(&client.client_id), ..Filter::default() };
    Ok(audit::rows(admin, audit_events::list(&admin.app.db, &filter, HISTORY).await?).await?)
}

/// What to know of a client that describes itself.
fn own_words(admin: &Administrator, client: &Client) -> Option<Notice> {
    let url = client.document()?;
    let is_admitted = client_document::admitted(&url, &admin.app.settings.document_hosts).is_some();
    let (kind, text) = if is_admitted {
        let text = "This client describes itself, by the document that its client id leads to; nobody here has checked it. \
                    Disable it to keep it out: if you delete it, it is registered again when it next asks.";
        (NoticeKind::Information, text)
    } else {
        let text = "This client describes itself, and client_metadata_documents.allowed_hosts does not name its host any \
                    more: it gets no tokens and no sign-ins.";
        (NoticeKind::Warning, text)
    };
    Some(Notice::new(kind, text.to_owned()))
}
