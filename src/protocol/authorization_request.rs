//! The authorization request ([RFC 6749 §4.1.1], [OpenID Connect Core §3.1.2.1]).
//!
//! It is read in two steps. Until client and redirect URI are known to belong together, an error is shown to the person
//! and goes nowhere else ([`UnsafeRequest`]). After that a [`Destination`] proves where the answer may go.
//!
//! [RFC 6749 §4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
//! [OpenID Connect Core §3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    claims_request::ClaimsRequest,
    client::{Client, GrantType},
    error::{AuthorizationError, AuthorizationErrorCode as Code},
    parameters::Parameters,
    pkce::CodeChallenge,
    scope::Scope,
};

/// The longest `state` and `nonce`, in bytes. Neither is ever cut.
const LONGEST_OPAQUE: usize = 4096;

/// Parameters that may stand in a request more than once (RFC 8707 §2).
const REPEATABLE: [&str; 1] = ["resource"];

/// A request that must not be answered by a redirect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum UnsafeRequest {
    #[error("The request has no client_id.")]
    MissingClientId,
    #[error("The parameter {0} stands in the request more than once.")]
    Repeated(&'static str),
    #[error("No application is registered under this client_id.")]
    UnknownClient,
    #[error("This application has been disabled.")]
    DisabledClient,
    #[error("The request has no redirect_uri. It is always required.")]
    MissingRedirectUri,
    #[error(
        "The redirect_uri is not one that is registered for this application. It must be identical, character by character."
    )]
    UnregisteredRedirectUri,
}

/// Where the answer goes. Holding one is the proof that it may: only [`Destination::find`] makes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    redirect_uri: String,
    response_mode: ResponseMode,
    state: Option<String>,
}

/// How the answer travels ([OAuth 2.0 Form Post Response Mode], OAuth 2.0 Multiple Response Types §2.1).
///
/// [OAuth 2.0 Form Post Response Mode]: https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In a form that the browser posts.
    FormPost,
}

impl Destination {
    /// Finds where the answer to this request may go.
    ///
    /// # Errors
    /// Why it may go nowhere.
    pub fn find(parameters: &Parameters, client: &Client) -> Result<Self, UnsafeRequest> {
        let redirect_uri = parameters.one("redirect_uri").map_err(|_| UnsafeRequest::Repeated("redirect_uri"))?;
        let redirect_uri = redirect_uri.ok_or(UnsafeRequest::MissingRedirectUri)?;
        if !client.has_redirect_uri(redirect_uri) {
            return Err(UnsafeRequest::UnregisteredRedirectUri);
        }
        if !client.enabled {
            return Err(UnsafeRequest::DisabledClient);
        }
        let form_post = parameters.one("response_mode") == Ok(Some("form_post"));
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            response_mode: if form_post { ResponseMode::FormPost } else { ResponseMode::Query },
            state: parameters.one("state").ok().flatten().filter(|s| s.len() <= LONGEST_OPAQUE).map(ToOwned::to_owned),
        })
    }

    /// The registered URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// How the answer travels.
    #[must_use]
    pub fn response_mode(&self) -> ResponseMode {
        self.response_mode
    }

    /// What the client wants back unchanged.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// The client that a request names.
///
/// # Errors
/// It names none, or more than one.
pub fn client_id(parameters: &Parameters) -> Result<&str, UnsafeRequest> {
    let client_id = parameters.one("client_id").map_err(|_| UnsafeRequest::Repeated("client_id"))?;
    client_id.ok_or(UnsafeRequest::MissingClientId)
}

/// How the person is to be asked (OpenID Connect Core §3.1.2.1).
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

impl fmt::Debug for AuthorizationRequest {
    /// Only whose request it is: the rest is the client's affair, or secret (PK-10).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A request that passed every check that needs nobody but itself and its client.
#[derive(Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the specifications describe them")]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub destination: Destination,
    pub scope: Scope,
    pub code_challenge: CodeChallenge,
    pub nonce: Option<String>,
    pub prompt: Vec<Prompt>,
    /// Seconds.
    pub max_age: Option<i64>,
    pub login_hint: Option<String>,
    pub acr_values: Vec<String>,
    pub claims: ClaimsRequest,
    pub resources: Vec<String>,
    /// The subject that must answer, from `id_token_hint` or `claims`.
    pub subject: Option<String>,
    #[serde(with = "time::serde::timestamp::milliseconds")]
    pub received_at: OffsetDateTime,
}

impl AuthorizationRequest {
    /// Reads a request. `hinted_subject` is what a genuine `id_token_hint` names.
    ///
    /// # Errors
    /// What the client is told, at its [`Destination`].
    pub fn parse(
        parameters: &Parameters,
        client: &Client,
        destination: Destination,
        hinted_subject: Option<String>,
        received_at: OffsetDateTime,
    ) -> Result<Self, AuthorizationError> {
        if let Some(name) = parameters.first_repeated(&REPEATABLE) {
            return refuse(Code::InvalidRequest, format!("the parameter {name} stands in the request more than once"));
        }
        let one = |name: &str| parameters.one(name).ok().flatten();

        check_unsupported(parameters)?;
        check_response(one("response_type"), one("response_mode"), client)?;
        check_lengths(one("state"), one("nonce"))?;
        let claims = match one("claims") {
            Some(text) => {
                ClaimsRequest::parse(text).map_err(|e| AuthorizationError::new(Code::InvalidRequest, e.to_string()))?
            }
            None => ClaimsRequest::default(),
        };
        Ok(Self {
            client_id: client.client_id.clone(),
            destination,
            scope: scope(one("scope"))?,
            code_challenge: code_challenge(one("code_challenge"), one("code_challenge_method"))?,
            nonce: one("nonce").map(ToOwned::to_owned),
            prompt: prompt(one("prompt"))?,
            max_age: max_age(one("max_age"))?,
            login_hint: one("login_hint").map(ToOwned::to_owned),
            acr_values: one("acr_values").map(|v| v.split(' ').map(ToOwned::to_owned).collect()).unwrap_or_default(),
            resources: parameters.all("resource").filter(|r| !r.is_empty()).map(ToOwned::to_owned).collect(),
            subject: hinted_subject.or_else(|| claims.subject().map(ToOwned::to_owned)),
            claims,
            received_at,
        })
    }

    /// Whether the request asks for this.
    #[must_use]
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }
}

fn refuse<T>(code: Code, why: impl Into<Cow<'static, str>>) -> Result<T, AuthorizationError> {
    Err(AuthorizationError::new(code, why))
}

fn check_unsupported(parameters: &Parameters) -> Result<(), AuthorizationError> {
    for (name, code) in [
        ("request", Code::RequestNotSupported),
        ("request_uri", Code::RequestUriNotSupported),
        ("registration", Code::RegistrationNotSupported),
    ] {
        if parameters.has(name) {
            return refuse(code, format!("{name} is not supported: send the parameters themselves"));
        }
    }
    Ok(())
}

fn check_response(kind: Option<&str>, mode: Option<&str>, client: &Client) -> Result<(), AuthorizationError> {
    match kind {
        Some("code") => {}
        None => return refuse(Code::InvalidRequest, "response_type is missing: send response_type=code"),
        Some(_) => return refuse(Code::UnsupportedResponseType, "the only response_type is code"),
    }
    if !matches!(mode, None | Some("query" | "form_post")) {
        return refuse(Code::InvalidRequest, "response_mode must be query or form_post");
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return refuse(Code::UnauthorizedClient, "this client is not registered for the grant authorization_code");
    }
    Ok(())
}

fn check_lengths(state: Option<&str>, nonce: Option<&str>) -> Result<(), AuthorizationError> {
    for (name, value) in [("state", state), ("nonce", nonce)] {
        if value.is_some_and(|value| value.len() > LONGEST_OPAQUE) {
            return refuse(Code::InvalidRequest, format!("{name} may have at most {LONGEST_OPAQUE} bytes"));
        }
    }
    Ok(())
}

fn scope(text: Option<&str>) -> Result<Scope, AuthorizationError> {
    let Some(text) = text else {
        return refuse(Code::InvalidScope, "scope is missing: name the scopes the client needs");
    };
    text.parse::<Scope>().map_err(|e| AuthorizationError::new(Code::InvalidScope, e.to_string()))
}

fn code_challenge(challenge: Option<&str>, method: Option<&str>) -> Result<CodeChallenge, AuthorizationError> {
    let Some(challenge) = challenge else {
        return refuse(Code::InvalidRequest, "code_challenge is missing: PKCE is required of every client");
    };
    match method {
        Some("S256") => {}
        None => {
            return refuse(Code::InvalidRequest, "code_challenge_method is missing: send code_challenge_method=S256");
        }
        Some(_) => return refuse(Code::InvalidRequest, "the only code_challenge_method is S256"),
    }
    challenge.parse::<CodeChallenge>().map_err(|e| AuthorizationError::new(Code::InvalidRequest, e.to_string()))
}

fn prompt(text: Option<&str>) -> Result<Vec<Prompt>, AuthorizationError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let mut prompts = Vec::new();
    for word in text.split(' ') {
        prompts.push(match word {
            "none" => Prompt::None,
            "login" => Prompt::Login,
            "consent" => Prompt::Consent,
            "select_account" => Prompt::SelectAccount,
            _ => return refuse(Code::InvalidRequest, "prompt must be of none, login, consent and select_account"),
        });
    }
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return refuse(Code::InvalidRequest, "prompt=none cannot stand beside another prompt");
    }
    Ok(prompts)
}

fn max_age(text: Option<&str>) -> Result<Option<i64>, AuthorizationError> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(seconds) if text.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(i64::from(seconds))),
        _ => refuse(Code::InvalidRequest, "max_age must be a number of seconds"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::fixtures::{self, CALLBACK, CHALLENGE, at, parameters, request};

    fn find(changes: &[(&str, &str)]) -> Result<Destination, UnsafeRequest> {
        Destination::find(&parameters(changes), &fixtures::client("app"))
    }

    fn parse(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Code> {
        let (parameters, client) = (parameters(changes), fixtures::client("app"));
        let parsed = AuthorizationRequest::parse(&parameters, &client, find(changes).unwrap(), None, at(0));
        parsed.map_err(|e| e.error)
    }

    #[test]
    fn az_02_ru_02_an_answer_goes_to_a_registered_uri_or_nowhere() {
        for (changes, refusal) in [
            (&[][..], None),
            (&[("redirect_uri", "")], Some(UnsafeRequest::MissingRedirectUri)),
            (&[("redirect_uri", "https://app.example/other")], Some(UnsafeRequest::UnregisteredRedirectUri)),
            (&[("redirect_uri", CALLBACK), ("redirect_uri", CALLBACK)], Some(UnsafeRequest::Repeated("redirect_uri"))),
        ] {
            assert_eq!(find(changes).err(), refusal, "{changes:?}");
        }
        let disabled = Client { enabled: false, ..fixtures::client("app") };
        assert_eq!(Destination::find(&parameters(&[]), &disabled), Err(UnsafeRequest::DisabledClient));
        assert_eq!(client_id(&parameters(&[("client_id", "")])), Err(UnsafeRequest::MissingClientId));
        let twice = parameters(&[("client_id", "a"), ("client_id", "a")]);
        assert_eq!(client_id(&twice), Err(UnsafeRequest::Repeated("client_id")));
    }

    #[test]
    fn an_answer_travels_as_was_asked_with_the_state_that_was_sent_once() {
        let long = "s".repeat(LONGEST_OPAQUE + 1);
        for (changes, mode, state) in [
            (&[][..], ResponseMode::Query, Some("xyz")),
            (&[("response_mode", "form_post")], ResponseMode::FormPost, Some("xyz")),
            (&[("response_mode", "fragment")], ResponseMode::Query, Some("xyz")),
            (&[("state", "")], ResponseMode::Query, None),
            (&[("state", "a"), ("state", "a")], ResponseMode::Query, None),
            (&[("state", &long)], ResponseMode::Query, None),
        ] {
            let found = find(changes).unwrap();
            assert_eq!((found.response_mode(), found.state()), (mode, state), "{changes:?}");
        }
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
            ("prompt", "none login", Code::InvalidRequest),
            ("prompt", "login  consent", Code::InvalidRequest),
            ("max_age", "-1", Code::InvalidRequest),
            ("max_age", "+1", Code::InvalidRequest),
            ("max_age", "4294967296", Code::InvalidRequest),
            ("claims", "[]", Code::InvalidRequest),
            ("request", "e30", Code::RequestNotSupported),
            ("request_uri", "urn:a", Code::RequestUriNotSupported),
            ("registration", "{}", Code::RegistrationNotSupported),
        ] {
            assert_eq!(parse(&[(name, value)]).err(), Some(error), "{name}={value:.20}");
        }
        assert_eq!(parse(&[("x", "1"), ("x", "1")]).err(), Some(Code::InvalidRequest), "AZ-05");
        let no_codes = Client { grant_types: vec![GrantType::RefreshToken], ..fixtures::client("app") };
        let refused = AuthorizationRequest::parse(&parameters(&[]), &no_codes, find(&[]).unwrap(), None, at(0));
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
            ("resource", "urn:a"),
            ("resource", "urn:b"),
            ("claims", r#"{"id_token":{"sub":{"value":"alice"}}}"#),
        ]);

        let stored = serde_json::to_string(&request).unwrap();
        let read: AuthorizationRequest = serde_json::from_str(&stored).unwrap();

        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        assert!(read.prompts(Prompt::Login) && read.prompts(Prompt::Consent) && !read.prompts(Prompt::None));
        assert_eq!((read.max_age, read.nonce.as_deref()), (Some(4_294_967_295), Some("n")));
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
        fn no_text_in_any_parameter_makes_parsing_panic(name in "scope|state|nonce|prompt|max_age|claims|acr_values|code_challenge", text in any::<String>()) {
            let _ = parse(&[(&name, &text)]);
        }
    }
}
