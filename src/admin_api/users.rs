//! Users and their roles.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answer::{Object, Page, seen, thing},
    caller::Caller,
};
use crate::{
    accounts::users::{self, UserSettings},
    model::user::User,
    store::{
        span::Span,
        users::{self as rows, Sought},
    },
    web::problem::Problem,
};

const PATH: &str = "/api/v1/users";
/// What is shown beside the settings, and may come back with them: it changes nothing.
const STATE: [&str; 6] = ["user_id", "enabled", "deleted_at", "revision", "created_at", "updated_at"];

/// `GET /users`: by username. `q`: in username or address.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let page = Page::read(&parts, &["q"])?;
    let sought = Sought { text: page.given("q"), ..Sought::default() };
    let after = page.given("after").map(|username| (username, Uuid::max())); // nobody else has this name
    let found = rows::page(&caller.app.db, sought, Span::by_name(after, page.limit + 1)).await?;
    Ok(page.answer(PATH, found, view, |user| user.username.clone()))
}

/// `GET /users/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    shown(&caller, id_of(&id)?).await
}

/// `POST /users`. Nobody sets somebody else's password: they choose it by the invitation.
pub(super) async fn add(caller: Caller, body: Object) -> Result<Response, Problem> {
    let settings = body.into_settings::<UserSettings>()?;
    let user = users::create(&caller.app, &caller.recent()?, &settings, None).await?;
    let location = [(header::LOCATION, format!("{PATH}/{}", user.user_id))];
    Ok((location, thing(StatusCode::CREATED, user.revision, view(&user))).into_response())
}

/// `PUT /users/{id}`
pub(super) async fn replace(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut body: Object,
) -> Result<Response, Problem> {
    let (user_id, revision) = (id_of(&id)?, seen(&headers)?);
    body.0.retain(|name, _| !STATE.contains(&name.as_str()));
    users::update(&caller.app, &caller.recent()?, user_id, revision, &body.into_settings()?).await?;
    shown(&caller, user_id).await
}

/// `DELETE /users/{id}`
pub(super) async fn delete(caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    users::delete(&caller.app, &caller.recent()?, id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /users/{id}/enable`
pub(super) async fn enable(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let user_id = id_of(&id)?;
    users::set_enabled(&caller.app, &caller.recent()?, user_id, true).await?;
    shown(&caller, user_id).await
}

/// `POST /users/{id}/disable`
pub(super) async fn disable(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let user_id = id_of(&id)?;
    users::set_enabled(&caller.app, &caller.recent()?, user_id, false).await?;
    shown(&caller, user_id).await
}

/// `POST /users/{id}/restore`
pub(super) async fn restore(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let user_id = id_of(&id)?;
    users::restore(&caller.app, &caller.recent()?, user_id).await?;
    shown(&caller, user_id).await
}

async fn shown(caller: &Caller, user_id: Uuid) -> Result<Response, Problem> {
    let user = rows::find(&caller.app.db, user_id).await?.ok_or_else(Problem::unknown)?;
    Ok(thing(StatusCode::OK, user.revision, view(&user)))
}

fn id_of(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::unknown())
}

fn view(user: &User) -> Value {
    let mut body = serde_json::to_value(UserSettings::from(user)).unwrap_or_default();
    body["user_id"] = user.user_id.to_string().into();
    body["enabled"] = user.enabled.into();
    body["deleted_at"] = json!(user.deleted_at.map(time::OffsetDateTime::unix_timestamp));
    body["revision"] = user.revision.into();
    body["created_at"] = user.created_at.unix_timestamp().into();
    body["updated_at"] = user.updated_at.unix_timestamp().into();
    body
}
