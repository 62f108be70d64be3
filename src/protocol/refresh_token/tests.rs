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
fn only_the_leaf_is_live_and_only_in_its_time() {
    for (state, seconds, live) in [
        (TokenState::Live, 999, true),
        (TokenState::Live, 1000, false),
        (rotated(false), 101, false),
        (TokenState::Killed, 101, false),
    ] {
        assert_eq!(issued(state).is_live(at(seconds)), live, "{state:?} {seconds}");
    }
    let mut token = issued(TokenState::Live);
    token.expires_at = at(20_000);
    assert!(token.is_live(at(9_999)) && !token.is_live(at(10_000)), "it ends with its grant");
    token.grant.revoked = true;
    assert!(!token.is_live(at(1)));
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
            family.iter_mut().filter(|token| token.token_id == lost).for_each(|token| token.state = TokenState::Killed);
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
