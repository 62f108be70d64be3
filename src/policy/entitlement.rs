//! What a client may have, and at which API: the one decision behind every grant, the authorization request, the consent
//! page, introspection and userinfo.
//!
//! A scope is held if it is asked for, the client is registered for it, and the user's roles carry it. The scopes of
//! OpenID Connect concern the user's own data, so no role is needed for them. Those of our own API are permissions: a user
//! holds what their offices permit. An API is part of it only if one of its scopes is held, and only then its demands count
//! (decision D11).

mod question;

use std::sync::Arc;

pub use question::{Against, Question, gives};

use super::assurance::{of_account, of_client};
use crate::{
    model::{
        registry::{Api, Registry, Role},
        user::User,
    },
    protocol::{
        access_token::Audience,
        assurance::Level,
        authorization_request::AuthorizationRequest,
        client::Client,
        error::{AuthorizationError, AuthorizationErrorCode, TokenError, TokenErrorCode},
        refresh_token::OFFLINE_ACCESS,
        scope::Scope,
    },
};

/// For whom a client asks.
#[derive(Clone, Copy)]
pub enum Holder<'a> {
    /// For itself (RFC 6749 §4.4): nobody signs in, so it has no scopes of OpenID Connect.
    Client,
    /// For this user.
    Person(&'a User),
    /// For somebody who is yet to sign in: the most that anybody could give it.
    Anybody,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The scopes.
    pub scope: &'a Scope,
    /// The APIs named as `resource` (RFC 8707): at these and no others. Empty: wherever the scopes belong.
    pub resources: &'a [String],
    /// Whom an earlier answer named: the APIs of the grant, or the audience of the token. No others count. Empty: no limit.
    pub within: &'a [String],
}

/// What may be had.
#[derive(Clone, Debug)]
pub struct Entitlement {
    /// The APIs at which a scope is held.
    pub apis: Vec<Arc<Api>>,
    /// The scopes that are held: of these APIs, and of OpenID Connect. Never none.
    pub scope: Scope,
    /// The user's roles, if one of these APIs wants to know them.
    pub roles: Vec<String>,
    /// How well the user must be authenticated for it now, whatever was demanded at sign-in.
    pub required_level: Level,
}

/// Why nothing may be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `resource` names no API.
    #[error("resource must be the identifier of a registered API")]
    UnknownResource,
    /// The grant is for other APIs.
    #[error("this resource was not part of the authorization request")]
    ResourceNotGranted,
    /// No scope is left at any API that was named.
    #[error("no scope of this resource can be given: ask for one that client and user both may have")]
    NothingAtResource,
    /// A token is for one API.
    #[error("the scopes belong to several APIs ({0}): name one of them as resource (RFC 8707)")]
    SeveralApis(String),
    /// No scope is left.
    #[error(
        "none of the scopes can be given: the client is not registered for them, or the user's roles do not carry them"
    )]
    NoScope,
}

/// Decides what this client may have of what it asks for.
///
/// # Errors
/// Why it can have nothing of it.
pub fn entitle(
    client: &Client,
    holder: Holder<'_>,
    asked: Asked<'_>,
    registry: &Registry,
) -> Result<Entitlement, Refusal> {
    for resource in asked.resources {
        registry.api_identified(resource).ok_or(Refusal::UnknownResource)?;
        if !asked.within.is_empty() && !asked.within.contains(resource) {
            return Err(Refusal::ResourceNotGranted);
        }
    }
    let scope = Question::new(client, holder, asked, registry).held();
    let apis = registry.owners(&scope);
    if apis.is_empty() && !asked.resources.is_empty() {
        return Err(Refusal::NothingAtResource);
    }
    // Alone it would keep open what opens nothing.
    if scope.iter().all(|name| name == OFFLINE_ACCESS) {
        return Err(Refusal::NoScope);
    }
    Ok(Entitlement {
        roles: holder.roles_told_to(&apis),
        required_level: of_client(client, &scope, registry).max(holder.required_level(registry)),
        apis,
        scope,
    })
}

/// The scopes that a client is registered for at these APIs: what it asks for if it names them and no scope.
#[must_use]
pub fn registered_at(client: &Client, resources: &[&str], registry: &Registry) -> Scope {
    client
        .scopes
        .filtered(|scope| registry.owner(scope).is_some_and(|api| resources.contains(&api.identifier.as_str())))
}

/// What an authorization request can be granted. It names its APIs if they are several.
///
/// # Errors
/// Why that is nothing.
pub fn of_request(
    request: &AuthorizationRequest,
    client: &Client,
    holder: Holder<'_>,
    registry: &Registry,
) -> Result<Entitlement, Refusal> {
    at_authorization(
        client,
        holder,
        Asked { scope: &request.scope, resources: &request.resources, within: &[] },
        registry,
    )
}

/// The same of what such a request asks for.
///
/// # Errors
/// Why that is nothing.
pub fn at_authorization(
    client: &Client,
    holder: Holder<'_>,
    asked: Asked<'_>,
    registry: &Registry,
) -> Result<Entitlement, Refusal> {
    let held = entitle(client, holder, asked, registry)?;
    if asked.resources.is_empty() { held.for_one_api() } else { Ok(held) }
}

impl Holder<'_> {
    fn roles<'a>(&self, registry: &'a Registry) -> Vec<&'a Role> {
        match self {
            Self::Client | Self::Anybody => Vec::new(),
            Self::Person(user) => user.roles.iter().filter_map(|name| registry.role(name)).collect(),
        }
    }

    fn roles_told_to(&self, apis: &[Arc<Api>]) -> Vec<String> {
        match self {
            Self::Person(user) if apis.iter().any(|api| api.roles_in_token) => user.roles.clone(),
            _ => Vec::new(),
        }
    }

    fn required_level(&self, registry: &Registry) -> Level {
        match self {
            Self::Client | Self::Anybody => Level::default(),
            Self::Person(user) => of_account(user, registry),
        }
    }
}

impl Entitlement {
    /// The same, as one token can hold it: a token is for one API, so that none can use it at another.
    ///
    /// # Errors
    /// [`Refusal::SeveralApis`]: one of them must be named, so that nobody gets a token for more than was meant.
    pub fn for_one_api(self) -> Result<Self, Refusal> {
        if self.apis.len() > 1 {
            let identifiers = self.apis.iter().map(|api| api.identifier.as_str()).collect::<Vec<_>>();
            return Err(Refusal::SeveralApis(identifiers.join(", ")));
        }
        Ok(self)
    }

    /// Whom a token addresses that holds it: the API, and us if it opens our userinfo endpoint.
    #[must_use]
    pub fn audience(&self, issuer: &str) -> Audience {
        let mut named = self.apis.iter().map(|api| api.identifier.clone()).collect::<Vec<_>>();
        if named.is_empty() || self.scope.contains("openid") {
            named.push(issuer.to_owned());
        }
        if named.len() == 1 { Audience::One(named.remove(0)) } else { Audience::Several(named) }
    }
}

impl From<Refusal> for TokenError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NoScope => TokenErrorCode::InvalidScope,
            _ => TokenErrorCode::InvalidTarget,
        };
        Self::new(code, refusal.to_string())
    }
}

impl From<Refusal> for AuthorizationError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NoScope => AuthorizationErrorCode::InvalidScope,
            _ => AuthorizationErrorCode::InvalidTarget,
        };
        Self::new(code, refusal.to_string())
    }
}

#[cfg(test)]
mod tests;
