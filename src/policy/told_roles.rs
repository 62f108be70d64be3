//! Which roles an application is told of its user, and under which claim.

use serde_json::{Map, Value, json};

use crate::{
    model::{registry::Registry, user::User},
    protocol::{client_metadata::ClientMetadata, scope::Scope, standard_claims::ROLES},
};

/// Adds the roles of a user to the claims that a client gets, if the scope `roles` is held: those that give a scope which the
/// client is registered for, or all if it is set so. Never one that administers this installation.
pub fn tell(claims: &mut Map<String, Value>, client: &ClientMetadata, user: &User, held: &Scope, registry: &Registry) {
    if !held.contains(ROLES) {
        return;
    }
    let roles = user.roles.iter().filter_map(|name| registry.role(name)).filter(|role| !role.administrative);
    let roles = roles.filter(|role| client.all_roles || role.scopes.iter().any(|scope| client.scopes.contains(scope)));
    let names = roles.map(|role| role.name.as_str()).collect::<Vec<_>>();
    insert(claims, &path(client.roles_claim.as_deref().unwrap_or(ROLES)), json!(names));
}

/// The members on the way to a claim: `realm_access.roles` is the member `roles` of `realm_access`. A URI is one name.
#[must_use]
pub fn path(claim: &str) -> Vec<&str> {
    if claim.contains(':') { vec![claim] } else { claim.split('.').collect() }
}

fn insert(claims: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [name] => {
            claims.insert((*name).to_owned(), value);
        }
        [name, rest @ ..] => {
            if let Value::Object(members) = claims.entry(*name).or_insert_with(|| json!({})) {
                insert(members, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::registry::{Api, Role},
        policy::fixtures::{registry, user},
        protocol::{client::ClientType, client_metadata::ClientMetadata},
    };

    fn told(scopes: &str, held: &str, change: impl FnOnce(&mut ClientMetadata)) -> Value {
        let roles = registry(&[("clerk", "read"), ("cashier", "pay"), ("guest", ""), ("boss", "read pay")]);
        let apis = roles.apis().map(|api| Api::clone(api)).collect();
        let administers = |role: &Role| Role { administrative: role.name == "boss", ..role.clone() };
        let registry = Registry::new(apis, roles.roles().map(administers).collect());
        let mut client = ClientMetadata { scopes: scopes.parse().unwrap(), ..ClientMetadata::of_type(ClientType::Web) };
        change(&mut client);
        let mut claims = Map::new();
        tell(
            &mut claims,
            &client,
            &user(&["clerk", "cashier", "guest", "boss", "gone"]),
            &held.parse().unwrap(),
            &registry,
        );
        Value::Object(claims)
    }

    #[test]
    fn a_client_is_told_the_roles_that_concern_it() {
        assert_eq!(told("openid roles read", "openid roles", |_| ()), json!({"roles": ["clerk"]}));
        assert_eq!(told("openid roles read pay", "roles", |_| ()), json!({"roles": ["clerk", "cashier"]}));
        assert_eq!(told("openid roles", "roles", |_| ()), json!({"roles": []}));
        let all = told("openid roles", "roles", |client| client.all_roles = true);
        assert_eq!(all, json!({"roles": ["clerk", "cashier", "guest"]}));
        assert_eq!(
            told("openid roles read", "openid profile", |client| client.all_roles = true),
            json!({}),
            "no scope"
        );
    }

    #[test]
    fn they_stand_where_the_client_looks_for_them() {
        let at = |claim: &str| told("roles read", "roles", |client| client.roles_claim = Some(claim.to_owned()));
        assert_eq!(at("groups"), json!({"groups": ["clerk"]}));
        assert_eq!(at("realm_access.roles"), json!({"realm_access": {"roles": ["clerk"]}}));
        assert_eq!(at("https://a.example/roles"), json!({"https://a.example/roles": ["clerk"]}));
    }
}
