//! The authorization request ([RFC 6749 §4.1.1], [OpenID Connect Core §3.1.2.1]).
//!
//! It is read in two steps. Until client and redirect URI are known to belong together, an error is shown to the user
//! and goes nowhere else ([`UnsafeRequest`]). After that a [`Destination`] proves where the answer may go.
//!
//! [RFC 6749 §4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
//! [OpenID Connect Core §3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest

mod destination;
mod values;

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use destination::{Destination, REQUEST_URI, ResponseMode, UnsafeRequest, client_id, pushed_reference};
use values::refuse;

use super::{
    claims_request::ClaimsRequest,
    client::Client,
    confirmation::Thumbprint,
    error::{AuthorizationError, AuthorizationErrorCode as Code},
    parameters::Parameters,
    pkce::CodeChallenge,
    scope::Scope,
};

/// The longest value of a parameter that is kept as it comes, in bytes. None is ever cut.
const LONGEST_OPAQUE: usize = 4096;

/// Parameters that may stand in a request more than once (RFC 8707 §2).
const REPEATABLE: [&str; 1] = ["resource"];

/// How the user is to be asked (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Not at all.
    None,
    /// To sign in again.
    Login,
    /// To consent again.
    Consent,
    /// Which account to use: we ask to sign in again.
    SelectAccount,
}

/// A request that passed every check that needs nobody but itself and its client.
#[derive(Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the specifications describe them")]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub destination: Destination,
    pub scope: Scope,
    /// What it asked for, if that was more than anybody can give it.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub asked: Scope,
    pub code_challenge: CodeChallenge,
    /// The key that must be proven with the code (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Thumbprint>,
    pub nonce: Option<String>,
    pub prompt: Vec<Prompt>,
    /// Seconds.
    pub max_age: Option<i64>,
    pub login_hint: Option<String>,
    pub acr_values: Vec<String>,
    /// Language tags (BCP 47), the most wanted first.
    #[serde(default)]
    pub ui_locales: Vec<String>,
    pub claims: ClaimsRequest,
    pub resources: Vec<String>,
    /// The subject that must answer, from `id_token_hint` or `claims`.
    pub subject: Option<String>,
    #[serde(with = "time::serde::timestamp::milliseconds")]
    pub received_at: OffsetDateTime,
}

impl AuthorizationRequest {
    /// Reads a request. `hinted_subject` is what a genuine `id_token_hint` names; `at_resources`, what the client is registered
    /// for at the APIs that the request names: it asks for that if it names these and no scope.
    ///
    /// # Errors
    /// What the client is told, at its [`Destination`].
    pub fn parse(
        parameters: &Parameters,
        client: &Client,
        destination: Destination,
        hinted_subject: Option<String>,
        at_resources: Scope,
        received_at: OffsetDateTime,
    ) -> Result<Self, AuthorizationError> {
        if let Some(name) = parameters.first_repeated(&REPEATABLE) {
            return refuse(Code::InvalidRequest, format!("the parameter {name} stands in the request more than once"));
        }
        let one = |name: &str| parameters.one(name).ok().flatten();

        values::check_unsupported(parameters)?;
        values::check_response(one("response_type"), one("response_mode"), client)?;
        values::check_lengths(parameters)?;
        let claims = values::claims(one("claims"))?.within(&client.scopes);
        let resources = values::resources(parameters);
        let scope = match one("scope") {
            None if !resources.is_empty() => at_resources,
            named => values::scope(named)?,
        };
        Ok(Self {
            client_id: client.client_id.clone(),
            destination,
            scope,
            asked: Scope::default(),
            code_challenge: values::code_challenge(one("code_challenge"), one("code_challenge_method"))?,
            dpop_jkt: values::dpop_jkt(one("dpop_jkt"))?,
            nonce: one("nonce").map(ToOwned::to_owned),
            prompt: values::prompt(one("prompt"))?,
            max_age: values::max_age(one("max_age"))?,
            login_hint: one("login_hint").map(ToOwned::to_owned),
            acr_values: words(one("acr_values")),
            ui_locales: words(one("ui_locales")),
            resources,
            subject: hinted_subject.or_else(|| claims.subject().map(ToOwned::to_owned)),
            claims,
            received_at,
        })
    }

    /// The same request for less, because nobody can give it more.
    #[must_use]
    pub fn narrowed(self, scope: Scope) -> Self {
        if self.scope == scope { self } else { Self { asked: self.scope, scope, ..self } }
    }

    /// All that it asked for.
    #[must_use]
    pub const fn all_asked(&self) -> &Scope {
        if self.asked.is_empty() { &self.scope } else { &self.asked }
    }

    /// What the user must have allowed before `grantable` is given: these scopes, and those that would bring the
    /// claims which the request asks for one by one.
    #[must_use]
    pub fn consent_scope(&self, grantable: &Scope) -> Scope {
        grantable.union(&self.claims.scope())
    }

    /// Whether the request asks for this.
    #[must_use]
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }
}

/// The words of a list with spaces between them.
fn words(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

impl fmt::Debug for AuthorizationRequest {
    /// Only whose request it is: the rest is the client's affair, or secret (PK-10).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{
        client::GrantType,
        fixtures::{self, CHALLENGE, at, parameters, request},
    };

    fn parse(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Code> {
        let (parameters, client) = (parameters(changes), fixtures::client("app"));
        let destination = Destination::find(&parameters, &client).unwrap();
        let parsed = AuthorizationRequest::parse(&parameters, &client, destination, None, Scope::default(), at(0));
        parsed.map_err(|e| e.error)
    }

    #[test]
    fn each_fault_has_its_code() {
        let long = "n".repeat(LONGEST_OPAQUE + 1);
        for (name, value, error) in [
            ("response_type", "", Code::InvalidRequest),
            ("response_type", "token", Code::UnsupportedResponseType),
            ("response_mode", "fragment", Code::InvalidRequest),
            ("scope", "", Code::InvalidScope),
            ("scope", "a\tb", Code::InvalidScope),
            ("code_challenge", "", Code::InvalidRequest),
            ("code_challenge", "short", Code::InvalidRequest),
            ("code_challenge_method", "", Code::InvalidRequest),
            ("code_challenge_method", "plain", Code::InvalidRequest),
            ("state", &long, Code::InvalidRequest),
            ("nonce", &long, Code::InvalidRequest),
            ("login_hint", &long, Code::InvalidRequest),
            ("acr_values", &long, Code::InvalidRequest),
            ("ui_locales", &long, Code::InvalidRequest),
            ("resource", &long, Code::InvalidRequest),
            ("prompt", "none login", Code::InvalidRequest),
            ("prompt", "login  consent", Code::InvalidRequest),
            ("max_age", "-1", Code::InvalidRequest),
            ("max_age", "+1", Code::InvalidRequest),
            ("max_age", "4294967296", Code::InvalidRequest),
            ("claims", "[]", Code::InvalidRequest),
            ("dpop_jkt", "short", Code::InvalidRequest),
            ("dpop_jkt", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", Code::InvalidRequest),
            ("request", "e30", Code::RequestNotSupported),
            ("request_uri", "urn:a", Code::RequestUriNotSupported),
            ("registration", "{}", Code::RegistrationNotSupported),
        ] {
            assert_eq!(parse(&[(name, value)]).err(), Some(error), "{name}={value:.20}");
        }
        assert_eq!(parse(&[("x", "1"), ("x", "1")]).err(), Some(Code::InvalidRequest), "AZ-05");
        let no_codes = fixtures::client_with("app", |client| client.grant_types = vec![GrantType::RefreshToken]);
        let destination = Destination::find(&parameters(&[]), &no_codes).unwrap();
        let refused =
            AuthorizationRequest::parse(&parameters(&[]), &no_codes, destination, None, Scope::default(), at(0));
        assert_eq!(refused.err().map(|e| e.error), Some(Code::UnauthorizedClient));
    }

    #[test]
    fn a_good_request_is_read_in_full_and_survives_the_database() {
        let request = request(&[
            ("nonce", "n"),
            ("prompt", "login consent"),
            ("max_age", "4294967295"),
            ("login_hint", "alice"),
            ("acr_values", "a b"),
            ("dpop_jkt", fixtures::KEY),
            ("resource", "urn:a"),
            ("resource", "urn:b"),
            ("resource", "urn:a"),
            ("claims", r#"{"id_token":{"sub":{"value":"alice"}}}"#),
        ]);

        let stored = serde_json::to_string(&request).unwrap();
        let read: AuthorizationRequest = serde_json::from_str(&stored).unwrap();

        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        assert!(read.prompts(Prompt::Login) && read.prompts(Prompt::Consent) && !read.prompts(Prompt::None));
        assert_eq!((read.max_age, read.nonce.as_deref()), (Some(4_294_967_295), Some("n")));
        assert_eq!(read.dpop_jkt.map(|key| key.to_string()).as_deref(), Some(fixtures::KEY));
        assert_eq!(
            (read.acr_values, read.resources),
            (vec!["a".into(), "b".into()], vec!["urn:a".into(), "urn:b".into()])
        );
        assert_eq!((read.subject.as_deref(), read.received_at), (Some("alice"), at(0)));
        assert_eq!(read.destination, request.destination);
    }

    #[test]
    fn pk_10_a_request_does_not_print_what_is_secret() {
        let printed = format!("{:?}", request(&[("nonce", "the nonce")]));
        assert!(printed.contains("app") && !printed.contains(CHALLENGE) && !printed.contains("the nonce"));
    }

    proptest! {
        #[test]
        fn no_text_in_any_parameter_makes_parsing_panic(name in "scope|state|nonce|prompt|max_age|claims|acr_values|code_challenge|dpop_jkt", text in any::<String>()) {
            let _ = parse(&[(&name, &text)]);
        }
    }
}
