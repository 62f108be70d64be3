//! Clients that describe themselves by a document at the URL that is their id ([Client ID Metadata Document]): whose
//! documents count, and what one can say.
//!
//! Nobody here has looked at such a client. So it is public, it has no more than the installation's list gives to its host,
//! and of its document counts what is named here and nothing else: no logo, no links.
//!
//! [Client ID Metadata Document]: https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document

use serde_json::{Map, Value, json};

use super::{
    client_metadata::{self, Apis, shown},
    moving::members,
    refusal::Refusal,
};
use crate::{
    config::DocumentHost,
    protocol::{
        client::{Client, ClientType},
        client_id_url::ClientIdUrl,
        client_metadata::ClientMetadata,
        json::parse_object,
        jwk_set::is_secret,
        redirect_uri,
        scope::Scope,
        standard_claims::is_oidc_scope,
    },
};

/// What the clients of a host may have at most if the list does not say it: to know their user, and nothing at any API.
pub const UNNAMED_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The most clients that one host may have registered at a time.
pub const MOST_OF_HOST: i64 = 100;

/// The most bytes of a document that are read (§8.7 recommends 5 kilobytes).
pub const LARGEST: usize = 5 * 1024;

/// Members that count as they stand. What is wrong with them is said by the rules that hold for every client.
const TAKEN: [&str; 8] = [
    "client_name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "id_token_signed_response_alg",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
];

/// Why a document describes no client of ours. The text is for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum UnusableDocument {
    #[error("it is not one JSON object with each member once")]
    NotJson,
    #[error("its client_id is not the URL that it was fetched from, character by character")]
    OtherClientId,
    #[error("its member {0} must be of another type")]
    Malformed(&'static str),
    #[error("it has {0}: a document that everybody can read holds no secret")]
    Secret(&'static str),
    #[error("its jwks holds a secret key: publish the public key only")]
    SecretKey,
    #[error(
        "its token_endpoint_auth_method must be none: client authentication by key is not supported yet, and a shared \
         secret has no place in a document"
    )]
    AuthMethod,
    #[error("it demands {0}, which is not supported yet")]
    Stricter(String),
    #[error("its {0} must contain {1}")]
    Lacks(&'static str, &'static str),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
}

/// What clients of the host of this URL may have at most. `None`: nobody has put it on the list, so it has no clients.
#[must_use]
pub fn admitted(url: &ClientIdUrl, hosts: &[DocumentHost]) -> Option<Scope> {
    let serves = |entry: &&DocumentHost| entry.host == url.host() && entry.port.is_none_or(|port| port == url.port());
    let entry = hosts.iter().find(serves)?;
    let unnamed = || Scope::from_names(UNNAMED_SCOPES);
    let named = Scope::from_names(entry.scopes.clone()).ok().filter(|scope| scope.iter().next().is_some());
    named.or_else(|| unnamed().ok())
}

/// A client as the list leaves it now, whatever it said when the client was registered: with fewer scopes, or disabled,
/// because its host is not there any more. Others are as they are.
#[must_use]
pub fn as_admitted(mut client: Client, hosts: &[DocumentHost]) -> Client {
    if let Some(url) = client.document() {
        match admitted(&url, hosts) {
            Some(most) => client.metadata.scopes = client.scopes.filtered(|name| most.contains(name)),
            None => client.enabled = false,
        }
    }
    client
}

/// Reads the document that was found at a URL. `most`: the scopes that are left of those that it asks for, or of all, if it
/// names none.
///
/// # Errors
/// The first thing that is wrong with it; of its fields all that is wrong with each by itself.
pub fn read(url: &ClientIdUrl, document: &[u8], most: &Scope) -> Result<ClientMetadata, UnusableDocument> {
    let mut given = parse_object(document).map_err(|_| UnusableDocument::NotJson)?;
    if given.get("client_id").and_then(Value::as_str) != Some(url.as_str()) {
        return Err(UnusableDocument::OtherClientId);
    }
    check_secrets(&given)?;
    if let Some((name, _)) = given.iter().find(|(name, value)| members::is_stricter(name, value)) {
        return Err(UnusableDocument::Stricter(shown(name)));
    }
    // §4.1; what RFC 7591 §2 takes if nothing is said, a secret in a header, is not possible here.
    if !matches!(text(&given, "token_endpoint_auth_method")?, None | Some("none")) {
        return Err(UnusableDocument::AuthMethod);
    }
    let code = || Some(vec!["code"]);
    if !texts(&given, "response_types")?.or_else(code).is_some_and(|types| types.contains(&"code")) {
        return Err(UnusableDocument::Lacks("response_types", "code"));
    }
    let grants = texts(&given, "grant_types")?.unwrap_or_else(|| vec!["authorization_code"]);
    if !grants.contains(&"authorization_code") {
        return Err(UnusableDocument::Lacks("grant_types", "authorization_code"));
    }
    let known = ["authorization_code", "refresh_token"].into_iter().filter(|grant| grants.contains(grant));
    let known = known.collect::<Vec<_>>();
    let client_type = client_type(&texts(&given, "redirect_uris")?.unwrap_or_default());
    let scope = match text(&given, "scope")?.filter(|scope| !scope.is_empty()) {
        Some(scope) => {
            let asked = scope.parse::<Scope>().map_err(|_| UnusableDocument::Malformed("scope"))?;
            most.filtered(|name| asked.contains(name))
        }
        None => most.clone(),
    };
    let mut members = Map::from_iter([
        ("type".to_owned(), json!(client_type)),
        ("client_name".to_owned(), json!(url.host())),
        ("token_endpoint_auth_method".to_owned(), json!("none")),
        ("grant_types".to_owned(), json!(known)),
        ("scope".to_owned(), json!(scope)),
    ]);
    let taken = TAKEN.iter().filter_map(|name| given.remove_entry(*name)).filter(|(_, value)| !value.is_null());
    members.extend(taken);
    client_metadata::read(members, None).map_err(UnusableDocument::Refused)
}

/// The same without scopes that no API has. The list may name some that are yet to be registered.
#[must_use]
pub fn known_scopes(described: &ClientMetadata, apis: &impl Apis) -> ClientMetadata {
    let scopes = described.scopes.filtered(|name| is_oidc_scope(name) || apis.has_scope(name));
    ClientMetadata { scopes, ..described.clone() }
}

/// A program on a device, if it answers there: at a loopback address or by a private scheme. Else pages in a browser.
fn client_type(redirect_uris: &[&str]) -> ClientType {
    let is_of_device = |uri: &&str| redirect_uri::is_of_device(uri);
    if redirect_uris.iter().any(is_of_device) { ClientType::Native } else { ClientType::Browser }
}

fn check_secrets(given: &Map<String, Value>) -> Result<(), UnusableDocument> {
    for name in ["client_secret", "client_secret_expires_at"] {
        if given.contains_key(name) {
            return Err(UnusableDocument::Secret(name));
        }
    }
    let keys = given.get("jwks").and_then(|jwks| jwks["keys"].as_array());
    if keys.is_some_and(|keys| keys.iter().any(is_secret)) { Err(UnusableDocument::SecretKey) } else { Ok(()) }
}

fn text<'a>(given: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, UnusableDocument> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(UnusableDocument::Malformed(name)),
    }
}

fn texts<'a>(given: &'a Map<String, Value>, name: &'static str) -> Result<Option<Vec<&'a str>>, UnusableDocument> {
    let malformed = UnusableDocument::Malformed(name);
    match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) => {
            values.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(Some).ok_or(malformed)
        }
        Some(_) => Err(malformed),
    }
}

#[cfg(test)]
mod tests;
