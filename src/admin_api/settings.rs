//! Which settings are in force, and from where.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::caller::Caller;
use crate::{
    store::{condition, jobs},
    web::problem::Problem,
};

/// `GET /settings`, of the server that answers.
pub(super) async fn show(caller: Caller) -> Result<Response, Problem> {
    let app = &caller.app;
    let (database, nodes) = tokio::try_join!(condition::server(&app.db), jobs::nodes(&app.db, caller.snapshot.now))?;
    let body = json!({
        "version": env!("CARGO_PKG_VERSION"), "node": app.node(), "nodes": nodes,
        "database": { "name": database.database, "role": database.role, "version": database.version },
        "settings": app.settings.in_force,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}
