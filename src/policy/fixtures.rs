//! Examples that the tests of several rules share.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    model::{
        registry::{Api, Registry, Role},
        user::User,
    },
    protocol::{
        assurance::Level,
        client::{ClientSecret, KeptSecret},
        signing_algorithm::SigningAlgorithm,
        standard_claims::Profile,
    },
    secret::Secret,
};

pub const RECORDS: &str = "urn:records";
pub const BILLING: &str = "urn:billing";

/// Two APIs, records with the scopes `read` and `write` and billing with `pay`, and these roles with their scopes.
pub fn registry(roles: &[(&str, &str)]) -> Registry {
    let api = |id: u128, identifier: &str, scopes: &[&str]| Api {
        api_id: Uuid::from_u128(id),
        identifier: identifier.into(),
        name: identifier.into(),
        access_token_lifetime: None,
        roles_in_token: false,
        access_token_signing_alg: SigningAlgorithm::default(),
        required_level: Level::Aal1,
        scopes: scopes.iter().map(|name| (name.to_string(), format!("Use {name}"))).collect(),
        created_at: OffsetDateTime::UNIX_EPOCH,
        revision: 1,
    };
    let role = |(name, scopes): &(&str, &str)| Role {
        name: name.to_string(),
        description: String::new(),
        office: None,
        required_level: Level::Aal1,
        scopes: scopes.split(' ').map(ToOwned::to_owned).collect(),
        revision: 1,
    };
    let apis = vec![api(1, RECORDS, &["read", "write"]), api(2, BILLING, &["pay"])];
    Registry::new(apis, roles.iter().map(role).collect())
}

/// The same with APIs that differ.
pub fn changed(registry: &Registry, change: impl Fn(&mut Api)) -> Registry {
    let apis = registry.apis().map(|api| {
        let mut api = Api::clone(api);
        change(&mut api);
        api
    });
    Registry::new(apis.collect(), registry.roles().cloned().collect())
}

/// A user with these roles.
pub fn user(roles: &[&str]) -> User {
    User {
        user_id: Uuid::from_u128(1),
        username: "alice".into(),
        email: None,
        email_verified: false,
        profile: Profile::default(),
        enabled: true,
        roles: roles.iter().map(ToString::to_string).collect(),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        revision: 1,
        deleted_at: None,
        password_is_short: false,
        email_given_at: None,
        held_at: None,
    }
}

/// What is kept of some secret that we made.
pub fn client_secret() -> ClientSecret {
    let secret = Secret::presented("0123456789abcdef");
    ClientSecret {
        secret_id: Uuid::nil(),
        name: String::new(),
        kept: KeptSecret::Hash(secret.hash()),
        last_four: "cdef".into(),
        generated: true,
        created_at: OffsetDateTime::UNIX_EPOCH,
        expires_at: None,
    }
}
