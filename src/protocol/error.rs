//! The error responses that the RFCs define: one closed list of codes for each endpoint, so that a code of another
//! endpoint does not fit in.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};

use super::assurance::Level;

/// An error response: a code and a sentence for the developer who reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OAuthError<Code> {
    /// The code, which programs read.
    pub error: Code,
    /// What to change, in printable ASCII without `"` and `\` (RFC 6749 §5.2).
    pub error_description: Cow<'static, str>,
    /// Where to read on, for the log.
    #[serde(skip)]
    pub hint: Option<&'static str>,
}

impl<Code> OAuthError<Code> {
    /// An error with its explanation. Characters that the RFC forbids there are replaced.
    #[must_use]
    pub fn new(error: Code, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        let error_description = if description.chars().all(allowed) {
            description
        } else {
            description.chars().map(|c| if allowed(c) { c } else { '?' }).collect::<String>().into()
        };
        Self { error, error_description, hint: None }
    }

    /// The same, and where the log says to read on.
    #[must_use]
    pub fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

impl<Code: ErrorCode> fmt::Display for OAuthError<Code> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error.as_str(), self.error_description)
    }
}

impl<Code: ErrorCode> std::error::Error for OAuthError<Code> {}

/// A code of one of the lists below.
pub trait ErrorCode: Copy + fmt::Debug {
    /// The code as it stands in the answer.
    fn as_str(self) -> &'static str;
}

macro_rules! error_codes {
    ($($list:ty),+) => {$(
        impl ErrorCode for $list {
            fn as_str(self) -> &'static str {
                <$list>::as_str(self) // the one that is its own
            }
        }
    )+};
}
error_codes!(TokenErrorCode, AuthorizationErrorCode, BearerErrorCode);

/// Errors of the token and revocation endpoints.
pub type TokenError = OAuthError<TokenErrorCode>;
/// Errors of the authorization endpoint that go back to the client by way of the browser.
pub type AuthorizationError = OAuthError<AuthorizationErrorCode>;
/// Errors of the endpoints that an access token opens.
pub type BearerError = OAuthError<BearerErrorCode>;

/// The codes of RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8707 §2 and RFC 9449 §5 and §8, and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the RFCs describe them")]
pub enum TokenErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    InvalidDpopProof,
    UseDpopNonce,
}

impl TokenErrorCode {
    /// The code as it stands in the answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
        }
    }
}

/// The codes of RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, RFC 8707 §2, RFC 9101 §7 and, where a request
/// is pushed, RFC 9449 that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the RFCs describe them")]
pub enum AuthorizationErrorCode {
    InvalidRequest,
    UnauthorizedClient,
    AccessDenied,
    UnsupportedResponseType,
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    InteractionRequired,
    ConsentRequired,
    InvalidRequestObject,
    InvalidDpopProof,
    UseDpopNonce,
    RequestNotSupported,
    RequestUriNotSupported,
    RegistrationNotSupported,
    UnmetAuthenticationRequirements,
}

impl AuthorizationErrorCode {
    /// The code as it stands in the answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::ConsentRequired => "consent_required",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }
}

/// The codes of RFC 6750 §3.1, RFC 9470 §3, and RFC 9449 §7.1 and §9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the RFCs describe them")]
pub enum BearerErrorCode {
    InvalidRequest,
    InvalidToken,
    /// The same: the token is bound to a key, and nothing proves it. Whatever the scheme was, DPoP is the one to come with.
    NotProven,
    InvalidDpopProof,
    UseDpopNonce,
    InsufficientScope,
    /// With the level that would do.
    InsufficientUserAuthentication(Level),
}

impl BearerErrorCode {
    /// The code as it stands in the `WWW-Authenticate` header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken | Self::NotProven => "invalid_token",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication(_) => "insufficient_user_authentication",
        }
    }
}

impl Serialize for BearerErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_description_never_leaves_the_characters_of_the_rfc(text in any::<String>()) {
            let error = OAuthError::new(TokenErrorCode::InvalidRequest, text);
            prop_assert!(error.error_description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)));
        }
    }

    #[test]
    fn codes_read_the_same_in_json_and_in_a_query() {
        use TokenErrorCode as Token;
        for code in [
            Token::InvalidRequest,
            Token::InvalidGrant,
            Token::UnsupportedGrantType,
            Token::InvalidTarget,
            Token::InvalidDpopProof,
            Token::UseDpopNonce,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        for code in [AuthorizationErrorCode::RequestUriNotSupported, AuthorizationErrorCode::LoginRequired] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
