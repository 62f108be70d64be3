//! The administration of this installation as JSON, for programs: `/api/v1`. Every change goes through [`crate::registry`],
//! as those of the console do, and asks for the same permissions ([`crate::policy::permission`]).

mod answer;
mod apis;
mod caller;
mod clients;
mod idempotency;
mod openapi;
pub mod operations;
mod roles;
mod users;

use axum::{
    Extension, Router,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post, put},
};

use crate::{app::App, web::problem::Problem};
use operations::Operation;

/// Every operation, by its line in the table of [`operations`].
pub fn router(app: &App) -> Router<App> {
    use operations as op;
    let calls = Router::new()
        .route("/api/v1/clients", on(&op::LIST_CLIENTS, get(clients::list)))
        .route("/api/v1/clients", on(&op::REGISTER_CLIENT, post(clients::register)))
        .route("/api/v1/clients/{id}", on(&op::SHOW_CLIENT, get(clients::show)))
        .route("/api/v1/clients/{id}", on(&op::REPLACE_CLIENT, put(clients::replace)))
        .route("/api/v1/clients/{id}", on(&op::DELETE_CLIENT, delete(clients::delete)))
        .route("/api/v1/clients/{id}/enable", on(&op::ENABLE_CLIENT, post(clients::enable)))
        .route("/api/v1/clients/{id}/disable", on(&op::DISABLE_CLIENT, post(clients::disable)))
        .route("/api/v1/clients/{id}/secrets", on(&op::ROTATE_SECRET, post(clients::rotate)))
        .route("/api/v1/apis", on(&op::LIST_APIS, get(apis::list)))
        .route("/api/v1/apis", on(&op::REGISTER_API, post(apis::register)))
        .route("/api/v1/apis/{id}", on(&op::SHOW_API, get(apis::show)))
        .route("/api/v1/apis/{id}", on(&op::REPLACE_API, put(apis::replace)))
        .route("/api/v1/apis/{id}", on(&op::DELETE_API, delete(apis::delete)))
        .route("/api/v1/roles", on(&op::LIST_ROLES, get(roles::list)))
        .route("/api/v1/roles", on(&op::ADD_ROLE, post(roles::add)))
        .route("/api/v1/roles/{name}", on(&op::SHOW_ROLE, get(roles::show)))
        .route("/api/v1/roles/{name}", on(&op::REPLACE_ROLE, put(roles::replace)))
        .route("/api/v1/roles/{name}", on(&op::DELETE_ROLE, delete(roles::delete)))
        .route("/api/v1/users", on(&op::LIST_USERS, get(users::list)))
        .route("/api/v1/users", on(&op::ADD_USER, post(users::add)))
        .route("/api/v1/users/{id}", on(&op::SHOW_USER, get(users::show)))
        .route("/api/v1/users/{id}", on(&op::REPLACE_USER, put(users::replace)))
        .route("/api/v1/users/{id}", on(&op::DELETE_USER, delete(users::delete)))
        .route("/api/v1/users/{id}/enable", on(&op::ENABLE_USER, post(users::enable)))
        .route("/api/v1/users/{id}/disable", on(&op::DISABLE_USER, post(users::disable)))
        .route("/api/v1/users/{id}/restore", on(&op::RESTORE_USER, post(users::restore)))
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(app.clone(), idempotency::answer_once));
    calls.route("/api/v1/openapi.json", get(openapi::document))
}

/// An operation, and who serves it. It says what is asked of the caller.
fn on(operation: &'static Operation, handlers: MethodRouter<App>) -> MethodRouter<App> {
    handlers.route_layer(Extension(operation))
}

async fn no_method() -> Response {
    let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "no_such_method", "This URL does not answer to that method.").into_response()
}
