//! The form that registers a client, or changes one.

mod fields;
mod like;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::Map;

pub use fields::groups;
use fields::{given, initial, several, typed};
use like::LIKE;

use super::{
    client::{self, found},
    form,
    recent_form::RecentForm,
    session::Administrator,
};
use crate::{
    policy::client_metadata,
    protocol::{
        client::{Client, ClientType},
        client_metadata::field::Tab,
        parameters::Parameters,
    },
    registry::{self, ChangeError, RecentPrincipal, clients::Created},
    store::clients,
    web::{
        field::{FieldGroup, Input},
        form::{PageForm, Query},
        page::{Section, Shell},
        view::{FormErrors, NO_ERRORS},
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
            let held = match form::given(query, LIKE) {
                Some(id) => like::held(&found(&admin, id).await?),
                None => initial(),
            };
            Ok(render(&admin, None, &held, &NO_ERRORS, StatusCode::OK))
        })
        .await
}

/// Registers the client, and shows its secret if it has one.
pub(super) async fn submit_new(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &several())?;
            let created = match create_from(&admin, &by, sent).await {
                Ok(created) => created,
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    return Ok(render(&admin, None, sent, &errors, status));
                }
            };
            let id = &created.client.client_id;
            if created.secret.is_none() {
                let path = form::link(&client::path(id), &[("done", "created")]);
                return Ok(Redirect::to(&path).into_response());
            }
            let secret = created.secret.as_ref();
            let page = client::page(&admin, &created.client, Tab::Overview, Vec::new(), secret).await?;
            Ok(page.with_status(StatusCode::CREATED).into_response())
        })
        .await
}

/// The form of a client that there is.
pub(super) async fn edit(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let client = found(&admin, &id).await?;
            if client.document().is_some() {
                let what = "This client is described by its document, and changes with it.";
                return Err(ChangeError::NotPermitted(what.to_owned()).into());
            }
            Ok(render(&admin, Some(&client), &typed(&client.metadata.members()), &NO_ERRORS, StatusCode::OK))
        })
        .await
}

/// Saves the client.
pub(super) async fn submit_edit(admin: Administrator, Path(id): Path<String>, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &several())?;
            let client = found(&admin, &id).await?;
            let revision = form::id(form::text(sent, "revision"))?;
            let mut errors = FormErrors::default();
            let status = match update_from(&admin, &client, revision, sent).await {
                Ok(()) => {
                    let path = form::link(&client::path(&id), &[("done", "saved")]);
                    return Ok(Redirect::to(&path).into_response());
                }
                Err(error) => form::explain(error, &mut errors)?,
            };
            Ok(render(&admin, Some(&client), sent, &errors, status))
        })
        .await
}

async fn create_from(admin: &Administrator, by: &RecentPrincipal, sent: &Parameters) -> Result<Created, ChangeError> {
    let mut members = match form::given(sent, LIKE) {
        Some(id) => like::unseen(clients::find(&admin.app.db, id).await?.as_ref(), form::text(sent, "type")),
        None => Map::new(),
    };
    members.extend(given(sent, None));
    let metadata = client_metadata::read(members, None).map_err(ChangeError::Invalid)?;
    registry::clients::create(&admin.app, by, metadata.into()).await
}

/// What the form does not show stays as it is.
async fn update_from(
    admin: &Administrator,
    client: &Client,
    revision: i32,
    sent: &Parameters,
) -> Result<(), ChangeError> {
    let mut members = client.metadata.members();
    members.extend(given(sent, Some(client.client_type)));
    let metadata = client_metadata::read(members, None).map_err(ChangeError::Invalid)?;
    registry::clients::update(&admin.app, &admin.by, &client.client_id, revision, &metadata).await
}

/// The form with what is registered or was typed. Its revision is always the newest: whoever saves again after being
/// told of another change overwrites it knowingly.
fn render(
    admin: &Administrator,
    existing: Option<&Client>,
    held: &Parameters,
    errors: &FormErrors,
    status: StatusCode,
) -> Response {
    let shell = admin.shell(Section::Clients);
    let client_type = existing.map(|client| client.client_type);
    let content = ClientForm {
        shell: &shell,
        existing: existing.map(|client| client.client_id.as_str()),
        revision: existing.map_or(0, |client| client.revision),
        like: form::text(held, LIKE),
        errors,
        name: form::text(held, "client_name"),
        fixed_type: client_type.map_or("", ClientType::as_str),
        groups: groups(held, client_type, admin.snapshot.registry(), errors),
    };
    shell.page(&content).with_status(status).into_response()
}
