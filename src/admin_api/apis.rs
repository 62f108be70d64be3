//! APIs and their scopes.

use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    answer::{Id, Object, Page, Shown, thing},
    asked::{Asked, Sent},
    caller::Caller,
};
use crate::{
    clock::time_ordered_id, model::registry::Api, policy::change::Change, registry::apis::ApiSettings,
    store::apis as rows, web::problem::Problem,
};

/// What is shown beside the settings, and may come back with them: it changes nothing.
const STATE: [&str; 3] = ["api_id", "revision", "created_at"];

/// `GET /apis`: by identifier.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts)?;
    let mut found = rows::all(&caller.app.db).await?;
    found.sort_by(|one, other| one.identifier.cmp(&other.identifier));
    found.retain(|api| page.given("after").is_none_or(|after| api.identifier.as_str() > after));
    Ok(page.answer(found, view, |api| api.identifier.clone()))
}

/// `GET /apis/{id}`
pub(super) async fn show(caller: Caller, Id(id): Id) -> Result<Response, Problem> {
    Ok(thing(StatusCode::OK, &shown(&caller, id_of(&id)?).await?.ok_or_else(Problem::unknown)?))
}

/// The change that registers an API.
pub(super) fn registration(caller: &Caller, body: Object) -> Result<Asked, Problem> {
    let api_id = time_ordered_id(caller.snapshot.now);
    Ok(Change::RegisterApi { api_id, settings: body.into_settings()? }.into())
}

/// The change that replaces its settings.
pub(super) fn edit(mut sent: Sent) -> Result<Asked, Problem> {
    let api_id = id_of(&sent.id)?;
    sent.body.0.retain(|name, _| !STATE.contains(&name.as_str()));
    Ok(Change::EditApi { api_id, revision: sent.revision, settings: sent.body.into_settings()? }.into())
}

/// An API as it is.
pub(super) async fn shown(caller: &Caller, api_id: Uuid) -> Result<Option<Shown>, Problem> {
    let api = rows::find(&caller.app.db, api_id).await?;
    Ok(api.map(|api| Shown { id: api.api_id.to_string(), revision: api.revision, value: view(&api) }))
}

/// The id that a path names.
pub(super) fn id_of(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::unknown())
}

fn view(api: &Api) -> Value {
    let mut body = serde_json::to_value(ApiSettings::from(api)).unwrap_or_default();
    body["api_id"] = api.api_id.to_string().into();
    body["revision"] = api.revision.into();
    body["created_at"] = api.created_at.unix_timestamp().into();
    body
}
