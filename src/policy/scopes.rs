//! Which scopes somebody may have: requested ∩ allowed to the client ∩ given by the person's roles.

use super::registry::Registry;
use crate::protocol::{client::Client, scope::Scope, standard_claims::is_oidc_scope};

/// What a person with these roles can grant this client out of what it requests.
///
/// The scopes of OpenID Connect concern the person's own data, so no role is needed for them.
#[must_use]
pub fn grantable(requested: &Scope, client: &Client, roles: &[String], registry: &Registry) -> Scope {
    let given = |scope: &str| roles.iter().filter_map(|name| registry.role(name)).any(|role| role.scopes.contains(scope));
    requested.filtered(|scope| {
        client.scopes.contains(scope) && (is_oidc_scope(scope) || registry.owner(scope).is_some() && given(scope))
    })
}

/// What a client can have for itself (RFC 6749 §4.4): only scopes of APIs, because nobody signs in.
#[must_use]
pub fn for_itself(requested: &Scope, client: &Client, registry: &Registry) -> Scope {
    requested.filtered(|scope| client.scopes.contains(scope) && registry.owner(scope).is_some())
}
