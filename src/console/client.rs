//! The page of one client.

mod settings;

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use time::Duration;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

pub use settings::Setting;
pub(super) use settings::in_words;
use settings::{is_for_people, settings};

use super::{
    audit::{self, EventRow},
    confirm::{Act, Doomed},
    form, impact,
    recent_form::RecentForm,
    session::Administrator,
    snippets::{self, Snippet},
};
use crate::{
    accounts::waiting,
    language::Moment,
    policy::{
        client_document,
        refusal::{Fault, Refusal},
    },
    protocol::client::Client,
    registry::{self, ChangeError},
    secret::Secret,
    store::{
        self,
        audit_events::{self, Filter},
        client_secrets,
    },
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::{Page, Section, Shell},
        view::{Choice, Notice, NoticeKind},
    },
};

const HISTORY: i64 = 20;

/// One client: how it is set up, its secrets, code to call us with, what happened to it.
///
/// Its forms post to paths below its own: `/secrets` (`overlap`), `/enabled` (`enabled` = `true` or `false`).
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
    /// The page's own path.
    pub path: &'a str,
    /// How it is registered: names, and one or more values.
    pub settings: Vec<Setting>,
    /// Its secrets. `None`: it is a public client and has none.
    pub secrets: Option<Vec<SecretRow>>,
    /// How long the old secret lives on when it is rotated.
    pub overlaps: Vec<Choice>,
    /// The same request in several languages, at most four.
    pub snippets: Vec<Snippet>,
    /// What happened lately.
    pub history: Vec<EventRow>,
}

/// A secret as we know it: by its end.
pub struct SecretRow {
    /// Its last four characters.
    pub last_four: String,
    /// The client brought it from elsewhere, so it may be weak.
    pub brought: bool,
    /// When it was made.
    pub created: Moment,
    /// When it ends. `None`: never by itself.
    pub expires: Option<Moment>,
    /// When it last authenticated the client.
    pub last_used: Option<Moment>,
}

/// How long an old secret may live on beside the new one. The values are seconds.
#[must_use]
pub fn overlaps() -> Vec<Choice> {
    let chosen = Choice { chosen: true, ..Choice::new("86400", "24 hours", "") };
    vec![
        Choice::new("0", "Not at all: it stops working within 1 second", ""),
        Choice::new("3600", "1 hour", ""),
        chosen,
        Choice::new("604800", "7 days", ""),
    ]
}

/// The page of a client.
pub(super) async fn show(admin: Administrator, Path(id): Path<String>, Query(query): Query) -> Response {
    admin.answer(async { Ok(page(&admin, &id, form::notices(&query)).await?.into_response()) }).await
}

/// Keeps a client's new secret for its page, which shows it until it is stored: reloading makes no other one.
pub(super) async fn show_until_stored(admin: &Administrator, page: &str, secret: &Secret) -> Result<(), PageError> {
    Ok(waiting::show(&admin.app, &admin.reader(page), &secret.expose()).await?)
}

/// Gives the client a new secret, and leads to its page, which shows it.
pub(super) async fn rotate_secret(
    Path(id): Path<String>,
    RecentForm { admin, by, form: sent }: RecentForm,
) -> Response {
    admin
        .answer(async {
            let seconds = form::text(form::strict(&sent, &[])?, "overlap").parse::<u32>();
            let seconds =
                seconds.map_err(|_| ChangeError::from(Refusal::new("overlap", Fault::Required, "Choose a time.")))?;
            let overlap = Duration::seconds(seconds.into());
            let secret = registry::clients::rotate_secret(&admin.app, &by, &id, overlap).await?;
            show_until_stored(&admin, &path(&id), &secret).await?;
            Ok(Redirect::to(&path(&id)).into_response())
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

/// Asks before the client is deleted.
pub(super) async fn ask_delete(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let client = admin.client(&id).await?;
            Ok(doomed(&admin, &client, &path(&id)).await?.ask(&admin))
        })
        .await
}

/// Deletes the client, if its name was typed.
pub(super) async fn delete(Path(id): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let client = admin.client(&id).await?;
            if let Err(again) = doomed(&admin, &client, &path(&id)).await?.confirmed(&admin, &sent) {
                return Ok(*again);
            }
            registry::clients::delete(&admin.app, &by, &id).await?;
            Ok(Redirect::to("/admin/clients?done=deleted").into_response())
        })
        .await
}

async fn page(admin: &Administrator, client_id: &str, notices: Vec<Notice>) -> Result<Page, PageError> {
    let client = admin.client(client_id).await?;
    let filter = Filter { client_id: Some(client_id), ..Filter::default() };
    let history = audit_events::list(&admin.app.db, &filter, HISTORY).await?;
    let (shell, path) = (admin.shell(Section::Clients), path(client_id));
    let content = ClientPage {
        shell: &shell,
        notices: notices.into_iter().chain(own_words(admin, &client)).collect(),
        client_id,
        name: &client.name,
        enabled: client.enabled,
        may_change: admin.author().may_change_client(&client),
        may_give: admin.may_give_clients(),
        owner: admin.owner_of(&client).await?,
        from_document: client.document().is_some(),
        for_people: is_for_people(&client),
        new_secret: waiting::shown(&admin.app, &admin.reader(&path)).await?,
        path: &path,
        settings: settings(&client, admin.snapshot.registry()),
        secrets: secrets(admin, &client).await?,
        overlaps: overlaps(),
        snippets: snippets::of(&client, admin.app.issuer()),
        history: audit::rows(history, admin.now),
    };
    Ok(shell.page(&content))
}

/// Where a path of the console leads to a client. An id that is a URL is one segment of it.
pub(super) fn path(client_id: &str) -> String {
    format!("/admin/clients/{}", byte_serialize(client_id.as_bytes()).collect::<String>())
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
    Some(Notice { kind, text: text.to_owned() })
}

async fn doomed<'a>(admin: &Administrator, client: &'a Client, path: &'a str) -> Result<Doomed<'a>, PageError> {
    let consequences = if is_for_people(client) {
        &[
            "Nobody can sign in to it, and it gets no more tokens.",
            "The tokens that it has are revoked.",
            "What people allowed it is forgotten.",
        ][..]
    } else {
        &["It gets no more tokens.", "The tokens that it has are revoked."]
    };
    let impact = store::impact::of_client(&admin.app.db, &client.client_id).await?;
    let consequences = consequences.iter().map(ToString::to_string).chain(impact::sentences(&impact, admin)).collect();
    let (section, act) = (Section::Clients, Act::DELETE);
    Ok(Doomed { section, act, kind: "client", name: &client.name, back: path, path, consequences })
}

async fn secrets(admin: &Administrator, client: &Client) -> Result<Option<Vec<SecretRow>>, PageError> {
    if client.is_public() {
        return Ok(None);
    }
    let moment = |at| Moment::new(at, admin.now);
    let found = client_secrets::of_client(&admin.app.db, &client.client_id).await?;
    let rows = found.into_iter().rev().map(|(secret, last_used)| SecretRow {
        last_four: secret.last_four,
        brought: !secret.generated,
        created: moment(secret.created_at),
        expires: secret.expires_at.map(moment),
        last_used: last_used.map(moment),
    });
    Ok(Some(rows.collect()))
}
