//! What the audit trail says of a change: the same for each, made here and nowhere else.

use serde_json::{Map, Value, json};

use super::{ApiSettings, Plan, Thing};
use crate::{
    model::{registry::Role, user::User},
    protocol::client::{Client, ClientSecret},
    secret::Secret,
};

/// What is always told of a user: as long as the audit trail is kept, it can be found out whether it was a certain one.
const FINDS_A_USER: [&str; 2] = ["username", "email"];

/// The state before a change and after it, as far as they differ. A new thing has no state before, a removed one none after.
#[must_use]
pub fn differences(plan: &Plan) -> (Option<Value>, Option<Value>) {
    let (before, after) = (plan.before.as_ref().map(described), plan.after.as_ref().map(described));
    let is_user = matches!(plan.after, Some(Thing::User(_)));
    match (before, after) {
        (Some(before), Some(after)) => {
            let differing = |one: &Map<String, Value>, other: &Map<String, Value>| {
                let differs = |(name, value): &(&String, &Value)| {
                    other.get(*name) != Some(value) || (is_user && FINDS_A_USER.contains(&name.as_str()))
                };
                one.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>()
            };
            (Some(Value::Object(differing(&before, &after))), Some(Value::Object(differing(&after, &before))))
        }
        (before, after) => (before.map(Value::Object), after.map(Value::Object)),
    }
}

/// A thing as the audit trail and edits know it: by the names of its metadata, without secrets.
#[must_use]
pub fn described(thing: &Thing) -> Map<String, Value> {
    let value = match thing {
        Thing::Client(client) => client_described(client),
        Thing::Api(api) => {
            let mut value = serde_json::to_value(ApiSettings::from(&**api)).unwrap_or_default();
            value["revision"] = api.revision.into();
            value
        }
        Thing::Role(role) => role_described(role),
        Thing::User(user) => user_described(user),
    };
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn client_described(client: &Client) -> Value {
    let mut value = Value::Object(client.metadata.members());
    value["client_id"] = client.client_id.clone().into();
    value["enabled"] = client.enabled.into();
    value["owner"] = json!(client.owner);
    value["revision"] = client.revision.into();
    value["secrets"] = client.secrets.iter().map(secret_described).collect();
    value
}

fn secret_described(secret: &ClientSecret) -> Value {
    let expires_at = secret.expires_at.map(time::OffsetDateTime::unix_timestamp);
    json!({ "secret_id": secret.secret_id, "expires_at": expires_at })
}

fn role_described(role: &Role) -> Value {
    let Role { name, description, office, required_level, scopes, revision } = role;
    json!({
        "name": name, "description": description, "administrative": role.administers(), "office": office,
        "required_acr": required_level, "scopes": scopes, "revision": revision,
    })
}

/// The audit trail outlives the user's data, so of those it has fingerprints only: enough to see that something changed, and
/// to find out whether it was a certain value (LP-07).
fn user_described(user: &User) -> Value {
    let fingerprint = |text: &str| Secret::presented(text).hash().fingerprint();
    json!({
        "username": fingerprint(&user.username),
        "email": user.email.as_deref().map(fingerprint),
        "email_verified": user.email_verified,
        "profile": serde_json::to_string(&user.profile).ok().as_deref().map(fingerprint),
        "roles": user.roles,
        "enabled": user.enabled,
        "deleted": user.deleted_at.is_some(),
        "revision": user.revision,
    })
}
