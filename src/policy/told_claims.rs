//! What an application is told of its user, in the ID token and at the userinfo endpoint.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    model::{registry::Registry, user::User},
    protocol::{
        claims_request::ClaimsRequest,
        client::values::IdTokenClaims,
        client_metadata::ClientMetadata,
        scope::Scope,
        standard_claims::{IDENTIFYING, ROLES, select},
    },
};

/// Whom a client asks about, and by what.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// Who asks.
    pub client: &'a ClientMetadata,
    /// Whom it is about.
    pub user: &'a User,
    /// The scopes that are held now.
    pub held: &'a Scope,
    /// The claims that the request asked for one by one.
    pub claims: &'a ClaimsRequest,
}

/// What the ID token says: what was asked for one by one, and, if the client wants that, who the user is.
#[must_use]
pub fn in_id_token(about: About<'_>, registry: &Registry) -> Map<String, Value> {
    let asked = about.claims.clone().within(&about.client.scopes).id_token;
    let is_told = about.client.id_token_claims == IdTokenClaims::Both;
    if !is_told && asked.is_empty() {
        return Map::new();
    }
    let mut told = told(about, &asked);
    told.retain(|name, _| asked.contains_key(name) || (is_told && IDENTIFYING.contains(&name.as_str())));
    if is_told {
        add_roles(&mut told, about, registry);
    }
    told
}

/// What the userinfo endpoint says, but for `sub`.
#[must_use]
pub fn at_userinfo(about: About<'_>, registry: &Registry) -> Map<String, Value> {
    let mut told = told(about, &about.claims.clone().within(&about.client.scopes).userinfo);
    add_roles(&mut told, about, registry);
    told
}

fn told<Way>(about: About<'_>, asked: &BTreeMap<String, Way>) -> Map<String, Value> {
    select(&about.user.claims(), about.held, asked)
}

/// The roles, by the scope `roles`: those that give a scope which the client is registered for, or all if it is set so. Never
/// one that administers this installation. A scope of this name that an API had before is that API's, and brings none.
fn add_roles(claims: &mut Map<String, Value>, About { client, user, held, .. }: About<'_>, registry: &Registry) {
    if !held.contains(ROLES) || registry.owner(ROLES).is_some() {
        return;
    }
    let roles = user.roles.iter().filter_map(|name| registry.role(name)).filter(|role| !role.administers());
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
        model::{
            office::Office,
            registry::{Api, Role},
        },
        policy::fixtures::{changed, registry, user},
        protocol::{client::ClientType, client_metadata::ClientMetadata},
    };

    fn told(scopes: &str, held: &str, change: impl FnOnce(&mut ClientMetadata)) -> Value {
        let roles = registry(&[("clerk", "read"), ("cashier", "pay"), ("guest", ""), ("boss", "read pay")]);
        let apis = roles.apis().map(|api| Api::clone(api)).collect();
        let administers =
            |role: &Role| Role { office: (role.name == "boss").then_some(Office::Auditor), ..role.clone() };
        let registry = Registry::new(apis, roles.roles().map(administers).collect());
        let mut client = ClientMetadata { scopes: scopes.parse().unwrap(), ..ClientMetadata::of_type(ClientType::Web) };
        change(&mut client);
        let (user, held) = (user(&["clerk", "cashier", "guest", "boss", "gone"]), held.parse().unwrap());
        let about = About { client: &client, user: &user, held: &held, claims: &ClaimsRequest::default() };
        let mut told = at_userinfo(about, &registry);
        let by_scope = select(&user.claims(), &held, &ClaimsRequest::default().userinfo);
        told.retain(|name, _| !by_scope.contains_key(name));
        Value::Object(told)
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
    fn a_scope_of_this_name_that_an_api_had_before_brings_none() {
        let registry = registry(&[("clerk", "read")]);
        let apis = changed(&registry, |api| drop(api.scopes.insert("roles".into(), "Read the roles".into())));
        let client =
            ClientMetadata { scopes: "roles read".parse().unwrap(), ..ClientMetadata::of_type(ClientType::Web) };
        let (user, held) = (user(&["clerk"]), "roles".parse().unwrap());
        let about = About { client: &client, user: &user, held: &held, claims: &ClaimsRequest::default() };
        assert_eq!(at_userinfo(about, &registry)["roles"], json!(["clerk"]));
        assert_eq!(at_userinfo(about, &apis).get("roles"), None);
    }

    #[test]
    fn they_stand_where_the_client_looks_for_them() {
        let at = |claim: &str| told("roles read", "roles", |client| client.roles_claim = Some(claim.to_owned()));
        assert_eq!(at("groups"), json!({"groups": ["clerk"]}));
        assert_eq!(at("realm_access.roles"), json!({"realm_access": {"roles": ["clerk"]}}));
        assert_eq!(at("https://a.example/roles"), json!({"https://a.example/roles": ["clerk"]}));
    }
}
