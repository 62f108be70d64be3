//! A client, as commands print it: RFC 7591 §3.2.1, and what is ours.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    policy::refusal::{Fault, Refusal},
    protocol::{
        client::{Client, ClientSecret},
        client_metadata::ClientMetadata,
    },
    secret::Secret,
};

/// When a secret ends that does not (RFC 7591 §3.2.1).
pub const NEVER: i64 = 0;

/// What is printed beside the id, the secret and the metadata.
const STATE: [&str; 7] =
    ["client_id_issued_at", "client_secret_expires_at", "enabled", "revision", "created_at", "updated_at", "secrets"];

/// What a printed client that is fed back says of its state, as far as it is held against what is.
#[derive(Deserialize)]
pub struct State {
    /// Whether it got tokens then.
    pub enabled: Option<bool>,
    /// Its revision then.
    pub revision: Option<i32>,
}

impl State {
    /// Takes it out of a description of a client.
    pub fn taken_from(given: &mut Map<String, Value>) -> Result<Self, Refusal> {
        let state = STATE.iter().filter_map(|name| given.remove_entry(*name)).collect::<Map<_, _>>();
        let malformed = |_| {
            let message = "The member enabled must be true or false, and revision a number.";
            Refusal::new("metadata", Fault::Malformed, message)
        };
        serde_json::from_value(Value::Object(state)).map_err(malformed)
    }
}

#[derive(Serialize)]
pub struct ClientView {
    client_id: String,
    #[serde(flatten)]
    metadata: ClientMetadata,
    /// Only at its birth; `null`: a public client.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Value>,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    enabled: bool,
    revision: i32,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Vec<SecretView>>,
}

#[derive(Serialize)]
struct SecretView {
    secret_id: Uuid,
    /// What it is for; may be empty.
    name: String,
    last_four: String,
    /// We made it. One that the client brought should be rotated.
    generated: bool,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    last_used_at: Option<OffsetDateTime>,
}

impl ClientView {
    /// What is registered.
    pub fn of(client: &Client) -> Self {
        Self {
            client_id: client.client_id.clone(),
            metadata: client.metadata.clone(),
            client_secret: None,
            client_id_issued_at: client.created_at.unix_timestamp(),
            client_secret_expires_at: None,
            enabled: client.enabled,
            revision: client.revision,
            created_at: client.created_at,
            updated_at: client.updated_at,
            secrets: None,
        }
    }

    /// With the secret that was made with it or that it brought, if it is no public client.
    pub fn with_new_secret(self, client: &Client, secret: Option<&Secret>) -> Self {
        let ends = client.secrets.iter().find_map(|secret| secret.expires_at);
        Self {
            client_secret: Some(secret.map(Secret::expose).into()),
            client_secret_expires_at: secret.map(|_| ends.map_or(NEVER, OffsetDateTime::unix_timestamp)),
            ..self
        }
    }

    /// With what is known of its secrets, each with its last use.
    pub fn with_secrets(self, secrets: &[(ClientSecret, Option<OffsetDateTime>)]) -> Self {
        let secrets = secrets.iter().map(|(secret, last_used_at)| SecretView {
            secret_id: secret.secret_id,
            name: secret.name.clone(),
            last_four: secret.last_four.clone(),
            generated: secret.generated,
            created_at: secret.created_at,
            expires_at: secret.expires_at,
            last_used_at: *last_used_at,
        });
        Self { secrets: Some(secrets.collect()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{policy::moving::document, protocol::fixtures};

    #[test]
    fn what_is_printed_can_be_fed_back() {
        let client = fixtures::client("app");
        let secret = Secret::presented("kept-since-2019-x");
        let printed = ClientView::of(&client).with_new_secret(&client, Some(&secret)).with_secrets(&[]);
        let Ok(Value::Object(printed)) = serde_json::to_value(printed) else { unreachable!() };
        let reading =
            document::Reading { scopes: BTreeMap::default(), only: None, secrets_end: None, now: client.created_at };

        let read = document::read(printed.clone(), &reading).unwrap();
        assert_eq!(read.notes, []);
        assert_eq!((read.client.client_id.as_deref(), &read.client.metadata), (Some("app"), &client.metadata));
        assert_eq!(read.client.client_secret.map(|read| read.expose() == secret.expose()), Some(true));

        let mut given = printed;
        let state = State::taken_from(&mut given).unwrap();
        assert_eq!((state.enabled, state.revision), (Some(true), Some(client.revision)));
    }
}
