//! What each parameter of a request must say. A refusal has the words that the client is told.

use std::{borrow::Cow, collections::HashSet};

use super::{LONGEST_OPAQUE, Prompt, ResponseMode};
use crate::protocol::{
    claims_request::ClaimsRequest,
    client::{Client, GrantType},
    confirmation::Thumbprint,
    error::{AuthorizationError, AuthorizationErrorCode as Code},
    parameters::Parameters,
    pkce::CodeChallenge,
    scope::Scope,
};

/// Where the documentation says what to do about a request without PKCE.
const PKCE_SWITCH: &str = "docs/integrate.md says which switch each library has for PKCE with S256";

pub(super) fn refuse<T>(code: Code, why: impl Into<Cow<'static, str>>) -> Result<T, AuthorizationError> {
    Err(AuthorizationError::new(code, why))
}

pub(super) fn check_unsupported(parameters: &Parameters) -> Result<(), AuthorizationError> {
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

pub(super) fn check_response(
    kind: Option<&str>,
    mode: Option<&str>,
    client: &Client,
) -> Result<(), AuthorizationError> {
    match kind {
        Some("code") => {}
        None => return refuse(Code::InvalidRequest, "response_type is missing: send response_type=code"),
        Some(_) => return refuse(Code::UnsupportedResponseType, "the only response_type is code"),
    }
    if mode.is_some_and(|mode| ResponseMode::named(mode).is_none()) {
        return refuse(
            Code::InvalidRequest,
            "response_mode must be query, form_post, or one of them as a JWT: query.jwt, form_post.jwt",
        );
    }
    if !client.may_use(GrantType::AuthorizationCode) {
        return refuse(Code::UnauthorizedClient, "this client is not registered for the grant authorization_code");
    }
    Ok(())
}

pub(super) fn check_lengths(parameters: &Parameters) -> Result<(), AuthorizationError> {
    for name in ["state", "nonce", "login_hint", "acr_values", "ui_locales", "resource"] {
        if parameters.all(name).any(|value| value.len() > LONGEST_OPAQUE) {
            return refuse(Code::InvalidRequest, format!("{name} may have at most {LONGEST_OPAQUE} bytes"));
        }
    }
    Ok(())
}

pub(super) fn claims(text: Option<&str>) -> Result<ClaimsRequest, AuthorizationError> {
    let Some(text) = text else { return Ok(ClaimsRequest::default()) };
    ClaimsRequest::parse(text).map_err(|e| AuthorizationError::new(Code::InvalidRequest, e.to_string()))
}

/// Each once, in the order in which they were sent.
pub(super) fn resources(parameters: &Parameters) -> Vec<String> {
    let mut seen = HashSet::new();
    parameters.all("resource").filter(|resource| seen.insert(*resource)).map(ToOwned::to_owned).collect()
}

pub(super) fn scope(text: Option<&str>) -> Result<Scope, AuthorizationError> {
    let Some(text) = text else {
        return refuse(Code::InvalidScope, "scope is missing: name the scopes the client needs");
    };
    text.parse::<Scope>().map_err(|e| AuthorizationError::new(Code::InvalidScope, e.to_string()))
}

pub(super) fn code_challenge(
    challenge: Option<&str>,
    method: Option<&str>,
) -> Result<CodeChallenge, AuthorizationError> {
    let Some(challenge) = challenge else {
        let why = "PKCE is required: send code_challenge and code_challenge_method=S256 (most libraries have a switch for it)";
        return Err(AuthorizationError::new(Code::InvalidRequest, why).with_hint(PKCE_SWITCH));
    };
    match method {
        Some("S256") => {}
        None => {
            let why = "code_challenge_method is missing, which means plain: send code_challenge_method=S256";
            return Err(AuthorizationError::new(Code::InvalidRequest, why).with_hint(PKCE_SWITCH));
        }
        Some(_) => {
            let why = "the only code_challenge_method is S256: set the library's switch for PKCE to S256";
            return Err(AuthorizationError::new(Code::InvalidRequest, why).with_hint(PKCE_SWITCH));
        }
    }
    challenge.parse::<CodeChallenge>().map_err(|e| AuthorizationError::new(Code::InvalidRequest, e.to_string()))
}

pub(super) fn dpop_jkt(text: Option<&str>) -> Result<Option<Thumbprint>, AuthorizationError> {
    let parsed = text.map(str::parse::<Thumbprint>).transpose();
    parsed.map_err(|e| AuthorizationError::new(Code::InvalidRequest, format!("dpop_jkt is malformed: {e}")))
}

pub(super) fn prompt(text: Option<&str>) -> Result<Vec<Prompt>, AuthorizationError> {
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

pub(super) fn max_age(text: Option<&str>) -> Result<Option<i64>, AuthorizationError> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(seconds) if text.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(i64::from(seconds))),
        _ => refuse(Code::InvalidRequest, "max_age must be a number of seconds"),
    }
}
