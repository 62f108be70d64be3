//! A grant: what a user allowed a client in one run of the flow. Every code and token hangs on one, so that one update
//! revokes them all.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{assurance::Level, claims_request::ClaimsRequest, scope::Scope};

/// What a user allowed a client.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names are the specifications'")]
pub struct Grant {
    pub grant_id: Uuid,
    pub client_id: String,
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub scope: Scope,
    pub resources: Vec<String>,
    pub claims: ClaimsRequest,
    pub nonce: Option<String>,
    pub authenticated_at: OffsetDateTime,
    pub amr: Vec<String>,
    pub acr: String,
    pub created_at: OffsetDateTime,
    /// The absolute end of its refresh tokens.
    pub expires_at: OffsetDateTime,
    pub revoked: bool,
}

impl Grant {
    /// How well the user was authenticated who gave it.
    #[must_use]
    pub fn level(&self) -> Level {
        Level::reached_by(&self.amr)
    }

    /// Whether nothing that hangs on it works any more.
    #[must_use]
    pub fn has_ended(&self, now: OffsetDateTime) -> bool {
        self.revoked || now >= self.expires_at
    }
}
