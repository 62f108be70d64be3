//! A realm of Keycloak, as `kc.sh export` and the console's partial export write it.

mod client;
mod credentials;
mod names;
mod roles;
mod users;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use client::read as read_client;
pub use roles::{ArrivedRole, Roles};
pub use users::{ArrivedUser, Totp, read_user};

/// The clients that every realm has for itself.
const OWN_CLIENTS: [&str; 6] =
    ["account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"];

/// What is read of a realm. Everything else is passed over.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct Realm {
    pub realm: String,
    pub clients: Vec<RealmClient>,
    pub roles: RealmRoles,
    pub groups: Vec<Group>,
    pub users: Vec<RealmUser>,
    pub client_scopes: Vec<ClientScope>,
}

/// A client.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Keycloak's")]
#[expect(clippy::struct_excessive_bools, reason = "Keycloak has them")]
pub struct RealmClient {
    pub client_id: String,
    pub name: Option<String>,
    pub enabled: Option<bool>,
    pub protocol: Option<String>,
    pub client_authenticator_type: Option<String>,
    pub secret: Option<String>,
    pub root_url: Option<String>,
    pub base_url: Option<String>,
    pub redirect_uris: Vec<String>,
    pub web_origins: Vec<String>,
    pub bearer_only: bool,
    pub standard_flow_enabled: bool,
    pub implicit_flow_enabled: bool,
    pub direct_access_grants_enabled: bool,
    pub service_accounts_enabled: bool,
    pub authorization_services_enabled: bool,
    pub public_client: bool,
    pub frontchannel_logout: bool,
    pub attributes: Map<String, Value>,
    pub default_client_scopes: Vec<String>,
    pub optional_client_scopes: Vec<String>,
    pub protocol_mappers: Vec<Mapper>,
}

/// A client scope, for its mappers.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct ClientScope {
    pub name: String,
    pub protocol_mappers: Vec<Mapper>,
}

/// What puts something into a token.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct Mapper {
    pub name: String,
    pub protocol_mapper: String,
    pub config: BTreeMap<String, String>,
}

/// The roles of the realm and of its clients.
#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct RealmRoles {
    pub realm: Vec<RealmRole>,
    pub client: BTreeMap<String, Vec<RealmRole>>,
}

/// A role, which may bring others along.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct RealmRole {
    pub name: String,
    pub description: Option<String>,
    pub composites: Composites,
}

/// The roles that another one brings along.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct Composites {
    pub realm: Vec<String>,
    pub client: BTreeMap<String, Vec<String>>,
}

/// A group, which gives its users roles, and those of the groups above it.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct Group {
    pub path: String,
    pub realm_roles: Vec<String>,
    pub client_roles: BTreeMap<String, Vec<String>>,
    pub sub_groups: Vec<Group>,
}

/// A user.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct RealmUser {
    pub id: Option<String>,
    pub username: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub enabled: bool,
    pub attributes: BTreeMap<String, Vec<String>>,
    pub credentials: Vec<Credential>,
    pub required_actions: Vec<String>,
    pub realm_roles: Vec<String>,
    pub client_roles: BTreeMap<String, Vec<String>>,
    pub groups: Vec<String>,
    pub federation_link: Option<String>,
    pub service_account_client_id: Option<String>,
}

/// What a user proves themselves by. The two texts are JSON once more.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Keycloak's")]
pub struct Credential {
    #[serde(rename = "type")]
    pub kind: String,
    pub user_label: Option<String>,
    pub secret_data: String,
    pub credential_data: String,
}

/// Whether every realm has this client for itself.
#[must_use]
pub fn is_own_client(client_id: &str) -> bool {
    OWN_CLIENTS.contains(&client_id)
}
