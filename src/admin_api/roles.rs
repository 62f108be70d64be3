//! Roles: the scopes that their users may give to clients, and the office that they hold.

use std::collections::BTreeSet;

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Object, Page, seen, thing},
    caller::Caller,
};
use crate::{
    model::{office::Office, registry::Role},
    policy::refusal::{Fault, Refusal},
    protocol::assurance::Level,
    registry::roles,
    store::roles as rows,
    web::problem::Problem,
};

const PATH: &str = "/api/v1/roles";

/// A role as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    office: Option<Office>,
    #[serde(default)]
    required_acr: Level,
    #[serde(default)]
    scopes: BTreeSet<String>,
}

/// `GET /roles`: by name.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts, &[])?;
    let mut found = rows::all(&caller.app.db).await?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.retain(|role| page.given("after").is_none_or(|after| role.name.as_str() > after));
    Ok(page.answer(PATH, found, view, |role| role.name.clone()))
}

/// `GET /roles/{name}`
pub(super) async fn show(caller: Caller, Path(name): Path<String>) -> Result<Response, Problem> {
    shown(&caller, &name, StatusCode::OK).await
}

/// `POST /roles`
pub(super) async fn add(caller: Caller, body: Object) -> Result<Response, Problem> {
    let Settings { name, description, office, required_acr, scopes } = body.into_settings()?;
    let required = || Problem::invalid(&[Refusal::new("name", Fault::Required, "A role needs a name.")]);
    let name = name.ok_or_else(required)?;
    let role = Role { name: name.clone(), description, office, required_level: required_acr, scopes, revision: 1 };
    roles::create(&caller.app, &caller.recent()?, role).await?;
    let location = [(header::LOCATION, format!("{PATH}/{name}"))];
    Ok((location, shown(&caller, &name, StatusCode::CREATED).await?).into_response())
}

/// `PUT /roles/{name}`
pub(super) async fn replace(
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    mut body: Object,
) -> Result<Response, Problem> {
    let revision = seen(&headers)?;
    body.0.retain(|name, _| !["revision", "administrative"].contains(&name.as_str()));
    let given = body.into_settings::<Settings>()?;
    let before = rows::find(&caller.app.db, &name).await?.ok_or_else(Problem::unknown)?;
    let fixed = [
        ("name", given.name.as_ref().is_some_and(|other| *other != name)),
        ("office", given.office.is_some() && given.office != before.office),
    ];
    let fixed = fixed.iter().filter(|(_, changes)| *changes);
    let fixed = fixed.map(|(field, _)| Refusal::new(field, Fault::Fixed, "It does not change: add another role."));
    let fixed = fixed.collect::<Vec<_>>();
    if !fixed.is_empty() {
        return Err(Problem::invalid(&fixed));
    }
    let Settings { description, required_acr, scopes, .. } = given;
    let role =
        Role { name: name.clone(), description, office: before.office, required_level: required_acr, scopes, revision };
    roles::update(&caller.app, &caller.recent()?, role).await?;
    shown(&caller, &name, StatusCode::OK).await
}

/// `DELETE /roles/{name}`
pub(super) async fn delete(caller: Caller, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    roles::delete(&caller.app, &caller.recent()?, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(caller: &Caller, name: &str, status: StatusCode) -> Result<Response, Problem> {
    let role = rows::find(&caller.app.db, name).await?.ok_or_else(Problem::unknown)?;
    Ok(thing(status, role.revision, view(&role)))
}

fn view(role: &Role) -> Value {
    let Role { name, description, office, required_level, scopes, revision } = role;
    json!({
        "name": name, "description": description, "office": office, "required_acr": required_level, "scopes": scopes,
        "revision": revision,
    })
}
