//! The keys that sign our tokens.

use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    answer::{Id, Object, Page, whole},
    caller::Caller,
};
use crate::{
    protocol::signing_algorithm::SigningAlgorithm,
    registry,
    store::signing_keys::{self, SigningKeyRow},
    web::problem::Problem,
};

/// `GET /keys`
pub(super) async fn list(caller: Caller, parts: Parts) -> Result<Response, Problem> {
    Page::read_whole(&parts)?;
    let found = signing_keys::all(&caller.app.db).await?;
    Ok(whole(found.iter().map(view)))
}

/// Which keys are rotated. `None`: those of every algorithm.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    #[serde(default)]
    alg: Option<SigningAlgorithm>,
}

/// `POST /keys/rotate`
pub(super) async fn rotate(caller: Caller, parts: Parts, body: Object) -> Result<Response, Problem> {
    let Rotation { alg } = body.into_settings()?;
    registry::keys::rotate(&caller.app, &caller.recent()?, alg).await?;
    list(caller, parts).await
}

/// `DELETE /keys/{kid}`
pub(super) async fn withdraw(caller: Caller, Id(kid): Id) -> Result<StatusCode, Problem> {
    registry::keys::withdraw(&caller.app, &caller.recent()?, &kid).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(key: &SigningKeyRow) -> Value {
    let SigningKeyRow { kid, alg, state, public_jwk, created_at, activated_at, retired_at, .. } = key;
    json!({
        "kid": kid, "alg": alg, "state": state, "public_jwk": public_jwk, "created_at": created_at.unix_timestamp(),
        "activated_at": activated_at.map(OffsetDateTime::unix_timestamp),
        "retired_at": retired_at.map(OffsetDateTime::unix_timestamp),
    })
}
