//! What is registered of a client ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).
//!
//! The struct is for the code that decides, [`FIELDS`](fields::FIELDS) for everything that speaks of fields: JSON, the
//! console's form and page, the command line, the documentation. A test holds the two together. A field that nothing
//! decides by is added here and there.

pub mod choices;
pub mod field;
pub mod fields;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    assurance::Level,
    client::values::{AssertionAudience, AuthMethod, ClientType, GrantType, IdTokenClaims},
    client_certificate::SubjectField,
    jwk_set::JwkSet,
    scope::Scope,
    signing_algorithm::SigningAlgorithm,
};

/// A client's metadata, complete: what was left out has the default of the client's type. [`fields`] says what each
/// member means.
///
/// As JSON its members have the names of RFC 7591; `type`, `required_acr`, the lifetimes and `introspects_…` are ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is described in the table of fields")]
#[expect(clippy::struct_excessive_bools, reason = "RFC 7591 has yes and no for each")]
pub struct ClientMetadata {
    #[serde(rename = "client_name")]
    pub name: String,
    #[serde(rename = "type")]
    pub client_type: ClientType,
    pub redirect_uris: Vec<String>,
    #[serde(rename = "scope")]
    pub scopes: Scope,
    #[serde(rename = "required_acr")]
    pub required_level: Level,
    #[serde(rename = "token_endpoint_auth_method")]
    pub auth_method: AuthMethod,
    pub require_auth_method: bool,
    pub jwks: Option<JwkSet>,
    pub jwks_uri: Option<String>,
    pub assertion_audience: AssertionAudience,
    pub tls_client_auth_subject_dn: Option<String>,
    pub tls_client_auth_san_dns: Option<String>,
    pub tls_client_auth_san_uri: Option<String>,
    pub tls_client_auth_san_ip: Option<String>,
    pub tls_client_auth_san_email: Option<String>,
    pub tls_client_certificate_bound_access_tokens: bool,
    pub require_pushed_authorization_requests: bool,
    pub require_signed_request_object: bool,
    pub dpop_bound_access_tokens: bool,
    pub grant_types: Vec<GrantType>,
    pub access_token_lifetime: i32,
    pub refresh_token_idle_lifetime: i32,
    pub refresh_token_lifetime: i32,
    pub id_token_signed_response_alg: SigningAlgorithm,
    pub authorization_signed_response_alg: SigningAlgorithm,
    pub id_token_claims: IdTokenClaims,
    /// `None`: `roles`.
    pub roles_claim: Option<String>,
    pub all_roles: bool,
    /// The API's identifier.
    pub introspects_api: Option<String>,
    pub introspects_all: bool,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout_uri: Option<String>,
    pub backchannel_logout_session_required: bool,
    pub frontchannel_logout_uri: Option<String>,
    pub frontchannel_logout_session_required: bool,
    pub contacts: Vec<String>,
    pub client_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
}

impl ClientMetadata {
    /// The defaults of a type: what a client has of which nothing else is said.
    #[must_use]
    pub fn of_type(client_type: ClientType) -> Self {
        let for_people = || vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        let (auth_method, grant_types) = match client_type {
            ClientType::Web => (AuthMethod::ClientSecretBasic, for_people()),
            ClientType::Browser | ClientType::Native => (AuthMethod::None, for_people()),
            ClientType::Service => (AuthMethod::ClientSecretBasic, vec![GrantType::ClientCredentials]),
        };
        Self {
            name: String::new(),
            client_type,
            redirect_uris: Vec::new(),
            scopes: Scope::default(),
            required_level: Level::Aal1,
            auth_method,
            require_auth_method: false,
            jwks: None,
            jwks_uri: None,
            assertion_audience: AssertionAudience::Issuer,
            tls_client_auth_subject_dn: None,
            tls_client_auth_san_dns: None,
            tls_client_auth_san_uri: None,
            tls_client_auth_san_ip: None,
            tls_client_auth_san_email: None,
            tls_client_certificate_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
            require_signed_request_object: false,
            dpop_bound_access_tokens: false,
            grant_types,
            access_token_lifetime: 300,
            refresh_token_idle_lifetime: 1_209_600,
            refresh_token_lifetime: 7_776_000,
            id_token_signed_response_alg: SigningAlgorithm::Rs256,
            authorization_signed_response_alg: SigningAlgorithm::Rs256,
            id_token_claims: match client_type {
                ClientType::Web | ClientType::Native => IdTokenClaims::Both,
                // In a browser, ID tokens travel in URLs (`id_token_hint`).
                ClientType::Browser | ClientType::Service => IdTokenClaims::Userinfo,
            },
            roles_claim: None,
            all_roles: false,
            introspects_api: None,
            introspects_all: false,
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            contacts: Vec::new(),
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
        }
    }

    /// Whether it proves who it is by a secret that we share.
    #[must_use]
    pub fn uses_secret(&self) -> bool {
        self.auth_method.uses_secret()
    }

    /// What stands in the fields for the name that its certificate bears, of which it has one or none.
    pub fn certificate_names(&self) -> impl Iterator<Item = (SubjectField, &str)> {
        let of = |field| match field {
            SubjectField::Dn => &self.tls_client_auth_subject_dn,
            SubjectField::Dns => &self.tls_client_auth_san_dns,
            SubjectField::Uri => &self.tls_client_auth_san_uri,
            SubjectField::Ip => &self.tls_client_auth_san_ip,
            SubjectField::Email => &self.tls_client_auth_san_email,
        };
        SubjectField::ALL.into_iter().filter_map(move |field| Some((field, of(field).as_deref()?)))
    }

    /// Whether it cannot keep a secret (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.auth_method == AuthMethod::None
    }

    /// Reads what the database holds. A member that this version does not know is of a newer one, which runs beside it:
    /// it is passed over. One that is not there is of an older one, and has its default.
    ///
    /// # Errors
    /// A member holds what its type cannot be.
    pub fn stored(members: Map<String, Value>) -> serde_json::Result<Self> {
        let client_type = members.get("type").cloned().unwrap_or_default();
        let mut whole = Self::of_type(serde_json::from_value(client_type)?).members();
        for (name, value) in members {
            if let Some(own) = whole.get_mut(&name) {
                *own = value;
            }
        }
        serde_json::from_value(Value::Object(whole))
    }

    /// Every member with its value, by their JSON names.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(), // a struct of texts and numbers is an object
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::{fields::FIELDS, *};

    #[test]
    fn struct_and_table_have_the_same_fields() {
        let table = FIELDS.iter().map(|field| field.name.to_owned()).collect::<BTreeSet<_>>();
        let members = ClientMetadata::of_type(ClientType::Web).members();
        assert_eq!(table, members.into_iter().map(|(name, _)| name).collect());
        assert_eq!(table.len(), FIELDS.len(), "each once");
    }

    #[test]
    fn what_is_stored_is_read_whatever_version_wrote_it() {
        let newer = json!({
            "type": "service", "client_name": "Nightly", "scope": "records:read", "moon_phase": {"full": true}
        });
        let Value::Object(newer) = newer else { unreachable!() };

        let read = ClientMetadata::stored(newer).unwrap();

        assert_eq!((read.name.as_str(), read.scopes.to_string().as_str()), ("Nightly", "records:read"));
        assert_eq!(read.grant_types, [GrantType::ClientCredentials], "the default of its type");
        assert_eq!(ClientMetadata::stored(read.members()).unwrap(), read);
        let untyped = Map::from_iter([("client_name".to_owned(), json!("Nightly"))]);
        assert!(ClientMetadata::stored(untyped).is_err());
    }
}
