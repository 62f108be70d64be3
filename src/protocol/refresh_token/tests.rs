use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    protocol::{
        client::{AuthMethod, ClientSecret, ClientType, Credentials, KeptSecret},
        fixtures::{self, at},
    },
    secret::Secret,
};

const GRACE: Duration = Duration::seconds(10);

/// A token for the client `app`, issued at the moment 0, that can lie idle for 1,000 seconds.
fn issued(standing: Standing) -> IssuedRefreshToken {
    let (token, grant) = (RefreshToken::generate(Uuid::nil()), fixtures::grant("app"));
    IssuedRefreshToken { standing, family: first(&token, &grant), grant }
}

/// The first token of a public client's grant, which proved nothing.
fn first(token: &RefreshToken, grant: &Grant) -> Family {
    Family::begin(token, &public("app"), &Proven::NOTHING, grant, at(0))
}

fn key(text: &str) -> Proven {
    Proven { key: Some(text.parse().unwrap()), certificate: None }
}

fn public(client_id: &str) -> AuthenticatedClient {
    fixtures::authenticated(fixtures::client(client_id))
}

fn confidential() -> AuthenticatedClient {
    let mut client = fixtures::client_with("app", |client| {
        (client.client_type, client.auth_method) = (ClientType::Web, AuthMethod::ClientSecretPost);
    });
    let secret = Secret::presented("its secret");
    client.secrets = vec![ClientSecret {
        secret_id: Uuid::nil(),
        name: String::new(),
        kept: KeptSecret::Hash(secret.hash()),
        last_four: "cret".into(),
        generated: true,
        created_at: at(0),
        expires_at: None,
    }];
    let presented = Credentials::Secret(AuthMethod::ClientSecretPost, secret);
    std::sync::Arc::new(client).authenticate(&presented, "https://id.example", at(0)).ok().unwrap()
}

fn replaced() -> Standing {
    Standing::Predecessor { rotated_at: at(100) }
}

#[test]
fn d3_what_becomes_of_a_token_depends_on_its_standing_in_the_family() {
    for (standing, seconds, decision) in [
        (Standing::Leaf, 0, Ok(Rotation::Replace)),
        (Standing::Leaf, 999, Ok(Rotation::Replace)),
        (Standing::Leaf, 1000, Err(RefreshRefusal::Expired)),
        (replaced(), 109, Ok(Rotation::ReplaceAgain { rotated_at: at(100) })),
        (replaced(), 110, Err(RefreshRefusal::Reused)),
        (Standing::Spent, 101, Err(RefreshRefusal::Reused)),
    ] {
        assert_eq!(
            issued(standing).refresh(&public("app"), &Proven::NOTHING, GRACE, at(seconds)),
            decision,
            "{standing:?} {seconds}"
        );
    }
    let without_grace = issued(replaced()).refresh(&public("app"), &Proven::NOTHING, Duration::ZERO, at(100));
    assert_eq!(without_grace, Err(RefreshRefusal::Reused));
}

#[test]
fn a_confidential_client_keeps_its_token() {
    for (seconds, extend) in [(0, false), (100, false), (101, true), (999, true)] {
        let decision = issued(Standing::Leaf).refresh(&confidential(), &Proven::NOTHING, GRACE, at(seconds));
        assert_eq!(decision, Ok(Rotation::Keep { extend }), "{seconds}");
    }
}

/// RF-17
#[test]
fn rf_17_a_bound_token_is_kept_and_takes_its_key_alone() {
    let (bound, other) = (key(fixtures::KEY), key(fixtures::CHALLENGE));
    let no_proof = RefreshRefusal::Unconfirmed(Unconfirmed::NoProof);
    let other_key = RefreshRefusal::Unconfirmed(Unconfirmed::OtherKey);
    for (standing, proven, decision) in [
        (Standing::Leaf, &bound, Ok(Rotation::Keep { extend: false })),
        (Standing::Leaf, &other, Err(other_key)),
        (Standing::Leaf, &Proven::NOTHING, Err(no_proof)),
        (replaced(), &bound, Ok(Rotation::ReplaceAgain { rotated_at: at(100) })),
        (Standing::Spent, &bound, Err(RefreshRefusal::Reused)),
        (Standing::Spent, &other, Err(other_key)), // who lacks the key cannot end the family
    ] {
        let mut token = issued(standing);
        token.family.dpop_jkt.clone_from(&bound.key);
        assert_eq!(token.refresh(&public("app"), proven, GRACE, at(1)), decision, "{standing:?} {proven:?}");
    }
    let refusals = [no_proof, other_key].map(|refusal| TokenError::from(refusal).error);
    assert_eq!(refusals, [TokenErrorCode::InvalidDpopProof, TokenErrorCode::InvalidGrant]);
}

/// RF-18: a confidential client may take another key, its secret is proof enough.
#[test]
fn only_tokens_of_public_clients_are_bound() {
    let (token, grant, proven) = (RefreshToken::generate(Uuid::nil()), fixtures::grant("app"), key(fixtures::KEY));
    let begun = |client: &AuthenticatedClient| Family::begin(&token, client, &proven, &grant, at(0)).dpop_jkt;
    assert_eq!((begun(&public("app")), begun(&confidential())), (proven.key.clone(), None));

    let unbound = issued(Standing::Leaf);
    let rotation = unbound.refresh(&public("app"), &proven, GRACE, at(1)).unwrap();
    assert_eq!(rotation, Rotation::Replace, "nothing bound it until now");
    let after = unbound.after(rotation, &token, &token.successor(), (&public("app"), &proven), at(1));
    assert_eq!(after.dpop_jkt, proven.key, "its successor is bound");
}

#[test]
fn nothing_works_without_the_client_the_grant_and_offline_access() {
    let refused = |token: &IssuedRefreshToken, client: &AuthenticatedClient, seconds| {
        token.refresh(client, &Proven::NOTHING, GRACE, at(seconds)).err()
    };
    let mut token = issued(Standing::Leaf);
    assert_eq!(refused(&token, &public("spy"), 1), Some(RefreshRefusal::OtherClient));

    let online = fixtures::client_with("app", |client| client.scopes = "openid".parse().unwrap());
    let refusal = refused(&token, &fixtures::authenticated(online), 1);
    assert_eq!(refusal, Some(RefreshRefusal::OfflineAccessWithdrawn));

    token.family.expires_at = at(20_000);
    assert_eq!(refused(&token, &public("app"), 10_000), Some(RefreshRefusal::Expired), "the grant has ended");
    token.grant.revoked = true;
    assert_eq!(refused(&token, &public("app"), 1), Some(RefreshRefusal::Expired));
}

#[test]
fn only_the_leaf_is_live_and_only_in_its_time() {
    for (standing, seconds, live) in [
        (Standing::Leaf, 999, true),
        (Standing::Leaf, 1000, false),
        (replaced(), 101, false),
        (Standing::Spent, 101, false),
    ] {
        assert_eq!(issued(standing).is_live(at(seconds)), live, "{standing:?} {seconds}");
    }
    let mut token = issued(Standing::Leaf);
    token.family.expires_at = at(20_000);
    assert!(token.is_live(at(9_999)) && !token.is_live(at(10_000)), "it ends with its grant");
    token.grant.revoked = true;
    assert!(!token.is_live(at(1)));
}

#[test]
fn a_kept_token_stays_the_leaf_and_lives_longer() {
    let (client, token) = (confidential(), RefreshToken::generate(Uuid::nil()));
    let grant = fixtures::grant("app");
    let family = first(&token, &grant);
    let issued = IssuedRefreshToken { standing: Standing::Leaf, family, grant };

    let after =
        issued.after(Rotation::Keep { extend: true }, &token, &token.successor(), (&client, &Proven::NOTHING), at(500));

    assert_eq!((after.standing_of(&token), after.expires_at, after.issued_at), (Some(Standing::Leaf), at(1500), at(0)));
}

#[test]
fn a_token_that_somebody_made_up_is_of_no_family() {
    let (token, grant) = (RefreshToken::generate(Uuid::nil()), fixtures::grant("app"));
    let family = first(&token, &grant);

    assert_eq!(family.standing_of(&RefreshToken::generate(Uuid::nil())), None);
    assert_eq!(family.standing_of(&token.successor()), Some(Standing::Spent), "its mark is real: somebody holds one");
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

    /// Whoever presents whichever token of a family at whatever time: the last one is the leaf, the one that it took
    /// the place of may come back within the grace, and any other ends the family.
    #[test]
    fn d3_at_most_one_leaf_is_ever_alive(steps in prop::collection::vec((any::<prop::sample::Index>(), 0..20_i64), 1..40)) {
        let (client, mut grant) = (public("app"), fixtures::grant("app"));
        let mut tokens = vec![RefreshToken::generate(Uuid::nil())];
        let mut parents = vec![None];
        let mut first_used = vec![None];
        let mut family = first(&tokens[0], &grant);
        let mut seconds = 0;
        for (chosen, wait) in steps {
            seconds += wait;
            let (chosen, leaf) = (chosen.index(tokens.len()), tokens.len() - 1);
            let is_retried = parents[leaf] == Some(chosen) && first_used[chosen].is_some_and(|used| seconds < used + 10);
            let issued = issued_by(&family, &tokens[chosen], &grant);
            let decision = issued.refresh(&client, &Proven::NOTHING, GRACE, at(seconds));
            prop_assert_eq!(decision.is_ok(), chosen == leaf || is_retried);
            let Ok(rotation) = decision else {
                prop_assert_eq!(decision, Err(RefreshRefusal::Reused));
                grant.revoked = true;
                prop_assert!(!issued_by(&family, &tokens[leaf], &grant).is_live(at(seconds)));
                break;
            };
            let successor = tokens[chosen].successor();
            family = issued.after(rotation, &tokens[chosen], &successor, (&client, &Proven::NOTHING), at(seconds));
            first_used[chosen].get_or_insert(seconds);
            tokens.push(successor);
            parents.push(Some(chosen));
            first_used.push(None);

            let alive = tokens.iter().filter(|token| family.standing_of(token) == Some(Standing::Leaf)).count();
            prop_assert_eq!(alive, 1);
        }
    }
}

fn issued_by(family: &Family, token: &RefreshToken, grant: &Grant) -> IssuedRefreshToken {
    IssuedRefreshToken { standing: family.standing_of(token).unwrap(), family: family.clone(), grant: grant.clone() }
}
