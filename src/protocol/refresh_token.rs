//! Refreshing ([RFC 6749 §6], [RFC 9700 §4.14]).
//!
//! Public clients get a new refresh token each time, and a used one that comes back ends the whole family: one of its
//! two users is a thief. A lost answer is no theft: while the successor has not been used, its predecessor may come back
//! within a short grace and gets another successor in its place, so that at most one is ever alive. Confidential clients
//! keep theirs: it is worth nothing without their secret. So do public ones that prove a key when they get it: it is bound to
//! that key (RFC 9449 §5), and worth nothing without it. Those of confidential clients are bound to none, so that they may
//! take a new one.
//!
//! [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
//! [RFC 9700 §4.14]: https://www.rfc-editor.org/rfc/rfc9700#section-4.14

use time::{Duration, OffsetDateTime};

use super::{
    client::AuthenticatedClient,
    confirmation::{Proven, Thumbprint, Unconfirmed, check_key},
    error::{TokenError, TokenErrorCode},
    grant::Grant,
    scope::Scope,
};
use crate::secret::{RefreshToken, SecretHash};

/// The scope that asks for refresh tokens (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// The refresh tokens of one grant, as a row keeps them: one is alive, and all carry the same mark.
#[derive(Clone)]
pub struct Family {
    /// The hash of the mark.
    pub mark_hash: SecretHash,
    /// The hash of the token that is alive: the leaf.
    pub leaf_hash: SecretHash,
    /// The token that the leaf took the place of.
    pub predecessor: Option<Predecessor>,
    /// The key that must be proven with it.
    pub dpop_jkt: Option<Thumbprint>,
    /// When the leaf was issued.
    pub issued_at: OffsetDateTime,
    /// When the leaf has been idle for too long.
    pub expires_at: OffsetDateTime,
}

/// A token whose successor nobody has used yet.
#[derive(Clone)]
pub struct Predecessor {
    /// Its hash.
    pub hash: SecretHash,
    /// When it was used first.
    pub rotated_at: OffsetDateTime,
}

/// Where a token stands in its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is alive.
    Leaf,
    /// It was replaced.
    Predecessor {
        /// When it was used first.
        rotated_at: OffsetDateTime,
    },
    /// Its successor has been used, or it is a successor whose answer was lost and that has been replaced since.
    Spent,
}

/// A refresh token that we issued, with its family and the grant behind it.
#[expect(missing_docs, reason = "the names say it")]
pub struct IssuedRefreshToken {
    pub standing: Standing,
    pub family: Family,
    pub grant: Grant,
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
    /// Another successor takes the place of the one that nobody received. The grace still counts from the first use.
    ReplaceAgain {
        /// When that was.
        rotated_at: OffsetDateTime,
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
    #[error("the user must be authenticated better: send them through the authorization endpoint")]
    TooWeak,
    #[error("the refresh token cannot be used so: {0}")]
    Unconfirmed(Unconfirmed),
}

impl From<RefreshRefusal> for TokenError {
    fn from(refusal: RefreshRefusal) -> Self {
        let code = match refusal {
            RefreshRefusal::Unconfirmed(unconfirmed) => unconfirmed.into(),
            _ => TokenErrorCode::InvalidGrant,
        };
        Self::new(code, refusal.to_string())
    }
}

impl Family {
    /// The first token of a grant.
    #[must_use]
    pub fn begin(
        token: &RefreshToken,
        client: &AuthenticatedClient,
        proven: &Proven,
        grant: &Grant,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            mark_hash: token.mark_hash(),
            leaf_hash: token.hash(),
            predecessor: None,
            dpop_jkt: proven.key.clone().filter(|_| client.is_public()),
            issued_at: now,
            expires_at: idle_end(client.refresh_token_idle_lifetime, grant.expires_at, now),
        }
    }

    /// Where a token that somebody presented stands. `None`: it is not of this family, whatever grant it names.
    #[must_use]
    pub fn standing_of(&self, token: &RefreshToken) -> Option<Standing> {
        if token.mark_hash() != self.mark_hash {
            return None;
        }
        let hash = token.hash();
        if hash == self.leaf_hash {
            return Some(Standing::Leaf);
        }
        let predecessor = self.predecessor.as_ref().filter(|predecessor| hash == predecessor.hash);
        let rotated_at = predecessor.map(|predecessor| predecessor.rotated_at);
        Some(rotated_at.map_or(Standing::Spent, |rotated_at| Standing::Predecessor { rotated_at }))
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
        proven: &Proven,
        grace: Duration,
        now: OffsetDateTime,
    ) -> Result<Rotation, RefreshRefusal> {
        if self.grant.client_id != client.client_id {
            return Err(RefreshRefusal::OtherClient);
        }
        if self.grant.has_ended(now) {
            return Err(RefreshRefusal::Expired);
        }
        // Before anything that would end the family: who lacks the key is nobody whose word counts.
        check_key(self.family.dpop_jkt.as_ref(), proven.key.as_ref()).map_err(RefreshRefusal::Unconfirmed)?;
        match self.standing {
            Standing::Leaf if now >= self.family.expires_at => Err(RefreshRefusal::Expired),
            Standing::Leaf if !client.scopes.contains(OFFLINE_ACCESS) => Err(RefreshRefusal::OfflineAccessWithdrawn),
            Standing::Leaf if client.is_public() && self.family.dpop_jkt.is_none() => Ok(Rotation::Replace),
            Standing::Leaf => Ok(Rotation::Keep { extend: self.has_aged(client, now) }),
            Standing::Predecessor { rotated_at } if now < rotated_at + grace => {
                Ok(Rotation::ReplaceAgain { rotated_at })
            }
            Standing::Predecessor { .. } | Standing::Spent => Err(RefreshRefusal::Reused),
        }
    }

    /// The family once this is done to the token that was presented. `successor` takes its place, if one does.
    #[must_use]
    pub fn after(
        &self,
        rotation: Rotation,
        presented: &RefreshToken,
        successor: &RefreshToken,
        (client, proven): (&AuthenticatedClient, &Proven),
        now: OffsetDateTime,
    ) -> Family {
        let begun = Family::begin(successor, client, proven, &self.grant, now);
        let replaced = |rotated_at| Some(Predecessor { hash: presented.hash(), rotated_at });
        match rotation {
            Rotation::Keep { .. } => Family { expires_at: begun.expires_at, ..self.family.clone() },
            Rotation::Replace => Family { predecessor: replaced(now), ..begun },
            Rotation::ReplaceAgain { rotated_at } => Family { predecessor: replaced(rotated_at), ..begun },
        }
    }

    /// Whether it is active in the sense of RFC 7662 §2.2: the leaf of its family, in its time, its grant not revoked.
    #[must_use]
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.standing == Standing::Leaf && now < self.family.expires_at && !self.grant.has_ended(now)
    }

    /// Whether a tenth of its idle lifetime has gone by since it was last moved.
    fn has_aged(&self, client: &AuthenticatedClient, now: OffsetDateTime) -> bool {
        let idle = Duration::seconds(i64::from(client.refresh_token_idle_lifetime));
        self.family.expires_at - now < idle * 9 / 10
    }
}

/// When a token that is used now expires: after its idle lifetime, but never later than its grant.
fn idle_end(idle_lifetime: i32, grant_end: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
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
