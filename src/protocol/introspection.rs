//! Token introspection ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)): who is told what.

use serde::Serialize;

use super::{
    access_token::{AccessToken, Audience},
    client::Client,
};

/// The answer. Everything but `active` is only there when it is true (§2.2).
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum IntrospectionResponse {
    /// The token works.
    Active(Box<ActiveToken>),
    /// It does not, or it is none of the caller's business, which looks the same.
    Inactive {
        /// Always false.
        active: bool,
    },
}

impl IntrospectionResponse {
    /// `{"active": false}`
    pub const INACTIVE: Self = Self::Inactive { active: false };
}

/// What is said about a token that works.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the RFC describes them")]
pub struct ActiveToken {
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    #[serde(flatten)]
    pub claims: AccessToken,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// Whether this client may learn about a token for this audience: it acts for the API that the token names, or an
/// administrator gave it the permission to see all (decision D6). `api` is the identifier of the API it acts for.
#[must_use]
pub fn may_introspect(client: &Client, api: Option<&str>, audience: &Audience) -> bool {
    client.introspects_all || api.is_some_and(|identifier| audience.names(identifier))
}
