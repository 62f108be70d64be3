//! Clients, by the names of RFC 7591.

use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::Duration;

use super::{
    answer::{Object, Page, seen, thing},
    caller::Caller,
};
use crate::{
    policy::{
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
const STATE: [&str; 7] =
    ["client_id", "client_id_issued_at", "enabled", "owner", "revision", "created_at", "updated_at"];
const PATH: &str = "/api/v1/clients";

/// `GET /clients`: by name. `q`: in name or id; `type`.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts, &["q", "type"])?;
    let sought = Sought { text: page.given("q"), client_type: page.given("type"), ..Sought::default() };
    let after = page.given("after").map(|after| after.split_once(' ').ok_or_else(no_cursor)).transpose()?;
    let after = after.map(|(id, name)| (name, id));
    let found = rows::page(&caller.app.db, sought, Span::by_name(after, page.limit + 1)).await?;
    let cursor = |client: &Client| format!("{} {}", client.client_id, client.name);
    Ok(page.answer(PATH, found, |client| Value::Object(view(client)), cursor))
}

/// `GET /clients/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    shown(&caller, &id, StatusCode::OK).await
}

/// `POST /clients`
pub(super) async fn register(caller: Caller, Object(mut given): Object) -> Result<Response, Problem> {
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
    let created = clients::create(&caller.app, &caller.recent()?, new).await?;
    let mut body = view(&created.client);
    body.insert("secrets".into(), created.client.secrets.iter().map(secret).collect());
    if let Some(secret) = created.secret {
        body.insert("client_secret".into(), secret.expose().into());
        body.insert("client_secret_expires_at".into(), 0.into());
    }
    let location = [(header::LOCATION, format!("{PATH}/{}", created.client.client_id))];
    Ok((location, thing(StatusCode::CREATED, created.client.revision, Value::Object(body))).into_response())
}

/// `PUT /clients/{id}`
pub(super) async fn replace(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Object(mut given): Object,
) -> Result<Response, Problem> {
    let revision = seen(&headers)?;
    given.retain(|name, _| !STATE.contains(&name.as_str()) && name != "secrets");
    let existing = found(&caller, &id).await?;
    let metadata = client_metadata::read(given, Some(existing.client_type));
    let metadata = metadata.map_err(|refusals| Problem::invalid(&refusals))?;
    clients::update(&caller.app, &caller.by, &id, revision, &metadata).await?;
    shown(&caller, &id, StatusCode::OK).await
}

/// `DELETE /clients/{id}`
pub(super) async fn delete(caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    clients::delete(&caller.app, &caller.recent()?, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /clients/{id}/enable`
pub(super) async fn enable(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    clients::set_enabled(&caller.app, &caller.by, &id, true).await?;
    shown(&caller, &id, StatusCode::OK).await
}

/// `POST /clients/{id}/disable`
pub(super) async fn disable(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    clients::set_enabled(&caller.app, &caller.by, &id, false).await?;
    shown(&caller, &id, StatusCode::OK).await
}

/// For how many seconds the old secret works beside the new one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    #[serde(default)]
    overlap: u32,
}

/// `POST /clients/{id}/secrets`
pub(super) async fn rotate(caller: Caller, Path(id): Path<String>, body: Object) -> Result<Response, Problem> {
    let Rotation { overlap } = body.into_settings()?;
    let overlap = Duration::seconds(overlap.into());
    let secret = clients::rotate_secret(&caller.app, &caller.recent()?, &id, overlap).await?;
    let body = json!({ "client_id": id, "client_secret": secret.expose(), "client_secret_expires_at": 0 });
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

async fn found(caller: &Caller, id: &str) -> Result<Client, Problem> {
    let found = rows::find(&caller.app.db, id).await?.filter(|client| caller.author().sees(client));
    found.ok_or_else(Problem::unknown)
}

async fn shown(caller: &Caller, id: &str, status: StatusCode) -> Result<Response, Problem> {
    let client = found(caller, id).await?;
    let mut body = view(&client);
    let secrets = client_secrets::of_client(&caller.app.db, id).await?;
    body.insert("secrets".into(), secrets.iter().map(|(one, _)| secret(one)).collect());
    Ok(thing(status, client.revision, Value::Object(body)))
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

fn no_cursor() -> Problem {
    Problem::malformed("after is what next links have; it means nothing else.")
}
