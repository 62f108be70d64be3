//! The token response ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).

use serde::Serialize;

use super::scope::Scope;

/// What a client receives. It has no `Debug`: it is made of secrets.
#[derive(Serialize)]
#[expect(missing_docs, reason = "the RFC describes them")]
pub struct TokenResponse {
    pub access_token: String,
    pub token_type: TokenType,
    /// Seconds.
    pub expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// Always said, so that nobody has to guess what was left out.
    pub scope: Scope,
}

/// How the access token is presented.
#[derive(Clone, Copy, Serialize)]
pub enum TokenType {
    /// RFC 6750
    Bearer,
}
