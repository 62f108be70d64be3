//! How a client is to be registered, as a form, the command line or a file gives it.

mod validation;

use serde::{Deserialize, Deserializer, Serialize};

pub use validation::validate;

use crate::{
    protocol::{
        assurance::Level,
        client::{AuthMethod, Client, ClientType, GrantType},
        signing_algorithm::SigningAlgorithm,
    },
    secret::Secret,
};

/// What is registered of a client, before anything of it is checked. What is absent gets the default of its type.
///
/// As JSON its members have the names of [RFC 7591 §2]; `type`, the lifetimes and `introspects_…` are ours.
///
/// [RFC 7591 §2]: https://www.rfc-editor.org/rfc/rfc7591#section-2
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSettings {
    /// Only for clients that are moved here from elsewhere: others get a new one.
    pub client_id: Option<String>,
    /// In the same way the secret that a client has already.
    #[serde(skip_serializing, deserialize_with = "secret")]
    pub client_secret: Option<Secret>,
    /// What people see.
    #[serde(rename = "client_name")]
    pub name: String,
    /// Must be given; it never changes.
    #[serde(rename = "type")]
    pub client_type: Option<ClientType>,
    /// How it authenticates.
    #[serde(rename = "token_endpoint_auth_method")]
    pub auth_method: Option<AuthMethod>,
    /// What it may exchange for tokens.
    pub grant_types: Option<Vec<GrantType>>,
    /// Where answers go.
    pub redirect_uris: Vec<String>,
    /// Where browsers may go after sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where we tell it, server to server, that a session has ended.
    pub backchannel_logout_uri: Option<String>,
    /// Whether it needs the session's `sid` there. Everybody gets it: without it the end of one session would be read as
    /// the end of all.
    pub backchannel_logout_session_required: bool,
    /// What the browser loads there when a session has ended.
    pub frontchannel_logout_uri: Option<String>,
    /// Whether it needs `iss` and `sid` there.
    pub frontchannel_logout_session_required: bool,
    /// The most it can be granted.
    #[serde(rename = "scope", with = "space_separated")]
    pub scopes: Vec<String>,
    /// What signs its ID tokens.
    pub id_token_signed_response_alg: Option<SigningAlgorithm>,
    /// Seconds.
    pub access_token_lifetime: Option<i32>,
    /// Seconds without use.
    pub refresh_token_idle_lifetime: Option<i32>,
    /// Seconds in all.
    pub refresh_token_lifetime: Option<i32>,
    /// The identifier or the id of the API that it acts for.
    pub introspects_api: Option<String>,
    /// Whether it may introspect every token.
    pub introspects_all: bool,
    /// How well people must be authenticated for it, at least.
    #[serde(rename = "required_acr")]
    pub required_level: Level,
    /// E-mail addresses of those who are responsible for it.
    pub contacts: Vec<String>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
}

impl From<&Client> for ClientSettings {
    fn from(client: &Client) -> Self {
        Self {
            client_id: Some(client.client_id.clone()),
            client_secret: None,
            name: client.name.clone(),
            client_type: Some(client.client_type),
            auth_method: Some(client.auth_method),
            grant_types: Some(client.grant_types.clone()),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: client.backchannel_logout_uri.clone(),
            backchannel_logout_session_required: client.backchannel_logout_session_required,
            frontchannel_logout_uri: client.frontchannel_logout_uri.clone(),
            frontchannel_logout_session_required: client.frontchannel_logout_session_required,
            scopes: client.scopes.as_slice().to_vec(),
            id_token_signed_response_alg: Some(client.id_token_signed_response_alg),
            access_token_lifetime: Some(client.access_token_lifetime),
            refresh_token_idle_lifetime: Some(client.refresh_token_idle_lifetime),
            refresh_token_lifetime: Some(client.refresh_token_lifetime),
            introspects_api: client.introspects_api.map(|id| id.to_string()),
            introspects_all: client.introspects_all,
            required_level: client.required_level,
            contacts: client.contacts.clone(),
            client_uri: client.client_uri.clone(),
            policy_uri: client.policy_uri.clone(),
            tos_uri: client.tos_uri.clone(),
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(|text| Secret::presented(&text)))
}

/// Scopes as the protocol writes them.
mod space_separated {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&names.join(" "))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        Ok(String::deserialize(deserializer)?.split_ascii_whitespace().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_names_of_rfc_7591() {
        let settings: ClientSettings = serde_json::from_str(
            r#"{
                "client_id": "old", "client_secret": "kept", "client_name": "Records", "type": "web",
                "token_endpoint_auth_method": "client_secret_post", "grant_types": ["authorization_code"],
                "redirect_uris": ["https://app.example/cb"], "scope": "openid records:read",
                "id_token_signed_response_alg": "ES256", "contacts": ["a@b.example"], "access_token_lifetime": 60
            }"#,
        )
        .unwrap();

        assert_eq!(settings.auth_method, Some(AuthMethod::ClientSecretPost));
        assert_eq!(settings.scopes, ["openid", "records:read"]);
        assert_eq!(settings.client_secret.as_ref().map(Secret::expose), Some("kept"));
        let written = serde_json::to_value(&settings).unwrap();
        assert_eq!(written["scope"], "openid records:read");
        assert!(!written.to_string().contains("kept"), "a secret is never written");
        assert!(serde_json::from_str::<ClientSettings>(r#"{"client_title": "a"}"#).is_err());
    }
}
