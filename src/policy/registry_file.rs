//! The registry as a file: the APIs, roles and clients of an installation, to be kept beside its other code. No users and no
//! secrets are in it, nothing that is built in, and no client that describes itself.
//!
//! [`Described`] is what the file says. [`compare`] tells it from what is registered, as steps that are changes; the order of
//! the steps is such that each stands on those before it. [`Plan`] holds the steps, and how they are told.

mod comparing;
mod plan;
mod reading;

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value, json};

pub use comparing::{Act, Difference, Step, compare};
pub use plan::{Kept, Plan, Told, ToldStep};

use super::change::{ApiSettings, RoleSettings};
use crate::{
    model::{
        office::Office,
        registry::{Api, OUR_API, Role},
    },
    protocol::{assurance::Level, client::Client, client_metadata::ClientMetadata, scope::Scope},
};

/// What is there of an installation that a file can say.
#[derive(Clone, Default)]
pub struct Registered {
    /// Every API but our own.
    pub apis: Vec<Api>,
    /// Every role.
    pub roles: Vec<Role>,
    /// Every client that does not describe itself.
    pub clients: Vec<Client>,
}

/// What a file says.
#[derive(Clone, Default)]
pub struct Described {
    /// APIs, by their identifiers.
    pub apis: BTreeMap<String, ApiSettings>,
    /// Roles, by their names.
    pub roles: BTreeMap<String, DescribedRole>,
    /// Clients, by their ids.
    pub clients: BTreeMap<String, DescribedClient>,
}

/// A role as a file has it.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DescribedRole {
    pub office: Option<Office>,
    pub settings: RoleSettings,
}

/// A client as a file has it.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DescribedClient {
    pub enabled: bool,
    pub metadata: ClientMetadata,
}

impl Registered {
    /// What a file can say of all that is registered.
    #[must_use]
    pub fn of(mut apis: Vec<Api>, roles: Vec<Role>, mut clients: Vec<Client>) -> Self {
        apis.retain(|api| api.identifier != OUR_API);
        clients.retain(|client| client.document().is_none());
        Self { apis, roles, clients }
    }

    /// The file that says it.
    #[must_use]
    pub fn described(&self) -> Described {
        let role = |role: &Role| DescribedRole { office: role.office, settings: RoleSettings::from(role.clone()) };
        let client = |client: &Client| DescribedClient { enabled: client.enabled, metadata: client.metadata.clone() };
        Described {
            apis: self.apis.iter().map(|api| (api.identifier.clone(), ApiSettings::from(api))).collect(),
            roles: self.roles.iter().map(|one| (one.name.clone(), role(one))).collect(),
            clients: self.clients.iter().map(|one| (one.client_id.clone(), client(one))).collect(),
        }
    }
}

impl fmt::Debug for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

impl Described {
    /// The file as JSON. What has its default is left out, so that the file says what somebody decided.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let apis = self.apis.values().map(api).collect::<Vec<_>>();
        let roles = self.roles.iter().map(|(name, one)| role(name, one)).collect::<Vec<_>>();
        let clients = self.clients.iter().map(|(id, one)| client(id, one)).collect::<Vec<_>>();
        json!({ "apis": apis, "roles": roles, "clients": clients })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(file: Map<String, Value>) -> Result<Self, Vec<String>> {
        reading::read(file)
    }
}

/// An API as a file has it.
fn api(settings: &ApiSettings) -> Map<String, Value> {
    let usual = members(json!(ApiSettings::default()));
    decided(members(json!(settings)), &usual, &["identifier", "name"])
}

fn role(name: &str, DescribedRole { office, settings }: &DescribedRole) -> Map<String, Value> {
    let RoleSettings { description, required_level, scopes } = settings;
    let all = json!({
        "name": name, "description": description, "office": office, "required_acr": required_level, "scopes": scopes,
    });
    let usual = json!({ "description": "", "required_acr": Level::default(), "scopes": [] });
    decided(members(all), &members(usual), &["name"])
}

fn client(client_id: &str, DescribedClient { enabled, metadata }: &DescribedClient) -> Map<String, Value> {
    let mut all = metadata.members();
    // The order of scopes says nothing.
    all.insert("scope".into(), sorted(&metadata.scopes).into());
    all.insert("client_id".into(), client_id.into());
    all.insert("enabled".into(), (*enabled).into());
    let mut usual = ClientMetadata::of_type(metadata.client_type).members();
    usual.insert("enabled".into(), true.into());
    decided(all, &usual, &["client_id", "client_name", "type"])
}

fn sorted(scopes: &Scope) -> String {
    let mut names = scopes.iter().collect::<Vec<_>>();
    names.sort_unstable();
    names.join(" ")
}

/// The members that are not as usual, and those that are always told.
fn decided(all: Map<String, Value>, usual: &Map<String, Value>, always: &[&str]) -> Map<String, Value> {
    let is_usual = |name: &str, value: &Value| value.is_null() || usual.get(name) == Some(value);
    all.into_iter().filter(|(name, value)| always.contains(&name.as_str()) || !is_usual(name, value)).collect()
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(), // what is given here is an object
    }
}

#[cfg(test)]
mod tests;
