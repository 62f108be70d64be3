//! Who sent a request, for the audit trail: as far as it is known before anybody proves anything.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header::USER_AGENT, request::Parts},
};

use super::{access_log::cut, client_address::ClientAddress};
use crate::{
    app::{Actor, App},
    server::request_id::RequestId,
};

/// The request as the audit trail names it. Nobody's name is in it yet.
pub struct Caller(pub Actor);

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(Actor {
            name: None,
            request_id: parts.extensions.get::<RequestId>().map(ToString::to_string),
            ip: parts.extensions.get::<ClientAddress>().map(|address| address.0.to_string()),
            user_agent: user_agent.map(|text| cut(text).into_owned()),
        }))
    }
}
