//! The token response ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).

use serde::Serialize;

use super::{confirmation::Confirmation, scope::Scope};

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

/// How the access token is presented, which is also the scheme of the header `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TokenType {
    /// RFC 6750
    Bearer,
    /// RFC 9449 §7.1: with a proof.
    #[serde(rename = "DPoP")]
    Dpop,
}

impl TokenType {
    /// That of a token which is bound to this.
    #[must_use]
    pub const fn of(bound_to: Option<&Confirmation>) -> Self {
        match bound_to {
            None | Some(Confirmation::Certificate(_)) => Self::Bearer,
            Some(Confirmation::Key(_)) => Self::Dpop,
        }
    }

    /// As it stands in an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// As it stands in a header, in whatever case (RFC 9110 §11.1). `None`: it is no scheme of access tokens.
    #[must_use]
    pub fn named(scheme: &str) -> Option<Self> {
        [Self::Bearer, Self::Dpop].into_iter().find(|known| known.as_str().eq_ignore_ascii_case(scheme))
    }
}
