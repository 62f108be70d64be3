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
        if self.grant.revoked || now >= self.grant.expires_at {
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        protocol::{
            client::{AuthMethod, ClientSecret, ClientType, Credentials},
            fixtures::{self, at},
        },
        secret::Secret,
    };

    const GRACE: Duration = Duration::seconds(10);

    /// A token for the client `app`, issued at the moment 0, that can lie idle for 1,000 seconds.
    fn issued(state: TokenState) -> IssuedRefreshToken {
        IssuedRefreshToken {
            token_id: Uuid::nil(),
            hash: Secret::presented("the token").hash(),
            issued_at: at(0),
            expires_at: at(1000),
            state,
            grant: fixtures::grant("app"),
        }
    }

    fn public(client_id: &str) -> AuthenticatedClient {
        fixtures::authenticated(fixtures::client(client_id))
    }

    fn confidential() -> AuthenticatedClient {
        let mut client = fixtures::client("app");
        let secret = Secret::presented("its secret");
        (client.client_type, client.auth_method) = (ClientType::Web, AuthMethod::ClientSecretPost);
        client.secrets = vec![ClientSecret {
            secret_id: Uuid::nil(),
            hash: secret.hash(),
            last_four: "cret".into(),
            created_at: at(0),
            expires_at: None,
        }];
        let presented = Credentials::Secret(AuthMethod::ClientSecretPost, secret);
        std::sync::Arc::new(client).authenticate(&presented, at(0)).ok().unwrap()
    }

    fn rotated(successor_used: bool) -> TokenState {
        TokenState::Rotated { at: at(100), successor: Uuid::max(), successor_used }
    }

    #[test]
    fn d3_what_becomes_of_a_token_depends_on_its_place_in_the_family() {
        let again = Rotation::ReplaceAgain { lost: Uuid::max() };
        for (state, seconds, decision) in [
            (TokenState::Live, 0, Ok(Rotation::Replace)),
            (TokenState::Live, 999, Ok(Rotation::Replace)),
            (TokenState::Live, 1000, Err(RefreshRefusal::Expired)),
            (rotated(false), 109, Ok(again)),
            (rotated(false), 110, Err(RefreshRefusal::Reused)),
            (rotated(true), 101, Err(RefreshRefusal::Reused)),
            (TokenState::Killed, 101, Err(RefreshRefusal::Reused)),
        ] {
            assert_eq!(issued(state).refresh(&public("app"), GRACE, at(seconds)), decision, "{state:?} {seconds}");
        }
        let without_grace = issued(rotated(false)).refresh(&public("app"), Duration::ZERO, at(100));
        assert_eq!(without_grace, Err(RefreshRefusal::Reused));
    }

    #[test]
    fn a_confidential_client_keeps_its_token() {
        for (seconds, extend) in [(0, false), (100, false), (101, true), (999, true)] {
            let decision = issued(TokenState::Live).refresh(&confidential(), GRACE, at(seconds));
            assert_eq!(decision, Ok(Rotation::Keep { extend }), "{seconds}");
        }
    }

    #[test]
    fn nothing_works_without_the_client_the_grant_and_offline_access() {
        let refused = |token: &IssuedRefreshToken, client: &AuthenticatedClient, seconds| {
            token.refresh(client, GRACE, at(seconds)).err()
        };
        let mut token = issued(TokenState::Live);
        assert_eq!(refused(&token, &public("spy"), 1), Some(RefreshRefusal::OtherClient));

        let mut online = fixtures::client("app");
        online.scopes = "openid".parse().unwrap();
        let refusal = refused(&token, &fixtures::authenticated(online), 1);
        assert_eq!(refusal, Some(RefreshRefusal::OfflineAccessWithdrawn));

        token.expires_at = at(20_000);
        assert_eq!(refused(&token, &public("app"), 10_000), Some(RefreshRefusal::Expired), "the grant has ended");
        token.grant.revoked = true;
        assert_eq!(refused(&token, &public("app"), 1), Some(RefreshRefusal::Expired));
    }

    #[test]
    fn idle_time_ends_with_the_grant() {
        assert_eq!(idle_end(1000, at(10_000), at(500)), at(1500));
        assert_eq!(idle_end(1000, at(10_000), at(9500)), at(10_000));
    }

    proptest! {
        #[test]
        fn rf_07_a_narrowed_scope_is_what_was_asked_for_and_within_the_grant(
            granted in "[a-d]( [a-d]){0,3}", asked in "[a-e]( [a-e]){0,3}",
        ) {
            let (granted, asked): (Scope, Scope) = (granted.parse().unwrap(), asked.parse().unwrap());
            match narrowed(&granted, Some(&asked)) {
                Ok(scope) => prop_assert!(scope == asked && granted.covers(&scope)),
                Err(refusal) => prop_assert!(!granted.covers(&asked) && refusal.error == TokenErrorCode::InvalidScope),
            }
            prop_assert_eq!(narrowed(&granted, None).unwrap(), granted);
        }

        /// Whoever presents whichever token of a family at whatever time.
        #[test]
        fn at_most_one_leaf_is_ever_alive(steps in prop::collection::vec((any::<prop::sample::Index>(), 0..20_i64), 1..40)) {
            let mut family = vec![issued(TokenState::Live)];
            let mut seconds = 0;
            for (chosen, wait) in steps {
                seconds += wait;
                let chosen = chosen.index(family.len());
                let decision = family[chosen].refresh(&public("app"), GRACE, at(seconds));
                carry_out(&mut family, chosen, decision, at(seconds));

                let leaves = family.iter().filter(|token| token.state == TokenState::Live && !token.grant.revoked);
                let leaves = leaves.count();
                prop_assert!(leaves == 1 || leaves == 0 && family[0].grant.revoked, "{leaves}");
            }
        }
    }

    /// What the tables do with a decision.
    fn carry_out(
        family: &mut Vec<IssuedRefreshToken>,
        chosen: usize,
        decision: Result<Rotation, RefreshRefusal>,
        now: OffsetDateTime,
    ) {
        let successor = Uuid::from_u128(family.len() as u128);
        let rotated_at = match (decision, family[chosen].state) {
            (Ok(Rotation::Replace), _) => now,
            (Ok(Rotation::ReplaceAgain { lost }), TokenState::Rotated { at, .. }) => {
                family
                    .iter_mut()
                    .filter(|token| token.token_id == lost)
                    .for_each(|token| token.state = TokenState::Killed);
                at
            }
            (Err(RefreshRefusal::Reused), _) => return family.iter_mut().for_each(|token| token.grant.revoked = true),
            _ => return,
        };
        let used = family[chosen].token_id;
        for token in family.iter_mut() {
            if let TokenState::Rotated { successor, successor_used, .. } = &mut token.state {
                *successor_used |= *successor == used;
            }
        }
        family[chosen].state = TokenState::Rotated { at: rotated_at, successor, successor_used: false };
        family.push(IssuedRefreshToken {
            token_id: successor,
            expires_at: now + Duration::seconds(1000),
            ..issued(TokenState::Live)
        });
    }
}
