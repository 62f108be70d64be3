//! For which API a token is ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)): the one that owns its scopes.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    assurance::{of_account, of_client},
    registry::{Api, Registry},
    user::User,
};
use crate::protocol::{
    access_token::Audience, assurance::Level, client::Client, scope::Scope, standard_claims::is_oidc_scope,
};

/// What a token is for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The API. `None`: only our own userinfo endpoint.
    pub api: Option<Arc<Api>>,
    /// The scopes that are left: the API's and those of OpenID Connect.
    pub scope: Scope,
}

/// Why no target can be chosen: `invalid_target`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// `resource` names no API.
    #[error("resource must be the identifier of a registered API")]
    UnknownResource,
    /// A token is for one API.
    #[error("the scopes belong to several APIs ({0}): name one of them as resource (RFC 8707)")]
    SeveralApis(String),
    /// The authorization did not include this API.
    #[error("this resource was not part of the authorization request")]
    ResourceNotGranted,
}

impl Target {
    /// Whom the token addresses: the API, and us if it opens our userinfo endpoint.
    #[must_use]
    pub fn audience(&self, issuer: &str) -> Audience {
        let ours = self.scope.contains("openid");
        match &self.api {
            Some(api) if ours => Audience::Several(vec![api.identifier.clone(), issuer.to_owned()]),
            Some(api) => Audience::One(api.identifier.clone()),
            None => Audience::One(issuer.to_owned()),
        }
    }

    /// How well a person must be authenticated for such a token of this client now, whatever was demanded at sign-in.
    #[must_use]
    pub fn required_level(&self, client: &Client, user: &User, registry: &Registry) -> Level {
        of_client(client, &self.scope, registry).max(of_account(user, registry))
    }
}

/// The scopes that an authorization request can ask for, given its `resource`s: those of these APIs, and OpenID Connect's.
///
/// # Errors
/// Why the request names no target. Scopes of several APIs need their `resource`s, so that nobody gets a token for more
/// than was meant.
pub fn requested(scope: &Scope, resources: &[String], registry: &Registry) -> Result<Scope, NoTarget> {
    if resources.iter().any(|resource| registry.api_identified(resource).is_none()) {
        return Err(NoTarget::UnknownResource);
    }
    if resources.is_empty() {
        only_api(scope, registry)?;
        return Ok(scope.clone());
    }
    Ok(scope.filtered(|name| match registry.owner(name) {
        Some(api) => resources.contains(&api.identifier),
        None => is_oidc_scope(name),
    }))
}

/// Chooses the target of a token with these scopes. `granted` are the `resource`s of the authorization request, if any.
///
/// # Errors
/// Why there is none.
pub fn choose(
    scope: &Scope,
    resource: Option<&str>,
    granted: &[String],
    registry: &Registry,
) -> Result<Target, NoTarget> {
    let Some(resource) = resource else {
        return Ok(Target { api: only_api(scope, registry)?, scope: scope.clone() });
    };
    let api = registry.api_identified(resource).ok_or(NoTarget::UnknownResource)?;
    if !granted.is_empty() && !granted.iter().any(|own| own == resource) {
        return Err(NoTarget::ResourceNotGranted);
    }
    let scope = scope.filtered(|name| is_oidc_scope(name) || api.scopes.contains_key(name));
    Ok(Target { api: Some(Arc::clone(api)), scope })
}

fn only_api(scope: &Scope, registry: &Registry) -> Result<Option<Arc<Api>>, NoTarget> {
    let owners = scope.iter().filter_map(|name| registry.owner(name)).collect::<Vec<_>>();
    let identifiers = owners.iter().map(|api| api.identifier.as_str()).collect::<BTreeSet<_>>();
    if identifiers.len() > 1 {
        return Err(NoTarget::SeveralApis(identifiers.into_iter().collect::<Vec<_>>().join(", ")));
    }
    Ok(owners.first().copied().cloned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::fixtures::{BILLING, RECORDS, registry};

    const OTHER: &str = "urn:unregistered";

    fn several() -> NoTarget {
        NoTarget::SeveralApis(format!("{BILLING}, {RECORDS}"))
    }

    #[test]
    fn a_request_names_its_apis_unless_there_is_but_one() {
        let registry = registry(&[]);
        for (scope, resources, expected) in [
            ("openid read", &[][..], Ok("openid read")),
            ("openid read pay", &[], Err(several())),
            ("openid read pay", &[RECORDS], Ok("openid read")),
            ("openid read pay", &[RECORDS, BILLING], Ok("openid read pay")),
            ("openid read", &[OTHER], Err(NoTarget::UnknownResource)),
            ("openid read", &[RECORDS, OTHER], Err(NoTarget::UnknownResource)),
            ("unregistered", &[RECORDS], Ok("")),
        ] {
            let resources = resources.iter().map(ToString::to_string).collect::<Vec<_>>();
            let asked = requested(&scope.parse().unwrap(), &resources, &registry).map(|scope| scope.to_string());
            assert_eq!(asked, expected.map(ToOwned::to_owned), "{scope} {resources:?}");
        }
    }

    #[test]
    fn a_token_is_for_one_api_and_for_us_if_it_opens_userinfo() {
        let registry = registry(&[]);
        let one = |audience: &str| Audience::One(audience.into());
        for (scope, resource, granted, expected) in [
            ("openid email", None, &[][..], Ok((one("us"), "openid email"))),
            ("read write", None, &[], Ok((one(RECORDS), "read write"))),
            ("openid read", None, &[], Ok((Audience::Several(vec![RECORDS.into(), "us".into()]), "openid read"))),
            ("read pay", None, &[RECORDS, BILLING], Err(several())),
            ("read pay", Some(BILLING), &[RECORDS, BILLING], Ok((one(BILLING), "pay"))),
            ("read pay", Some(BILLING), &[RECORDS], Err(NoTarget::ResourceNotGranted)),
            ("read", Some(OTHER), &[], Err(NoTarget::UnknownResource)),
            ("read", Some(BILLING), &[], Ok((one(BILLING), ""))),
        ] {
            let granted = granted.iter().map(ToString::to_string).collect::<Vec<_>>();
            let chosen = choose(&scope.parse().unwrap(), resource, &granted, &registry);
            let chosen = chosen.map(|target| (target.audience("us"), target.scope.to_string()));
            assert_eq!(chosen, expected.map(|(audience, scope)| (audience, scope.to_owned())), "{scope} {resource:?}");
        }
    }

    proptest! {
        #[test]
        fn no_token_carries_a_scope_of_another_api(
            scope in "(openid|read|write|pay)( (openid|read|write|pay)){0,3}",
            resource in prop::option::of(prop::sample::select(vec![RECORDS, BILLING])),
        ) {
            let (registry, scope): (_, Scope) = (registry(&[]), scope.parse().unwrap());
            if let Ok(target) = choose(&scope, resource, &[], &registry) {
                prop_assert!(scope.covers(&target.scope));
                for name in target.scope.iter().filter(|name| !is_oidc_scope(name)) {
                    let api = target.api.as_ref().map(|api| &api.identifier);
                    prop_assert_eq!(registry.owner(name).map(|owner| &owner.identifier), api);
                }
            }
        }
    }
}
