//! What we can say about a user ([OpenID Connect Core §5.1]), and which scope or request brings it (§5.4, §5.5).
//!
//! [OpenID Connect Core §5.1]: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims

pub mod field;
pub mod fields;
mod profile;

use std::collections::BTreeMap;

pub use profile::{Address, Profile};
use serde_json::{Map, Value};

use super::scope::Scope;

/// The scope that brings the claim of the same name: the roles of the user, for applications. It is ours.
pub const ROLES: &str = "roles";

/// The scopes of OpenID Connect, and ours of the same kind: they concern the user alone, and belong to no API.
pub const SCOPES: [&str; 7] = ["openid", "profile", "email", "address", "phone", ROLES, "offline_access"];

/// Claims whose meaning the protocols fix: no other value may stand under their names (JW-17).
const PROTOCOL_CLAIMS: [&str; 27] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "cnf",
    "act",
    "may_act",
    "events",
    "client_id",
    "scope",
    "grant_id",
    "active",
    "token_type",
    "_claim_names",
    "_claim_sources",
];

/// Whether the meaning of a claim is fixed by the protocols, or by OpenID Connect Core §5.1.
#[must_use]
pub fn is_fixed_claim(name: &str) -> bool {
    PROTOCOL_CLAIMS.contains(&name) || claim_names().any(|claim| claim == name)
}

/// Whether this scope is one of OpenID Connect's.
#[must_use]
pub fn is_oidc_scope(name: &str) -> bool {
    SCOPES.contains(&name)
}

const PROFILE: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// Every claim about a user that we can deliver.
pub fn claim_names() -> impl Iterator<Item = &'static str> {
    PROFILE.into_iter().chain(["email", "email_verified", "address", "phone_number", "phone_number_verified"])
}

/// The scope that brings a claim (§5.4). `None`: it is none that we deliver about a user.
#[must_use]
pub fn scope_of(claim: &str) -> Option<&'static str> {
    match claim {
        "email" | "email_verified" => Some("email"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        "address" => Some("address"),
        _ => PROFILE.contains(&claim).then_some("profile"),
    }
}

/// The claims that tell an application who its user is: what the ID token of a client may say without being asked for it one
/// by one. It is kept short, because ID tokens travel.
pub const IDENTIFYING: [&str; 4] = ["name", "preferred_username", "email", "email_verified"];

/// The claims that these scopes bring, and those that are asked for one by one, in whichever way, out of all that are
/// known of a user.
#[must_use]
pub fn select<Way>(known: &Map<String, Value>, scope: &Scope, asked: &BTreeMap<String, Way>) -> Map<String, Value> {
    let brought = |name: &str| scope_of(name).is_some_and(|own| scope.contains(own));
    claim_names()
        .filter(|name| brought(name) || asked.contains_key(*name))
        .filter_map(|name| Some((name.to_owned(), known.get(name)?.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ui_04_each_scope_brings_its_own_claims_and_no_others() {
        let known = json!({"name": "Alice", "email": "a@example", "email_verified": true, "phone_number": "+64", "password": "x"});
        let known = known.as_object().unwrap();
        for (scope, asked, expected) in [
            ("openid", "", ""),
            ("openid profile", "", "name"),
            ("openid email", "", "email email_verified"),
            ("openid phone", "", "phone_number"),
            ("openid email", "name", "email email_verified name"),
            ("openid", "password", ""),
        ] {
            let asked = asked.split_whitespace().map(|name| (name.to_owned(), ())).collect();
            let names = select(known, &scope.parse().unwrap(), &asked)
                .keys()
                .cloned()
                .collect::<std::collections::BTreeSet<_>>();
            assert_eq!(names, expected.split_whitespace().map(ToOwned::to_owned).collect(), "{scope}");
        }
    }
}
