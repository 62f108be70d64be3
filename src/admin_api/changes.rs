//! The operations that change clients, APIs, roles and users: one by one, or several together, all or none. Both read what is
//! sent the same way.

use axum::{
    Extension, Json,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer::{Id, Object, Shown, read, seen, thing},
    apis,
    asked::{Asked, Sent},
    caller::Caller,
    clients,
    operations::{self as op, Operation},
    roles, users,
};
use crate::{
    accounts,
    policy::{
        change::Change,
        refusal::{Fault, Refusal},
    },
    web::problem::Problem,
};

/// How many changes a request may make.
pub(super) const MOST_CHANGES: usize = 100;

/// The operations of which several go together.
pub(super) const TOGETHER: &[Operation] = &[
    op::REGISTER_CLIENT,
    op::REPLACE_CLIENT,
    op::DELETE_CLIENT,
    op::ENABLE_CLIENT,
    op::DISABLE_CLIENT,
    op::GIVE_CLIENT,
    op::REGISTER_API,
    op::REPLACE_API,
    op::DELETE_API,
    op::ADD_ROLE,
    op::REPLACE_ROLE,
    op::DELETE_ROLE,
    op::ADD_USER,
    op::REPLACE_USER,
    op::DELETE_USER,
    op::ENABLE_USER,
    op::DISABLE_USER,
    op::RESTORE_USER,
];

/// Every operation of [`TOGETHER`] by itself.
pub(super) async fn make(
    caller: Caller,
    Extension(operation): Extension<&'static Operation>,
    Id(id): Id,
    request: Request,
) -> Result<Response, Problem> {
    let revision = if operation.replaces() { seen(request.headers())? } else { 0 };
    let body = if operation.body.is_empty() { Object::default() } else { Object(read(request).await?) };
    let asked = asked(&caller, operation, Sent { id, revision, body }).await?;
    accounts::changes::make(&caller.app, &caller.by, &asked.change).await?;
    let (status, answer) = operation.answer;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if answer.is_empty() {
        return Ok(status.into_response());
    }
    let shown = shown(&caller, &asked).await?.ok_or_else(Problem::unknown)?;
    let is_new = status == StatusCode::CREATED;
    let location = is_new.then(|| [(header::LOCATION, format!("{}/{}", operation.path, shown.id))]);
    Ok((location, thing(status, &shown)).into_response())
}

/// One of several changes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    operation: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    revision: Option<i32>,
    #[serde(default)]
    body: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Items {
    changes: Vec<Map<String, Value>>,
}

/// `POST /changes`: what is wrong with one of them is told with its place, from 0 on, as `change`.
pub(super) async fn make_several(caller: Caller, body: Object) -> Result<Response, Problem> {
    let Items { changes: items } = body.into_settings()?;
    if !(1..=MOST_CHANGES).contains(&items.len()) {
        let refusal =
            Refusal::new("changes", Fault::OutOfBounds, format!("Send 1 to {MOST_CHANGES} changes in a request."));
        return Err(Problem::invalid(&[refusal]));
    }
    let at = |place: usize| move |problem: Problem| problem.with("change", place.into());
    let mut all = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        all.push(read_item(&caller, Object(item)).await.map_err(at(place))?);
    }
    let changes = all.iter().map(|asked| asked.change.clone()).collect::<Vec<_>>();
    let made = accounts::changes::make_all(&caller.app, &caller.by, &changes).await;
    made.map_err(|none| match none.place {
        Some(place) => at(place)(none.error.into()),
        None => none.error.into(),
    })?;
    let mut answers = Vec::with_capacity(all.len());
    for asked in &all {
        answers.push(shown(&caller, asked).await?.map_or(Value::Null, |shown| shown.value));
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(json!({ "answers": answers }))).into_response())
}

async fn read_item(caller: &Caller, item: Object) -> Result<Asked, Problem> {
    let Item { operation, id, revision, body } = item.into_settings()?;
    let found = TOGETHER.iter().find(|known| known.id == operation);
    let wrong = |field, code, message| Problem::invalid(&[Refusal::new(field, code, message)]);
    let no_such = || wrong("operation", Fault::Unknown, "No such operation goes together with others.");
    let operation = found.ok_or_else(no_such)?;
    caller.check(operation)?;
    let revision = match revision {
        Some(revision) => revision,
        None if operation.replaces() => {
            let what = "Give the revision of what you read, so that nobody's change is lost.";
            return Err(wrong("revision", Fault::Required, what));
        }
        None => 0,
    };
    asked(caller, operation, Sent { id, revision, body: Object(body) }).await
}

/// What an operation is to change.
async fn asked(caller: &Caller, operation: &Operation, sent: Sent) -> Result<Asked, Problem> {
    match *operation {
        op::REGISTER_CLIENT => clients::registration(caller, sent.body),
        op::REPLACE_CLIENT => clients::edit(caller, sent).await,
        op::DELETE_CLIENT => Ok(Change::DeleteClient { client_id: sent.id }.into()),
        op::ENABLE_CLIENT => Ok(Change::SwitchClient { client_id: sent.id, enabled: true }.into()),
        op::DISABLE_CLIENT => Ok(Change::SwitchClient { client_id: sent.id, enabled: false }.into()),
        op::GIVE_CLIENT => clients::gift(sent),
        op::REGISTER_API => apis::registration(caller, sent.body),
        op::REPLACE_API => apis::edit(sent),
        op::DELETE_API => Ok(Change::DeleteApi { api_id: apis::id_of(&sent.id)? }.into()),
        op::ADD_ROLE => roles::addition(sent.body),
        op::REPLACE_ROLE => roles::edit(caller, sent).await,
        op::DELETE_ROLE => Ok(Change::DeleteRole { name: sent.id }.into()),
        op::ADD_USER => users::addition(sent.body),
        op::REPLACE_USER => users::edit(sent),
        op::DELETE_USER => Ok(Change::DeleteUser { user_id: users::id_of(&sent.id)? }.into()),
        op::ENABLE_USER => Ok(Change::SwitchUser { user_id: users::id_of(&sent.id)?, enabled: true }.into()),
        op::DISABLE_USER => Ok(Change::SwitchUser { user_id: users::id_of(&sent.id)?, enabled: false }.into()),
        op::RESTORE_USER => Ok(Change::RestoreUser { user_id: users::id_of(&sent.id)? }.into()),
        _ => Err(Problem::unknown()),
    }
}

/// What there is now. `None`: the thing is gone.
async fn shown(caller: &Caller, asked: &Asked) -> Result<Option<Shown>, Problem> {
    let shown = match &asked.change {
        Change::RegisterClient { client_id, .. }
        | Change::EditClient { client_id, .. }
        | Change::SwitchClient { client_id, .. }
        | Change::GiveClient { client_id, .. } => clients::shown(caller, client_id).await?,
        Change::RegisterApi { api_id, .. } | Change::EditApi { api_id, .. } => apis::shown(caller, *api_id).await?,
        Change::AddRole { name, .. } | Change::EditRole { name, .. } => roles::shown(caller, name).await?,
        Change::AddUser { user_id, .. }
        | Change::EditUser { user_id, .. }
        | Change::SwitchUser { user_id, .. }
        | Change::RestoreUser { user_id } => users::shown(caller, *user_id).await?,
        _ => None,
    };
    Ok(shown.map(|mut shown| {
        if let Some(secret) = &asked.secret {
            shown.value["client_secret"] = secret.expose().into();
            shown.value["client_secret_expires_at"] = 0.into();
        }
        shown
    }))
}
