//! What would be kept of a sign-in and of a grant if there were one.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    model::user::User,
    policy::{assurance::Factors, entitlement::Entitlement},
    protocol::{
        assurance::{Level, Method, Proof},
        claims_request::ClaimsRequest,
        client::Client,
        grant::Grant,
    },
};

/// What the user would prove, with what they have, to reach a level.
pub(super) fn proof(level: Level, factors: Factors) -> Proof {
    match level {
        Level::Aal1 => Proof::of(Method::Password),
        Level::Aal2 if factors.totp || !factors.passkey => Proof::of(Method::Password).with(Method::Totp),
        Level::Aal2 | Level::Phr => Proof::of(Method::Passkey { verified: true }),
    }
}

/// What the authorization endpoint would keep of it.
pub(super) fn grant(client: &Client, user: &User, granted: &Entitlement, proof: Proof, now: OffsetDateTime) -> Grant {
    Grant {
        grant_id: Uuid::nil(),
        client_id: client.client_id.clone(),
        user_id: user.user_id,
        session_id: Uuid::nil(),
        scope: granted.scope.clone(),
        resources: granted.apis.iter().map(|api| api.identifier.clone()).collect(),
        claims: ClaimsRequest::default(),
        nonce: None,
        authenticated_at: now,
        acr: proof.level.as_str().to_owned(),
        amr: proof.amr,
        created_at: now,
        expires_at: now + Duration::seconds(i64::from(client.refresh_token_lifetime)),
        revoked: false,
    }
}
