//! Networks that are blocked for a while.

use axum::{
    Json,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Id, Object, Page, whole},
    caller::Caller,
};
use crate::{
    policy::block::{self, Block, Wish},
    registry::networks,
    store::blocked_networks,
    web::problem::Problem,
};

/// What is to be blocked, for how long, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToBlock {
    network: String,
    #[serde(rename = "for")]
    term: String,
    reason: String,
}

/// `GET /blocked-networks`: all, those that end last first.
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    Page::read_whole(&parts)?;
    let found = blocked_networks::all(&caller.app.db, caller.snapshot.now).await?;
    Ok(whole(found.iter().map(view)))
}

/// `POST /blocked-networks`
pub(super) async fn block(caller: Caller, body: Object) -> Result<Response, Problem> {
    let ToBlock { network, term, reason } = body.into_settings()?;
    let wish = Wish { network: &network, term: &term, reason: &reason };
    let block = networks::block(&caller.app, &caller.recent()?, &wish).await?;
    let location = format!("/api/v1/blocked-networks/{}", id_of(&block));
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::CREATED, headers, Json(view(&block))).into_response())
}

/// `DELETE /blocked-networks/{id}`
pub(super) async fn unblock(caller: Caller, Id(id): Id) -> Result<StatusCode, Problem> {
    let network = id.rsplit_once('-').map_or(id.clone(), |(address, length)| format!("{address}/{length}"));
    let network = block::parse(&network).map_err(|_| Problem::unknown())?;
    networks::unblock(&caller.app, &caller.recent()?, network).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A network as a path has it, where a slash would end it: `203.0.113.0-24`.
fn id_of(block: &Block) -> String {
    block.network.to_string().replace('/', "-")
}

fn view(block: &Block) -> Value {
    json!({
        "id": id_of(block), "network": block.network.to_string(), "reason": block.reason, "blocked_by": block.blocked_by,
        "blocked_at": block.blocked_at.unix_timestamp(), "ends_at": block.ends_at.unix_timestamp(),
    })
}
