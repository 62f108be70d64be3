//! The token request ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).

use super::{
    client::{Client, GrantType},
    error::{TokenError, TokenErrorCode as Code},
    parameters::Parameters,
    pkce::CodeVerifier,
    scope::Scope,
};
use crate::secret::{Handle, RefreshToken, SecretKind};

/// A request for tokens, by its grant. Only the parameters of that grant are read (TK-17).
pub enum TokenRequest {
    /// RFC 6749 §4.1.3
    AuthorizationCode(AuthorizationCodeRequest),
    /// RFC 6749 §6
    RefreshToken(RefreshTokenRequest),
    /// RFC 6749 §4.4.2
    ClientCredentials(ClientCredentialsRequest),
}

/// RFC 6749 §4.1.3, RFC 7636 §4.5
pub struct AuthorizationCodeRequest {
    /// The code. `None`: the text cannot be one of ours.
    pub code: Option<Handle>,
    /// If it is sent, it must be the one of the authorization request (OAuth 2.1 §10.2).
    pub redirect_uri: Option<String>,
    /// `None`: missing or malformed, which redeems nothing.
    pub code_verifier: Option<CodeVerifier>,
    /// RFC 8707 §2.2
    pub resource: Option<String>,
}

/// RFC 6749 §6
pub struct RefreshTokenRequest {
    /// The token. `None`: the text cannot be one of ours.
    pub refresh_token: Option<RefreshToken>,
    /// Fewer scopes than were granted.
    pub scope: Option<Scope>,
    /// RFC 8707 §2.2
    pub resource: Option<String>,
}

/// RFC 6749 §4.4.2
pub struct ClientCredentialsRequest {
    /// Without it: every scope that is registered for the client.
    pub scope: Option<Scope>,
    /// RFC 8707 §2.2
    pub resource: Option<String>,
}

impl TokenRequest {
    /// What it gives in exchange.
    #[must_use]
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
        }
    }

    /// Reads the request of a client that has proved who it is.
    ///
    /// # Errors
    /// `invalid_request`, `unsupported_grant_type`, `unauthorized_client`, `invalid_scope`, `invalid_target`
    pub fn parse(parameters: &Parameters, client: &Client) -> Result<Self, TokenError> {
        if let Some(name) = parameters.first_repeated(&["resource", "audience"]) {
            return refuse(Code::InvalidRequest, format!("the parameter {name} stands in the request more than once"));
        }
        let one = |name: &str| parameters.one(name).ok().flatten();

        let Some(grant_type) = one("grant_type") else { return refuse(Code::InvalidRequest, "grant_type is missing") };
        let Ok(grant_type) = grant_type.parse::<GrantType>() else {
            return refuse(
                Code::UnsupportedGrantType,
                "the grant types are authorization_code, refresh_token and client_credentials",
            );
        };
        if !client.may_use(grant_type) {
            let why = format!("this client is not registered for the grant {}", grant_type.as_str());
            return refuse(Code::UnauthorizedClient, why);
        }
        let resource = resource(parameters)?;
        Ok(match grant_type {
            GrantType::AuthorizationCode => Self::AuthorizationCode(AuthorizationCodeRequest {
                code: Handle::parse(SecretKind::AuthorizationCode, required(one("code"), "code")?),
                redirect_uri: one("redirect_uri").map(ToOwned::to_owned),
                code_verifier: one("code_verifier").and_then(|text| text.parse().ok()),
                resource,
            }),
            GrantType::RefreshToken => Self::RefreshToken(RefreshTokenRequest {
                refresh_token: RefreshToken::parse(required(one("refresh_token"), "refresh_token")?),
                scope: scope(one("scope"))?,
                resource,
            }),
            GrantType::ClientCredentials => {
                Self::ClientCredentials(ClientCredentialsRequest { scope: scope(one("scope"))?, resource })
            }
        })
    }
}

fn refuse<T>(code: Code, why: impl Into<std::borrow::Cow<'static, str>>) -> Result<T, TokenError> {
    Err(TokenError::new(code, why))
}

fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, TokenError> {
    value.ok_or_else(|| TokenError::new(Code::InvalidRequest, format!("{name} is missing")))
}

fn scope(text: Option<&str>) -> Result<Option<Scope>, TokenError> {
    text.map(|text| text.parse::<Scope>().map_err(|e| TokenError::new(Code::InvalidScope, e.to_string()))).transpose()
}

/// A token is for one API, so a token request names one resource at most.
fn resource(parameters: &Parameters) -> Result<Option<String>, TokenError> {
    let mut named = parameters.all("resource").filter(|text| !text.is_empty());
    match (named.next(), named.next()) {
        (Some(_), Some(_)) => refuse(Code::InvalidTarget, "a token is for one API: name one resource"),
        (first, _) => Ok(first.map(ToOwned::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::fixtures;

    fn parse(form: &[(&str, &str)]) -> Result<TokenRequest, Code> {
        TokenRequest::parse(&Parameters::from_pairs(form.iter().copied()), &fixtures::client("app"))
            .map_err(|e| e.error)
    }

    #[test]
    fn tk_04_tk_05_tk_06_tk_15_each_fault_has_its_code() {
        let code = ("grant_type", "authorization_code");
        let refresh = ("grant_type", "refresh_token");
        for (form, error) in [
            (&[][..], Code::InvalidRequest),
            (&[("grant_type", "")], Code::InvalidRequest),
            (&[("grant_type", "password")], Code::UnsupportedGrantType),
            (&[("grant_type", "client_credentials")], Code::UnauthorizedClient),
            (&[code, code], Code::InvalidRequest),
            (&[code, ("code", "a"), ("code", "b")], Code::InvalidRequest),
            (&[code, ("code", "a"), ("x", "1"), ("x", "1")], Code::InvalidRequest),
            (&[code], Code::InvalidRequest),
            (&[refresh, ("refresh_token", "")], Code::InvalidRequest),
            (&[refresh, ("refresh_token", "a"), ("scope", "a  b")], Code::InvalidScope),
            (&[refresh, ("refresh_token", "a"), ("resource", "urn:a"), ("resource", "urn:b")], Code::InvalidTarget),
        ] {
            assert_eq!(parse(form).err(), Some(error), "{form:?}");
        }
    }

    #[test]
    fn tk_17_only_the_parameters_of_the_grant_are_read() {
        let token = RefreshToken::generate(uuid::Uuid::nil());
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose()),
            ("code", "a"),
            ("scope", "a b"),
            ("resource", "urn:a"),
            ("resource", ""),
        ];

        let Ok(TokenRequest::RefreshToken(request)) = parse(&form) else { panic!("another grant") };

        assert!(request.refresh_token.is_some_and(|read| read.hash() == token.hash()));
        assert_eq!(request.scope, "a b".parse().ok());
        assert_eq!(request.resource.as_deref(), Some("urn:a"));
    }

    #[test]
    fn what_cannot_be_a_code_or_a_verifier_is_none() {
        let token = RefreshToken::generate(uuid::Uuid::nil());
        for (code, verifier) in [("a", "short"), (token.expose(), ""), ("ptc_ac_", &"x".repeat(129))] {
            let form = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier)];
            let Ok(TokenRequest::AuthorizationCode(request)) = parse(&form) else { panic!("another grant") };
            assert!(request.code.is_none() && request.code_verifier.is_none(), "{code} {verifier}");
        }
    }
}
