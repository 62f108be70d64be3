//! Which scopes somebody may have: requested ∩ allowed to the client ∩ given by the person's roles.

use super::registry::Registry;
use crate::protocol::{client::Client, refresh_token::OFFLINE_ACCESS, scope::Scope, standard_claims::is_oidc_scope};

/// What a person with these roles can grant this client out of what it requests.
///
/// The scopes of OpenID Connect concern the person's own data, so no role is needed for them.
#[must_use]
pub fn grantable(requested: &Scope, client: &Client, roles: &[String], registry: &Registry) -> Scope {
    let given =
        |scope: &str| roles.iter().filter_map(|name| registry.role(name)).any(|role| role.scopes.contains(scope));
    let allowed = requested.filtered(|scope| {
        client.scopes.contains(scope) && (is_oidc_scope(scope) || registry.owner(scope).is_some() && given(scope))
    });
    // Alone it would keep open what opens nothing.
    if allowed.iter().all(|scope| scope == OFFLINE_ACCESS) { Scope::default() } else { allowed }
}

/// What a client can have for itself (RFC 6749 §4.4): only scopes of APIs, because nobody signs in.
#[must_use]
pub fn for_itself(requested: &Scope, client: &Client, registry: &Registry) -> Scope {
    requested.filtered(|scope| client.scopes.contains(scope) && registry.owner(scope).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{policy::fixtures, protocol};

    const NAMES: &str = "(openid|email|read|write|pay)( (openid|email|read|write|pay)){0,4}";

    fn client(scopes: &str) -> Client {
        Client { scopes: scopes.parse().unwrap_or_default(), ..protocol::fixtures::client("app") }
    }

    #[test]
    fn each_side_cuts() {
        let registry = fixtures::registry(&[("clerk", "read"), ("doctor", "read write")]);
        let all = "openid offline_access read write pay";
        for (requested, client_scopes, roles, granted) in [
            ("openid read", all, &["clerk"][..], "openid read"),
            ("openid read write", all, &["clerk"], "openid read"),
            ("openid read write", all, &["clerk", "doctor"], "openid read write"),
            ("openid read write", "openid write", &["doctor"], "openid write"),
            ("openid read", all, &[], "openid"),
            ("openid read", all, &["unknown"], "openid"),
            ("read unregistered", "read unregistered", &["doctor"], "read"),
            ("write read", all, &["doctor"], "write read"),
        ] {
            let roles = roles.iter().map(ToString::to_string).collect::<Vec<_>>();
            let scope = grantable(&requested.parse().unwrap(), &client(client_scopes), &roles, &registry);
            assert_eq!(scope.to_string(), granted, "{requested} {client_scopes} {roles:?}");
        }
        let own = for_itself(&"openid read write".parse().unwrap(), &client("openid read"), &registry);
        assert_eq!(own.to_string(), "read", "nobody signs in");
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_request_client_and_roles_allow_together(
            requested in NAMES, registered in NAMES, first in NAMES, second in NAMES, has_second in any::<bool>(),
        ) {
            let registry = fixtures::registry(&[("first", &first), ("second", &second)]);
            let (requested, client): (Scope, _) = (requested.parse().unwrap(), client(&registered));
            let roles = if has_second { vec!["first".to_owned(), "second".to_owned()] } else { vec!["first".to_owned()] };

            let granted = grantable(&requested, &client, &roles, &registry);

            prop_assert!(requested.covers(&granted) && client.scopes.covers(&granted));
            let given = |name: &str| first.contains(name) || has_second && second.contains(name);
            prop_assert!(granted.iter().all(|name| is_oidc_scope(name) || given(name)));
            let whole = requested.iter().filter(|name| client.scopes.contains(name) && (is_oidc_scope(name) || given(name)));
            prop_assert_eq!(granted.iter().count(), whole.count(), "and no less");
            let itself = for_itself(&requested, &client, &registry);
            prop_assert!(requested.covers(&itself) && client.scopes.covers(&itself) && !itself.iter().any(is_oidc_scope));
        }
    }
}
