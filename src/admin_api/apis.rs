//! APIs and their scopes.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    answer::{Object, Page, seen, thing},
    caller::Caller,
};
use crate::{
    model::registry::Api,
    registry::apis::{self, ApiSettings},
    store::apis as rows,
    web::problem::Problem,
};

const PATH: &str = "/api/v1/apis";
/// What is shown beside the settings, and may come back with them: it changes nothing.
const STATE: [&str; 3] = ["api_id", "revision", "created_at"];

/// `GET /apis`: by identifier.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts, &[])?;
    let mut found = rows::all(&caller.app.db).await?;
    found.sort_by(|one, other| one.identifier.cmp(&other.identifier));
    found.retain(|api| page.given("after").is_none_or(|after| api.identifier.as_str() > after));
    Ok(page.answer(PATH, found, view, |api| api.identifier.clone()))
}

/// `GET /apis/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    shown(&caller, id_of(&id)?).await
}

/// `POST /apis`
pub(super) async fn register(caller: Caller, body: Object) -> Result<Response, Problem> {
    let settings = body.into_settings::<ApiSettings>()?;
    let api = apis::create(&caller.app, &caller.by, &settings).await?;
    let location = [(header::LOCATION, format!("{PATH}/{}", api.api_id))];
    Ok((location, thing(StatusCode::CREATED, api.revision, view(&api))).into_response())
}

/// `PUT /apis/{id}`
pub(super) async fn replace(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut body: Object,
) -> Result<Response, Problem> {
    let (api_id, revision) = (id_of(&id)?, seen(&headers)?);
    body.0.retain(|name, _| !STATE.contains(&name.as_str()));
    apis::update(&caller.app, &caller.by, api_id, revision, &body.into_settings()?).await?;
    shown(&caller, api_id).await
}

/// `DELETE /apis/{id}`
pub(super) async fn delete(caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    apis::delete(&caller.app, &caller.by, id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(caller: &Caller, api_id: Uuid) -> Result<Response, Problem> {
    let api = rows::find(&caller.app.db, api_id).await?.ok_or_else(Problem::unknown)?;
    Ok(thing(StatusCode::OK, api.revision, view(&api)))
}

fn id_of(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::unknown())
}

fn view(api: &Api) -> Value {
    let mut body = serde_json::to_value(ApiSettings::from(api)).unwrap_or_default();
    body["api_id"] = api.api_id.to_string().into();
    body["revision"] = api.revision.into();
    body["created_at"] = api.created_at.unix_timestamp().into();
    body
}
