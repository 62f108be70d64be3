//! The APIs with their scopes, and the roles, as one immutable value in memory. They are few; clients are not, and are read
//! one by one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use time::OffsetDateTime;
use uuid::Uuid;

use super::office::Office;
use crate::protocol::{assurance::Level, scope::Scope, signing_algorithm::SigningAlgorithm};

/// The identifier of our own API, which every installation has. It is no URL below the issuer's, so that it stays when the
/// issuer or the version of the API changes; and an absolute URI, so that it can be named as `resource` (RFC 8707 §2).
pub const OUR_API: &str = "urn:portcullis:api";

/// An API: the resource server that tokens are for.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Api {
    pub api_id: Uuid,
    /// The audience of its tokens: an absolute URI.
    pub identifier: String,
    pub name: String,
    /// Seconds; `None`: as the client is set.
    pub access_token_lifetime: Option<i32>,
    /// Whether its access tokens name the user's roles.
    pub roles_in_token: bool,
    /// What signs its access tokens.
    pub access_token_signing_alg: SigningAlgorithm,
    /// Minimum assurance level for users who get one of its scopes.
    pub required_level: Level,
    /// Its scopes, each with the words that a consent page shows.
    pub scopes: BTreeMap<String, String>,
    pub created_at: OffsetDateTime,
    pub revision: i32,
}

/// A role: a named set of scopes that users are given.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Role {
    pub name: String,
    pub description: String,
    /// What whoever has it may do in the administration of this installation, if anything.
    pub office: Option<Office>,
    /// Minimum assurance level for users with this role.
    pub required_level: Level,
    pub scopes: BTreeSet<String>,
    pub revision: i32,
}

impl Role {
    /// Whether whoever has it comes into the console.
    #[must_use]
    pub const fn administers(&self) -> bool {
        self.office.is_some()
    }

    /// The minimum assurance level that holds for its users. Nobody administers by a password alone.
    #[must_use]
    pub fn least_level(&self) -> Level {
        self.required_level.max(if self.administers() { Level::Aal2 } else { Level::Aal1 })
    }
}

/// APIs and roles as they stood at one moment.
#[derive(Default)]
pub struct Registry {
    apis: BTreeMap<Uuid, Arc<Api>>,
    api_ids: HashMap<String, Uuid>,
    scope_owners: HashMap<String, Uuid>,
    roles: BTreeMap<String, Role>,
}

impl Registry {
    /// Indexes what the database holds.
    #[must_use]
    pub fn new(apis: Vec<Api>, roles: Vec<Role>) -> Self {
        Self {
            scope_owners: apis
                .iter()
                .flat_map(|api| api.scopes.keys().map(|name| (name.clone(), api.api_id)))
                .collect(),
            api_ids: apis.iter().map(|api| (api.identifier.clone(), api.api_id)).collect(),
            apis: apis.into_iter().map(|api| (api.api_id, Arc::new(api))).collect(),
            roles: roles.into_iter().map(|role| (role.name.clone(), role)).collect(),
        }
    }

    /// The API with this id.
    #[must_use]
    pub fn api(&self, api_id: Uuid) -> Option<&Arc<Api>> {
        self.apis.get(&api_id)
    }

    /// The API with this identifier.
    #[must_use]
    pub fn api_identified(&self, identifier: &str) -> Option<&Arc<Api>> {
        self.apis.get(self.api_ids.get(identifier)?)
    }

    /// The API that owns this scope.
    #[must_use]
    pub fn owner(&self, scope: &str) -> Option<&Arc<Api>> {
        self.apis.get(self.scope_owners.get(scope)?)
    }

    /// The APIs that own these scopes, each once, by their identifiers.
    #[must_use]
    pub fn owners(&self, scope: &Scope) -> Vec<Arc<Api>> {
        let owners = scope.iter().filter_map(|name| self.owner(name));
        owners.map(|api| (&api.identifier, api)).collect::<BTreeMap<_, _>>().into_values().cloned().collect()
    }

    /// Every API.
    pub fn apis(&self) -> impl Iterator<Item = &Arc<Api>> {
        self.apis.values()
    }

    /// The role with this name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// Every role.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }
}
