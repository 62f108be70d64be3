//! The form that registers a client, or changes one.

mod fields;
mod like;

use std::borrow::Cow;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Map, Value};

pub use fields::groups;
use fields::{SCOPE, given, initial, several, typed};
use like::LIKE;

use super::{
    client, form,
    impact::{self, Removal},
    merging::reconciled,
    recent_form::RecentForm,
    session::Administrator,
    undoing::{self, Editable},
    unsent::{self, Showing},
};
use crate::{
    policy::client_metadata,
    protocol::{
        client::{Client, ClientType},
        client_metadata::fields::FIELDS,
        parameters::Parameters,
        scope::Scope,
    },
    registry::{self, ChangeError, RecentPrincipal},
    secret::Secret,
    store,
    web::{
        error_page::PageError,
        field::{FieldGroup, Input},
        form::{PageForm, Query},
        page::{Section, Shell},
        picker,
        view::FormErrors,
    },
};

/// Everything that is registered about a client. Field names are those of the metadata; those of which several are chosen
/// repeat.
#[derive(Template)]
#[template(path = "console/client_form.html")]
pub struct ClientForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The client that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// The row's revision when the form was shown (field `revision`), so that nobody overwrites what they never saw.
    pub revision: i32,
    /// The client that a new one begins as (field `like`). Empty: none.
    pub like: &'a str,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// Its name, as registered or as typed.
    pub name: &'a str,
    /// The type, where there is no choice any more. Empty for a new client.
    pub fixed_type: &'static str,
    /// The fields with what they hold: as registered, or as typed.
    pub groups: Vec<FieldGroup>,
}

impl ClientForm<'_> {
    /// Whether users may sign in to it, as far as is known.
    fn is_for_people(&self) -> bool {
        self.fixed_type != ClientType::Service.as_str()
    }
}

/// The form of a new client: as a client of its type is by default, or as another is (`like`).
pub(super) async fn create(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let query = form::strict(&query, &[])?;
            let (form, showing) = match form::given(query, LIKE) {
                Some(id) => (like::held(&admin.client(id).await?), Showing::FIRST),
                None => unsent::held(&admin, "/admin/clients/new", initial()).await?,
            };
            let like = like::found(&admin, &form).await?;
            Ok(render(&admin, None, like.as_ref(), &form, showing))
        })
        .await
}

/// Registers the client, and leads to its page, which shows its secret if it has one.
pub(super) async fn submit_new(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &several())?;
            let like = like::found(&admin, sent).await?;
            let (created, secret) = match create_from(&admin, &by, like.as_ref(), sent).await {
                Ok(created) => created,
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    return Ok(render(&admin, None, like.as_ref(), sent, Showing::refused(&errors, status)));
                }
            };
            let path = client::path(&created.client_id);
            if let Some(secret) = &secret {
                client::show_until_stored(&admin, &path, secret).await?;
            }
            Ok(Redirect::to(&form::link(&path, &[("done", "created")])).into_response())
        })
        .await
}

/// The form of a client that there is.
pub(super) async fn edit(admin: Administrator, Path(id): Path<String>, Query(query): Query) -> Response {
    admin
        .answer(async {
            let client = admin.client(&id).await?;
            if client.document().is_some() {
                let what = "This client is described by its document, and changes with it.";
                return Err(ChangeError::NotPermitted(what.to_owned()).into());
            }
            let path = format!("{}/edit", client::path(&id));
            let members = client.metadata.members();
            let (form, showing) =
                match undoing::put_back(&admin, &query, &Editable::client(&id), members.clone()).await? {
                    Some((members, unsent)) => (typed(&members), Showing::holding(unsent)),
                    None => unsent::held(&admin, &path, typed(&members)).await?,
                };
            Ok(render(&admin, Some(&client), Some(&client), &form, showing))
        })
        .await
}

/// Saves the client.
pub(super) async fn submit_edit(admin: Administrator, Path(id): Path<String>, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &several())?;
            let client = admin.client(&id).await?;
            let revision = form::id(form::text(sent, "revision"))?;
            if client.revision == revision
                && let Some(question) = taken_away(&admin, &client, sent).await?.question(&admin, sent).await?
            {
                return Ok(question);
            }
            match update_from(&admin, &client, revision, sent).await {
                Ok(()) => {
                    let path = form::link(&client::path(&id), &[("done", "saved")]);
                    Ok(Redirect::to(&path).into_response())
                }
                Err(ChangeError::Outdated(since)) => {
                    let client = admin.client(&id).await?;
                    let theirs = client.metadata.members();
                    let names = FIELDS.iter().map(|field| field.name).collect::<Vec<_>>();
                    let both = reconciled(&since, &theirs, with_sent(&theirs, sent, &client), &names);
                    let showing = Showing::refused(&both.errors, StatusCode::PRECONDITION_FAILED);
                    Ok(render(&admin, Some(&client), Some(&client), &typed(&both.members), showing))
                }
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    Ok(render(&admin, Some(&client), Some(&client), sent, Showing::refused(&errors, status)))
                }
            }
        })
        .await
}

/// Registers what a form says. The client's secret, or its private key, is there to be shown this once.
async fn create_from(
    admin: &Administrator,
    by: &RecentPrincipal,
    like: Option<&Client>,
    sent: &Parameters,
) -> Result<(Client, Option<Secret>), ChangeError> {
    let mut members = like::unseen(like, form::text(sent, "type"));
    members.extend(given(&chosen(sent, like), None));
    let mut metadata = client_metadata::read(members, None).map_err(ChangeError::Invalid)?;
    let key = client::keys::provide(&mut metadata)?;
    let created = registry::clients::create(&admin.app, by, metadata.into()).await?;
    Ok((created.client, created.secret.or(key)))
}

/// What a form would take away from a client that is in use.
async fn taken_away(admin: &Administrator, client: &Client, sent: &Parameters) -> Result<Removal, PageError> {
    let path = format!("{}/edit", client::path(&client.client_id));
    let nothing =
        |path| Removal { section: Section::Clients, path, back: None, gone: Vec::new(), consequences: Vec::new() };
    let Ok(wanted) = client_metadata::read(with_sent(&client.metadata.members(), sent, client), None) else {
        return Ok(nothing(path));
    };
    let uris = client.redirect_uris.iter().filter(|uri| !wanted.redirect_uris.contains(uri)).cloned();
    let scopes = client.scopes.iter().filter(|scope| wanted.scopes.iter().all(|kept| kept != *scope));
    let gone = uris.chain(scopes.map(ToString::to_string)).collect::<Vec<_>>();
    let (id, revision) = (&client.client_id, client.revision);
    // What is wrong with the form is said first.
    if gone.is_empty() || !registry::clients::would_update(&admin.app, &admin.by, id, revision, &wanted).await? {
        return Ok(nothing(path));
    }
    let impact = store::impact::of_client(&admin.app.db, &client.client_id).await?;
    Ok(Removal { gone, consequences: impact::sentences(&impact, admin), ..nothing(path) })
}

/// These members with what a form gives. What it does not show stays as it is.
fn with_sent(members: &Map<String, Value>, sent: &Parameters, client: &Client) -> Map<String, Value> {
    let mut members = members.clone();
    members.extend(given(&chosen(sent, Some(client)), Some(client.client_type)));
    members
}

/// The form with all scopes that it stands for, whichever way they were sent. `base`: the client that it began with.
fn chosen<'a>(sent: &'a Parameters, base: Option<&'a Client>) -> Cow<'a, Parameters> {
    picker::resolved(sent, SCOPE, base.into_iter().flat_map(|client| client.scopes.iter()))
}

async fn update_from(
    admin: &Administrator,
    client: &Client,
    revision: i32,
    sent: &Parameters,
) -> Result<(), ChangeError> {
    let members = with_sent(&client.metadata.members(), sent, client);
    let metadata = client_metadata::read(members, None).map_err(ChangeError::Invalid)?;
    registry::clients::update(&admin.app, &admin.by, &client.client_id, revision, &metadata).await
}

/// The form with what is registered or was typed. Its revision is always the newest: whoever saves again after being
/// told of another change overwrites it knowingly. `base`: the client that its picker begins with.
fn render(
    admin: &Administrator,
    existing: Option<&Client>,
    base: Option<&Client>,
    held: &Parameters,
    Showing { errors, status, unsent, revision }: Showing<'_>,
) -> Response {
    let shell = admin.shell(Section::Clients).with_unsent(unsent);
    let client_type = existing.map(|client| client.client_type);
    let held = &*chosen(held, base);
    let nothing = Scope::default();
    let scopes = base.map_or(&nothing, |client| &client.scopes);
    let content = ClientForm {
        shell: &shell,
        existing: existing.map(|client| client.client_id.as_str()),
        revision: revision.or(existing.map(|client| client.revision)).unwrap_or_default(),
        like: form::text(held, LIKE),
        errors,
        name: form::text(held, "client_name"),
        fixed_type: client_type.map_or("", ClientType::as_str),
        groups: groups(held, client_type, scopes, admin.snapshot.registry(), errors),
    };
    shell.page(&content).with_status(status).into_response()
}
