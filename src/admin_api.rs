//! The administration of this installation as JSON, for programs: `/api/v1`. Every change goes through [`crate::registry`],
//! as those of the console do, and asks for the same permissions ([`crate::policy::permission`]).

mod access;
mod answer;
mod apis;
mod asked;
mod audit_events;
mod branding;
mod caller;
mod changes;
mod clients;
pub mod deprecation;
mod idempotency;
mod keys;
mod networks;
mod openapi;
pub mod operations;
mod registry_file;
mod roles;
mod sessions;
mod settings;
mod users;
mod why;

use axum::{
    Extension, Router,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post, put},
};

use crate::{app::App, web::problem::Problem};
use operations::Operation;

/// Every operation, by its line in the table of [`operations`].
pub fn router(app: &App) -> Router<App> {
    use operations as op;
    let calls = Router::new()
        .route("/api/v1/changes", on(&op::MAKE_CHANGES, post(changes::make_several)))
        .route("/api/v1/registry", on(&op::SHOW_REGISTRY, get(registry_file::show)))
        .route("/api/v1/registry/plan", on(&op::PLAN_REGISTRY, post(registry_file::plan)))
        .route("/api/v1/registry/apply", on(&op::APPLY_REGISTRY, post(registry_file::apply)))
        .route("/api/v1/clients", on(&op::LIST_CLIENTS, get(clients::list)))
        .route("/api/v1/clients", on(&op::REGISTER_CLIENT, post(changes::make)))
        .route("/api/v1/clients/{id}", on(&op::SHOW_CLIENT, get(clients::show)))
        .route("/api/v1/clients/{id}", on(&op::REPLACE_CLIENT, put(changes::make)))
        .route("/api/v1/clients/{id}", on(&op::DELETE_CLIENT, delete(changes::make)))
        .route("/api/v1/clients/{id}/enable", on(&op::ENABLE_CLIENT, post(changes::make)))
        .route("/api/v1/clients/{id}/disable", on(&op::DISABLE_CLIENT, post(changes::make)))
        .route("/api/v1/clients/{id}/owner", on(&op::GIVE_CLIENT, post(changes::make)))
        .route("/api/v1/clients/{id}/secrets", on(&op::ROTATE_SECRET, post(clients::rotate)))
        .route("/api/v1/clients/{id}/secrets/{secret_id}", on(&op::END_SECRET, delete(clients::end_secret)))
        .route("/api/v1/apis", on(&op::LIST_APIS, get(apis::list)))
        .route("/api/v1/apis", on(&op::REGISTER_API, post(changes::make)))
        .route("/api/v1/apis/{id}", on(&op::SHOW_API, get(apis::show)))
        .route("/api/v1/apis/{id}", on(&op::REPLACE_API, put(changes::make)))
        .route("/api/v1/apis/{id}", on(&op::DELETE_API, delete(changes::make)))
        .route("/api/v1/roles", on(&op::LIST_ROLES, get(roles::list)))
        .route("/api/v1/roles", on(&op::ADD_ROLE, post(changes::make)))
        .route("/api/v1/roles/{name}", on(&op::SHOW_ROLE, get(roles::show)))
        .route("/api/v1/roles/{name}", on(&op::REPLACE_ROLE, put(changes::make)))
        .route("/api/v1/roles/{name}", on(&op::DELETE_ROLE, delete(changes::make)))
        .route("/api/v1/users", on(&op::LIST_USERS, get(users::list)))
        .route("/api/v1/users", on(&op::ADD_USER, post(changes::make)))
        .route("/api/v1/users/{id}", on(&op::SHOW_USER, get(users::show)))
        .route("/api/v1/users/{id}", on(&op::REPLACE_USER, put(changes::make)))
        .route("/api/v1/users/{id}", on(&op::DELETE_USER, delete(changes::make)))
        .route("/api/v1/users/{id}/enable", on(&op::ENABLE_USER, post(changes::make)))
        .route("/api/v1/users/{id}/disable", on(&op::DISABLE_USER, post(changes::make)))
        .route("/api/v1/users/{id}/restore", on(&op::RESTORE_USER, post(changes::make)))
        .route("/api/v1/users/{id}/links", on(&op::MAIL_LINK, post(access::mail_link)))
        .route("/api/v1/users/{id}/hold", on(&op::LIFT_HOLD, delete(access::lift_hold)))
        .route("/api/v1/users/{id}/factors", on(&op::LIST_FACTORS, get(access::factors)))
        .route("/api/v1/users/{id}/factors", on(&op::RESET_FACTORS, delete(access::reset_factors)))
        .route("/api/v1/users/{id}/sessions", on(&op::LIST_SESSIONS, get(access::sessions)))
        .route("/api/v1/users/{id}/sessions", on(&op::END_SESSIONS, delete(access::end_sessions)))
        .route("/api/v1/users/{id}/sessions/{session_id}", on(&op::END_SESSION, delete(access::end_session)))
        .route("/api/v1/users/{id}/consents", on(&op::LIST_CONSENTS, get(access::consents)))
        .route("/api/v1/users/{id}/consents/{client_id}", on(&op::WITHDRAW_CONSENT, delete(access::withdraw)))
        .route("/api/v1/sessions", on(&op::LIST_OPEN_SESSIONS, get(sessions::list)))
        .route("/api/v1/sessions/{id}", on(&op::END_OPEN_SESSION, delete(sessions::end)))
        .route("/api/v1/keys", on(&op::LIST_KEYS, get(keys::list)))
        .route("/api/v1/keys/rotate", on(&op::ROTATE_KEYS, post(keys::rotate)))
        .route("/api/v1/keys/{kid}", on(&op::WITHDRAW_KEY, delete(keys::withdraw)))
        .route("/api/v1/blocked-networks", on(&op::LIST_BLOCKED_NETWORKS, get(networks::list)))
        .route("/api/v1/blocked-networks", on(&op::BLOCK_NETWORK, post(networks::block)))
        .route("/api/v1/blocked-networks/{id}", on(&op::UNBLOCK_NETWORK, delete(networks::unblock)))
        .route("/api/v1/settings", on(&op::SHOW_SETTINGS, get(settings::show)))
        .route("/api/v1/why", on(&op::EXPLAIN, get(why::explain)))
        .route("/api/v1/branding/logo", on(&op::SHOW_LOGO, get(branding::show)))
        .route("/api/v1/branding/logo", on(&op::UPLOAD_LOGO, put(branding::upload)))
        .route("/api/v1/branding/logo", on(&op::REMOVE_LOGO, delete(branding::remove)))
        .route("/api/v1/audit-events", on(&op::LIST_EVENTS, get(audit_events::list)))
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(app.clone(), idempotency::answer_once));
    calls.route("/api/v1/openapi.json", get(openapi::document))
}

/// An operation, and who serves it. It says what is asked of the caller.
fn on<S: Clone + Send + Sync + 'static>(operation: &'static Operation, handlers: MethodRouter<S>) -> MethodRouter<S> {
    handlers.route_layer(from_fn(deprecation::tell)).route_layer(Extension(operation))
}

async fn no_method() -> Response {
    let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "no_such_method", "This URL does not answer to that method.").into_response()
}
