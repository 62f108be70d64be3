//! Why a client gets what it gets, or does not.

use axum::{
    Json,
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{answer::Page, caller::Caller};
use crate::{
    accounts::why::{self, Sought},
    model::user::User,
    policy::{
        permission::Permission,
        refusal::{Fault, Refusal},
    },
    protocol::scope::Scope,
    store::users,
    web::problem::Problem,
};

/// `GET /why`: `client_id`, and if given `user` (an id or a username), `scope` and `resource`. Nothing is issued.
pub(super) async fn explain(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    let query = Page::read_whole(&parts)?;
    let refused = |field, fault, why: &str| Problem::invalid(&[Refusal::new(field, fault, why)]);
    let Some(client_id) = query.given("client_id") else {
        return Err(refused("client_id", Fault::Required, "Name the client."));
    };
    let mut snapshot = caller.snapshot.clone();
    let client =
        snapshot.client(client_id).await.map_err(|stale| Problem::from(crate::app::InternalError::from(stale)))?;
    let client = client.filter(|client| caller.author().sees(client));
    let client = client.ok_or_else(|| refused("client_id", Fault::Unknown, "No client has this id."))?;
    let user = match query.given("user") {
        Some(typed) => Some(user(&caller, typed).await?),
        None => None,
    };
    let scope = query.given("scope").map(|scope| {
        scope.parse::<Scope>().map_err(|malformed| refused("scope", Fault::Malformed, &format!("{malformed}.")))
    });
    let resource = query.given("resource").map(str::to_owned).into_iter().collect::<Vec<_>>();
    let scope = scope.transpose()?;
    let sought = Sought { client: &client, user: user.as_ref(), scope: scope.as_ref(), resource: &resource };
    let (_, answer) = why::answer(&snapshot, sought).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Whoever asks about a user may see users.
async fn user(caller: &Caller, typed: &str) -> Result<User, Problem> {
    caller.needs(&[Permission::UsersRead])?;
    let found = match typed.parse() {
        Ok(user_id) => users::find(&caller.app.db, user_id).await?,
        Err(_) => users::find_named(&caller.app.db, typed).await?,
    };
    let unknown = || Problem::invalid(&[Refusal::new("user", Fault::Unknown, "No user has this id or username.")]);
    found.ok_or_else(unknown)
}
