//! Refreshing ([RFC 6749 §6], [RFC 9700 §4.14]).
//!
//! Public clients get a new refresh token each time, and a used one that comes back ends the whole family: one of its
//! two users is a thief. A lost answer is no theft: while the successor has not been used, its predecessor may come back
//! within a short grace and gets another successor in its place, so that at most one is ever alive. Confidential clients
//! keep theirs: it is worth nothing without their secret.
//!
//! [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
//! [RFC 9700 §4.14]: https://www.rfc-editor.org/rfc/rfc9700#section-4.14

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    client::AuthenticatedClient,
    error::{TokenError, TokenErrorCode},
    grant::Grant,
    scope::Scope,
};
use crate::secret::SecretHash;

/// The scope that asks for refresh tokens (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// What the database knows of a refresh token.
#[expect(missing_docs, reason = "the names say it")]
pub struct IssuedRefreshToken {
    pub token_id: Uuid,
    pub hash: SecretHash,
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub state: TokenState,
    pub grant: Grant,
}

/// Where a token stands in its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// The leaf.
    Live,
    /// It was replaced.
    Rotated {
        /// When.
        at: OffsetDateTime,
        /// By which token.
        successor: Uuid,
        /// Whether that one has been used or killed in its turn.
        successor_used: bool,
    },
    /// Its answer was lost, so its predecessor got another successor.
    Killed,
}

/// What becomes of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It stays. If `extend`, its idle lifetime starts anew: not each time, so that most refreshes write no row.
    Keep {
        /// Whether to move its end.
        extend: bool,
    },
    /// A successor takes its place.
    Replace,
    /// A successor takes the place of this one, whose answer was lost.
    ReplaceAgain {
        /// The successor that nobody received.
        lost: Uuid,
    },
}

/// Why a refresh token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum RefreshRefusal {
    #[error("the refresh token is unknown")]
    Unknown,
    #[error("the refresh token was issued to another client")]
    OtherClient,
    #[error("the refresh token has expired or was revoked")]
    Expired,
    #[error("the refresh token was used before: everything issued with it has been revoked")]
    Reused,
    #[error("another request is using this refresh token: use its answer")]
    Raced,
    #[error("offline_access is no longer allowed to this client")]
    OfflineAccessWithdrawn,
    #[error("the person must be authenticated better: send them through the authorization endpoint")]
    TooWeak,
}

impl From<RefreshRefusal> for TokenError {
    fn from(refusal: RefreshRefusal) -> Self {
        Self::new(TokenErrorCode::InvalidGrant, refusal.to_string())
    }
}

impl IssuedRefreshToken {
    /// Decides whether the token still works, and what becomes of it.
    ///
    /// # Errors
    /// Why it does not work. After [`RefreshRefusal::Reused`] its grant must be revoked.
    pub fn refresh(
        &self,
        client: &AuthenticatedClient,
        grace: Duration,
        now: OffsetDateTime,
    ) -> Result<Rotation, RefreshRefusal> {
        if self.grant.client_id != client.client_id {
            return Err(RefreshRefusal::OtherClient);
        }
        if self.grant.has_ended(now) {
            return Err(RefreshRefusal::Expired);
        }
        match self.state {
            TokenState::Live if now >= self.expires_at => Err(RefreshRefusal::Expired),
            TokenState::Live if !client.scopes.contains(OFFLINE_ACCESS) => Err(RefreshRefusal::OfflineAccessWithdrawn),
            TokenState::Live if client.is_public() => Ok(Rotation::Replace),
            TokenState::Live => Ok(Rotation::Keep { extend: self.has_aged(client, now) }),
            TokenState::Rotated { at, successor, successor_used: false } if now < at + grace => {
                Ok(Rotation::ReplaceAgain { lost: successor })
            }
            TokenState::Rotated { .. } | TokenState::Killed => Err(RefreshRefusal::Reused),
        }
    }

    /// Whether it is active in the sense of RFC 7662 §2.2: the leaf of its family, in its time, its grant not revoked.
    #[must_use]
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.state == TokenState::Live && now < self.expires_at && !self.grant.has_ended(now)
    }

    /// Whether a tenth of its idle lifetime has gone by since it was last moved.
    fn has_aged(&self, client: &AuthenticatedClient, now: OffsetDateTime) -> bool {
        let idle = Duration::seconds(i64::from(client.refresh_token_idle_lifetime));
        self.expires_at - now < idle * 9 / 10
    }
}

/// When a token that is used now expires: after its idle lifetime, but never later than its grant.
#[must_use]
pub fn idle_end(idle_lifetime: i32, grant_end: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    (now + Duration::seconds(i64::from(idle_lifetime))).min(grant_end)
}

/// The scope of the new access token (RFC 6749 §6): what was granted, or less if the request says so.
///
/// # Errors
/// `invalid_scope`: the request asks for more than was granted.
pub fn narrowed(granted: &Scope, requested: Option<&Scope>) -> Result<Scope, TokenError> {
    match requested {
        None => Ok(granted.clone()),
        Some(requested) if granted.covers(requested) => Ok(requested.clone()),
        Some(_) => Err(TokenError::new(TokenErrorCode::InvalidScope, "scope exceeds what was granted")),
    }
}

#[cfg(test)]
mod tests;
