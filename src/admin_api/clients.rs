//! Clients, by the names of RFC 7591.

use axum::{
    Json,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::Duration;
use uuid::Uuid;

use super::{
    answer::{Id, Ids, Object, Page, Shown, thing},
    asked::{Asked, Sent},
    caller::Caller,
};
use crate::{
    policy::{
        change::Change,
        client_metadata,
        new_client::NewClient,
        refusal::{Fault, Refusal},
    },
    protocol::client::{Client, ClientSecret},
    registry::clients,
    store::{
        client_secrets,
        clients::{self as rows, Sought},
        span::Span,
    },
    web::problem::Problem,
};

/// What is shown of the state of a client, and may come back with its metadata: it changes nothing.
const STATE: [&str; 7] = ["client_id", "client_id_issued_at", "enabled", "owner", "revision", "updated_at", "secrets"];

/// `GET /clients`: by name. `q`: in name or id; `type`.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts)?;
    let owner = caller.sees_only_of();
    let sought = Sought { text: page.given("q"), client_type: page.given("type"), owner, ..Sought::default() };
    // No id has a space.
    let after = page.given("after").map(|after| after.split_once(' ').ok_or_else(Page::no_cursor)).transpose()?;
    let after = after.map(|(id, name)| (name, id));
    let found = rows::page(&caller.app.db, sought, Span::by_name(after, page.limit + 1)).await?;
    let cursor = |client: &Client| format!("{} {}", client.client_id, client.name);
    Ok(page.answer(found, |client| Value::Object(view(client)), cursor))
}

/// `GET /clients/{id}`
pub(super) async fn show(caller: Caller, Id(id): Id) -> Result<Response, Problem> {
    Ok(thing(StatusCode::OK, &shown(&caller, &id).await?.ok_or_else(Problem::unknown)?))
}

/// The change that registers a client.
pub(super) fn registration(caller: &Caller, Object(mut given): Object) -> Result<Asked, Problem> {
    let client_id = match given.remove("client_id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id),
        Some(_) => {
            let refusal = Refusal::new("client_id", Fault::Malformed, "Write a text, or leave it out to get one.");
            return Err(Problem::invalid(&[refusal]));
        }
    };
    let metadata = client_metadata::read(given, None).map_err(|refusals| Problem::invalid(&refusals))?;
    let new = NewClient { client_id, ..NewClient::from(metadata) };
    let (change, secret) = clients::registration(&caller.app, new)?;
    Ok(Asked { change, secret })
}

/// The change that replaces its metadata.
pub(super) async fn edit(caller: &Caller, sent: Sent) -> Result<Asked, Problem> {
    let Sent { id: client_id, revision, body: Object(mut given) } = sent;
    given.retain(|name, _| !STATE.contains(&name.as_str()));
    let existing = found(caller, &client_id).await?.ok_or_else(Problem::unknown)?;
    let metadata = client_metadata::read(given, Some(existing.client_type));
    let metadata = Box::new(metadata.map_err(|refusals| Problem::invalid(&refusals))?);
    Ok(Change::EditClient { client_id, revision, metadata }.into())
}

/// Who is to own it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Owner {
    owner: Option<Uuid>,
}

/// The change that gives it to another owner.
pub(super) fn gift(sent: Sent) -> Result<Asked, Problem> {
    if !sent.body.contains_key("owner") {
        let what = "Give the id of a user, or null for nobody.";
        return Err(Problem::invalid(&[Refusal::new("owner", Fault::Required, what)]));
    }
    let Owner { owner } = sent.body.into_settings()?;
    Ok(Change::GiveClient { client_id: sent.id, owner }.into())
}

/// Which secret is exchanged, and for how many seconds the old one works beside the new one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    #[serde(default)]
    name: String,
    #[serde(default)]
    overlap: u32,
}

/// `POST /clients/{id}/secrets`
pub(super) async fn rotate(caller: Caller, Id(id): Id, body: Object) -> Result<Response, Problem> {
    let Rotation { name, overlap } = body.into_settings()?;
    let overlap = Duration::seconds(overlap.into());
    let secret = clients::add_secret(&caller.app, &caller.recent()?, &id, &name, Some(overlap)).await?;
    let body = json!({ "client_id": id, "client_secret": secret.expose(), "client_secret_expires_at": 0 });
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// `DELETE /clients/{id}/secrets/{secret_id}`
pub(super) async fn end_secret(caller: Caller, Ids(id, secret_id): Ids) -> Result<StatusCode, Problem> {
    let secret_id = secret_id.parse().map_err(|_| Problem::unknown())?;
    clients::end_secret(&caller.app, &caller.recent()?, &id, secret_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A client as the caller sees it. Who may change it sees it.
async fn found(caller: &Caller, id: &str) -> Result<Option<Client>, Problem> {
    let author = caller.author();
    let found = rows::find(&caller.app.db, id).await?;
    Ok(found.filter(|client| author.sees(client) || author.may_change_client(client)))
}

/// A client with what is known of its secrets.
pub(super) async fn shown(caller: &Caller, id: &str) -> Result<Option<Shown>, Problem> {
    let Some(client) = found(caller, id).await? else { return Ok(None) };
    let mut body = view(&client);
    let secrets = client_secrets::of_client(&caller.app.db, id).await?;
    body.insert("secrets".into(), secrets.iter().map(|(one, _)| secret(one)).collect());
    Ok(Some(Shown { id: client.client_id, revision: client.revision, value: Value::Object(body) }))
}

fn view(client: &Client) -> Map<String, Value> {
    let mut body = client.metadata.members();
    body.insert("client_id".into(), client.client_id.clone().into());
    body.insert("client_id_issued_at".into(), client.created_at.unix_timestamp().into());
    body.insert("enabled".into(), client.enabled.into());
    body.insert("owner".into(), json!(client.owner));
    body.insert("revision".into(), client.revision.into());
    body.insert("updated_at".into(), client.updated_at.unix_timestamp().into());
    body
}

fn secret(secret: &ClientSecret) -> Value {
    json!({
        "secret_id": secret.secret_id, "name": secret.name, "last_four": secret.last_four, "generated": secret.generated,
        "created_at": secret.created_at.unix_timestamp(),
        "expires_at": secret.expires_at.map(time::OffsetDateTime::unix_timestamp),
    })
}
