//! Users and their roles. Who is deleted is shown until they are erased, and can be restored; nothing else of them changes.

use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answer::{Id, Object, Page, Shown, thing},
    asked::{Asked, Sent},
    caller::Caller,
};
use crate::{
    accounts::users::{self, UserSettings},
    model::user::User,
    policy::change::Change,
    store::{
        span::Span,
        users::{self as rows, Sought},
    },
    web::problem::Problem,
};

/// What is shown beside the settings, and may come back with them: it changes nothing.
const STATE: [&str; 7] = ["user_id", "enabled", "deleted_at", "held_at", "revision", "created_at", "updated_at"];

/// `GET /users`: by username. `q`: in username or address.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts)?;
    let sought = Sought { text: page.given("q"), ..Sought::default() };
    let after = page.given("after").map(|username| (username, Uuid::max())); // nobody else has this name
    let found = rows::page(&caller.app.db, sought, Span::by_name(after, page.limit + 1)).await?;
    Ok(page.answer(found, view, |user| user.username.clone()))
}

/// `GET /users/{id}`
pub(super) async fn show(caller: Caller, Id(id): Id) -> Result<Response, Problem> {
    Ok(thing(StatusCode::OK, &shown(&caller, id_of(&id)?).await?.ok_or_else(Problem::unknown)?))
}

/// The change that adds a user. Nobody sets somebody else's password: they choose it by the invitation.
pub(super) fn addition(body: Object) -> Result<Asked, Problem> {
    Ok(users::addition(body.into_settings()?, None).into())
}

/// The change that replaces their details and roles.
pub(super) fn edit(mut sent: Sent) -> Result<Asked, Problem> {
    let user_id = id_of(&sent.id)?;
    sent.body.0.retain(|name, _| !STATE.contains(&name.as_str()));
    let settings = Box::new(sent.body.into_settings()?);
    Ok(Change::EditUser { user_id, revision: sent.revision, settings }.into())
}

/// A user as they are.
pub(super) async fn shown(caller: &Caller, user_id: Uuid) -> Result<Option<Shown>, Problem> {
    let user = rows::find(&caller.app.db, user_id).await?;
    Ok(user.map(|user| Shown { id: user.user_id.to_string(), revision: user.revision, value: view(&user) }))
}

/// The id of a user that there is.
pub(super) async fn existing(caller: &Caller, id: &str) -> Result<Uuid, Problem> {
    let user = rows::find(&caller.app.db, id_of(id)?).await?.ok_or_else(Problem::unknown)?;
    Ok(user.user_id)
}

/// The id that a path names.
pub(super) fn id_of(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::unknown())
}

fn view(user: &User) -> Value {
    let mut body = serde_json::to_value(UserSettings::from(user)).unwrap_or_default();
    body["user_id"] = user.user_id.to_string().into();
    body["enabled"] = user.enabled.into();
    body["deleted_at"] = json!(user.deleted_at.map(time::OffsetDateTime::unix_timestamp));
    body["held_at"] = json!(user.held_at.map(time::OffsetDateTime::unix_timestamp));
    body["revision"] = user.revision.into();
    body["created_at"] = user.created_at.unix_timestamp().into();
    body["updated_at"] = user.updated_at.unix_timestamp().into();
    body
}
