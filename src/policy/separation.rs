//! Separation of duties: who administers gets into no application, so that whoever takes over an application gains nothing
//! here. A client that does nothing but administer is none: what it may do is what its user may do in the console.

use super::permission::Permission;
use crate::{
    model::{registry::Registry, user::User},
    protocol::{client::Client, standard_claims::is_oidc_scope},
};

/// Whether this client lets this user in.
#[must_use]
pub fn admits(client: &Client, user: &User, registry: &Registry, duties_are_separate: bool) -> bool {
    !duties_are_separate || !user.administers(registry) || only_administers(client)
}

/// Whether our own API is the only one that this client may call.
#[must_use]
pub fn only_administers(client: &Client) -> bool {
    let is_ours = |scope: &str| Permission::of_scope(scope).is_some();
    client.scopes.iter().any(is_ours) && client.scopes.iter().all(|scope| is_ours(scope) || is_oidc_scope(scope))
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::protocol::{client::ClientType, client_metadata::ClientMetadata};

    #[test]
    fn a_client_that_calls_another_api_too_is_an_application() {
        for (scopes, administers) in [
            ("openid profile portcullis:clients:read", true),
            ("portcullis:clients:read portcullis:users:read offline_access", true),
            ("portcullis:clients:read records:read", false),
            ("portcullis:unheard_of portcullis:clients:read", false),
            ("openid profile", false),
            ("records:read", false),
        ] {
            let metadata =
                ClientMetadata { scopes: scopes.parse().unwrap(), ..ClientMetadata::of_type(ClientType::Native) };
            let client = Client::new("cli".into(), metadata, OffsetDateTime::UNIX_EPOCH);
            assert_eq!(only_administers(&client), administers, "{scopes}");
        }
    }
}
