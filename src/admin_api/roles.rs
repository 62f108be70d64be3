//! Roles: the scopes that their users may give to clients, and the office that they hold.

use std::collections::BTreeSet;

use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Id, Object, Page, Shown, thing},
    asked::{Asked, Sent},
    caller::Caller,
};
use crate::{
    model::{office::Office, registry::Role},
    policy::{
        change::{Change, RoleSettings},
        refusal::{Fault, Refusal},
    },
    protocol::assurance::Level,
    store::roles as rows,
    web::problem::Problem,
};

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
    let page = Page::read(&parts)?;
    let mut found = rows::all(&caller.app.db).await?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.retain(|role| page.given("after").is_none_or(|after| role.name.as_str() > after));
    Ok(page.answer(found, view, |role| role.name.clone()))
}

/// `GET /roles/{name}`
pub(super) async fn show(caller: Caller, Id(name): Id) -> Result<Response, Problem> {
    Ok(thing(StatusCode::OK, &shown(&caller, &name).await?.ok_or_else(Problem::unknown)?))
}

/// The change that adds a role.
pub(super) fn addition(body: Object) -> Result<Asked, Problem> {
    let Settings { name, description, office, required_acr, scopes } = body.into_settings()?;
    let required = || Problem::invalid(&[Refusal::new("name", Fault::Required, "A role needs a name.")]);
    let settings = RoleSettings { description, required_level: required_acr, scopes };
    Ok(Change::AddRole { name: name.ok_or_else(required)?, office, settings }.into())
}

/// The change that replaces its settings.
pub(super) async fn edit(caller: &Caller, sent: Sent) -> Result<Asked, Problem> {
    let Sent { id: name, revision, mut body } = sent;
    body.0.remove("revision");
    let given = body.into_settings::<Settings>()?;
    let before = found(caller, &name).await?.ok_or_else(Problem::unknown)?;
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
    let settings = RoleSettings { description, required_level: required_acr, scopes };
    Ok(Change::EditRole { name, revision, settings }.into())
}

async fn found(caller: &Caller, name: &str) -> Result<Option<Role>, Problem> {
    // Nothing has such a name, and PostgreSQL would refuse it as an error.
    if name.contains('\0') { Ok(None) } else { Ok(rows::find(&caller.app.db, name).await?) }
}

/// A role as it is.
pub(super) async fn shown(caller: &Caller, name: &str) -> Result<Option<Shown>, Problem> {
    let role = found(caller, name).await?;
    Ok(role.map(|role| Shown { id: role.name.clone(), revision: role.revision, value: view(&role) }))
}

fn view(role: &Role) -> Value {
    let Role { name, description, office, required_level, scopes, revision } = role;
    json!({
        "name": name, "description": description, "office": office, "required_acr": required_level, "scopes": scopes,
        "revision": revision,
    })
}
