//! What a request presents to prove which client sent it: in the header, in the body, or nothing but an id.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;

use super::presented_certificate;
use crate::{
    app::Snapshot,
    keys::{client_keys, jwt::UnverifiedJwt},
    protocol::{
        client::{AuthMethod, Client, Credentials},
        client_assertion::{AssertionFault, ClientAssertion, JWT_BEARER},
        error::{TokenError, TokenErrorCode},
        parameters::Parameters,
    },
    secret::{Secret, SecretHash},
    server::ClientCertificate,
};

/// What a request presents.
pub(super) struct Presented {
    /// Which client it says that it is of.
    pub client_id: String,
    by: By,
}

/// By what the client would prove it.
enum By {
    Secret(AuthMethod, Secret),
    Assertion(Secret),
    Nothing,
}

impl Presented {
    /// Reads what a request presents.
    ///
    /// # Errors
    /// `invalid_request`: it presents several things, or something twice. `invalid_client`: nothing that names a client.
    pub fn read(headers: &HeaderMap, parameters: &Parameters) -> Result<Self, TokenError> {
        let one = |name| parameters.one(name).map_err(|e| invalid_request(e.to_string()));
        let (client_id, secret) = (one("client_id")?, one("client_secret")?);
        let (kind, assertion) = (one("client_assertion_type")?, one("client_assertion")?);

        let mut authorizations = headers.get_all(AUTHORIZATION).iter();
        let header = authorizations.next();
        if authorizations.next().is_some() {
            return Err(invalid_request("the request has two Authorization headers"));
        }
        if [header.is_some(), secret.is_some(), assertion.is_some()].into_iter().filter(|is| *is).count() > 1 {
            return Err(invalid_request("the client authenticates in two ways at once"));
        }
        if let Some(header) = header {
            let (id, secret) = header.to_str().ok().and_then(basic).ok_or_else(|| {
                TokenError::new(TokenErrorCode::InvalidClient, "the Authorization header is not HTTP Basic")
            })?;
            if client_id.is_some_and(|other| other != id) {
                return Err(invalid_request("client_id differs from the client that authenticates"));
            }
            return Ok(Self { client_id: id, by: By::Secret(AuthMethod::ClientSecretBasic, secret) });
        }
        if let Some(assertion) = assertion {
            return Self::by_assertion(client_id, kind, assertion);
        }
        let client_id = client_id.ok_or_else(nobody)?.to_owned();
        let secret = secret.map(|text| By::Secret(AuthMethod::ClientSecretPost, Secret::presented(text)));
        Ok(Self { client_id, by: secret.unwrap_or(By::Nothing) })
    }

    /// RFC 7521 §4.2: `client_id` may be left out, and then the assertion says whose it is.
    fn by_assertion(client_id: Option<&str>, kind: Option<&str>, assertion: &str) -> Result<Self, TokenError> {
        if kind != Some(JWT_BEARER) {
            return Err(invalid_request(format!("client_assertion_type must be {JWT_BEARER}")));
        }
        let said = UnverifiedJwt::parse(assertion).ok().and_then(|token| token.claimed_subject());
        let client_id = client_id.map(ToOwned::to_owned).or(said).ok_or_else(nobody)?;
        Ok(Self { client_id, by: By::Assertion(Secret::presented(assertion)) })
    }

    /// The hash of what was tried, so that the same again is no other guess.
    pub fn hash(&self) -> Option<SecretHash> {
        match &self.by {
            By::Secret(_, secret) | By::Assertion(secret) => Some(secret.hash()),
            By::Nothing => None,
        }
    }

    /// The same as it can be judged: the signature of an assertion is checked with the keys of this client, and whether the
    /// certificate that was shown is this client's. One counts only if nothing else is presented, from whom it is expected.
    pub async fn credentials(
        self,
        client: &Client,
        shown: Option<&ClientCertificate>,
        snapshot: &Snapshot,
    ) -> Credentials {
        match self.by {
            By::Nothing if client.auth_method.uses_certificate() => {
                Credentials::Certificate(presented_certificate::check(shown, client, snapshot).await)
            }
            By::Secret(method, secret) => Credentials::Secret(method, secret),
            By::Assertion(assertion) => Credentials::Assertion(signed(assertion.expose(), client, snapshot).await),
            By::Nothing => Credentials::None,
        }
    }
}

/// What an assertion says, if a key of this client signed it, and that key's thumbprint.
async fn signed(
    assertion: &str,
    client: &Client,
    snapshot: &Snapshot,
) -> Result<(ClientAssertion, String), AssertionFault> {
    let unsigned = |error: crate::keys::InvalidJwt| AssertionFault::Unsigned(error.to_string());
    let token = UnverifiedJwt::parse(assertion).map_err(unsigned)?;
    let now = snapshot.now;
    let keys = snapshot.app.keys_of(&client.metadata, token.kid(), now).await.map_err(AssertionFault::NoKeys)?;
    let signed = client_keys::verify_assertion(&token, &keys, now).map_err(unsigned)?;
    let malformed = |_| AssertionFault::Unsigned("its aud is no single text, or it has no jti".to_owned());
    Ok((signed.token.read::<ClientAssertion>().map_err(malformed)?, signed.key))
}

fn nobody() -> TokenError {
    TokenError::new(TokenErrorCode::InvalidClient, "the request does not say which client sends it")
}

fn invalid_request(why: impl Into<std::borrow::Cow<'static, str>>) -> TokenError {
    TokenError::new(TokenErrorCode::InvalidRequest, why)
}

/// HTTP Basic as OAuth writes it: id and secret are form-encoded first (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, Secret)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form_decoded(id)?, Secret::presented(&form_decoded(secret)?)))
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    Some(percent_decode_str(&spaced).decode_utf8().ok()?.into_owned())
}
