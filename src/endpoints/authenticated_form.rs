//! A form that a client sent, with the proof of who the client is ([RFC 6749 §2.3]).
//!
//! [RFC 6749 §2.3]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3

use std::net::IpAddr;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header::AUTHORIZATION},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use super::error::EndpointError;
use crate::{
    app::{Actor, App, Class, Sender, Snapshot},
    authentication::throttle::{self, NotAdmitted, Refused},
    network,
    policy::event::Event,
    protocol::{
        client::{AuthMethod, AuthenticatedClient, Credentials, NOT_AUTHENTICATED},
        error::{TokenError, TokenErrorCode},
        parameters::Parameters,
    },
    secret::Secret,
    server::request_id,
    web::{
        caller::Caller,
        client_address::ClientAddress,
        form::{FormKind, read_form},
        rate_limit::{class_of, over_limit, too_many_requests},
    },
};

/// A form, and the client that sent it.
pub struct AuthenticatedForm {
    /// The proof.
    pub client: AuthenticatedClient,
    /// What it sent.
    pub parameters: Parameters,
    /// The same for the audit trail.
    pub actor: Actor,
    /// What is decided by.
    pub snapshot: Snapshot,
}

impl FromRequest<App> for AuthenticatedForm {
    type Rejection = EndpointError<TokenError>;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let Ok(Caller(caller)) = Caller::from_request_parts(&mut parts, app).await;
        if parts.uri.query().is_some_and(|query| query.contains("client_secret")) {
            return Err(
                invalid_request("a client secret must not stand in the URL: it is now in logs, so rotate it").into()
            );
        }
        let headers = parts.headers.clone();
        let (class, ClientAddress(address)) = (class_of(parts.uri.path()), ClientAddress::of(&parts.extensions));
        let parameters = read_form(Request::from_parts(parts, body), FormKind::Protocol).await;
        let parameters =
            parameters.map_err(|refused| EndpointError::unread(TokenErrorCode::InvalidRequest, refused))?;
        let (client_id, credentials) = presented(&headers, &parameters)?;

        let mut snapshot = app.snapshot().await?;
        let now = snapshot.now;
        let client = snapshot.client_asked_for(&client_id, address).await?;
        let attempt = Attempt {
            known: client.is_some().then_some(client_id.as_str()),
            guess: (&client_id, &credentials),
            address,
            caller: &caller,
        };
        let Some(client) = client else {
            let _ = credentials.hash(); // ids that nobody has take the same work (CA-09)
            attempt.ensure_allowed(app, now)?;
            return attempt.refuse(app, "the client is unknown", NOT_AUTHENTICATED).await;
        };
        request_id::note_client(&client.client_id);
        match client.authenticate(&credentials, now) {
            Ok(client) => {
                if client.could_be_guessed() {
                    attempt.ensure_allowed(app, now)?;
                }
                if let Some(secret_id) = client.secret_used() {
                    app.note_secret_use(secret_id, now);
                    ensure_within_limit(app, class, address, &client.client_id).await?;
                }
                let actor = caller.named(format!("client:{}", client.client_id));
                Ok(Self { client, parameters, actor, snapshot })
            }
            Err(failure) => {
                attempt.ensure_allowed(app, now)?;
                attempt.refuse(app, &failure.to_string(), failure.hint()).await
            }
        }
    }
}

/// Somebody who says that they are a client.
struct Attempt<'a> {
    /// The client's id, if a client has it: any other is whatever somebody typed, perhaps a secret.
    known: Option<&'a str>,
    /// What was tried: the same again is no other guess.
    guess: (&'a str, &'a Credentials),
    address: IpAddr,
    caller: &'a Actor,
}

impl Attempt<'_> {
    /// Where too many have failed, no further guess is answered.
    fn ensure_allowed(&self, app: &App, now: OffsetDateTime) -> Result<(), EndpointError<TokenError>> {
        throttle::ensure_client_may_try(app, self.known, self.address, now).map_err(failed_too_often)
    }

    /// Records that it failed, and counts it.
    async fn refuse<T>(self, app: &App, reason: &str, hint: &'static str) -> Result<T, EndpointError<TokenError>> {
        let now = app.clock.now();
        let mut event = app.event(Event::ClientAuthenticationFailed, self.caller, now).because(reason);
        if let Some(client_id) = self.known {
            event = event.of_client(client_id);
        }
        app.record(event).await?;
        let (client_id, credentials) = self.guess;
        let guess = (client_id, credentials.hash());
        throttle::client_failed(app, self.known, self.address, &guess, now).await.map_err(|error| match error {
            NotAdmitted::Refused(refused) => failed_too_often(refused),
            NotAdmitted::Internal(error) => error.into(),
        })?;
        Err(TokenError::new(TokenErrorCode::InvalidClient, hint).into())
    }
}

/// A client that has proven who it is may ask so often, from wherever it asks.
async fn ensure_within_limit(
    app: &App,
    class: Class,
    address: IpAddr,
    client_id: &str,
) -> Result<(), EndpointError<TokenError>> {
    if network::holds(&app.settings.defence.allowed_networks, address) {
        return Ok(());
    }
    let verdict = app.rates.check(class, Sender::Client(client_id)).await;
    if verdict.retry_after.is_none() {
        return Ok(());
    }
    app.tally("requests.refusals");
    Err(EndpointError::Limited(Box::new(over_limit(verdict))))
}

fn failed_too_often(refused: Refused) -> EndpointError<TokenError> {
    let why = "this client has failed to authenticate too often from this address";
    EndpointError::Limited(Box::new(too_many_requests(refused.retry_after.unsigned_abs(), why)))
}

fn invalid_request(why: impl Into<std::borrow::Cow<'static, str>>) -> TokenError {
    TokenError::new(TokenErrorCode::InvalidRequest, why)
}

/// What the request presents: in the header, in the body, or nothing but an id.
fn presented(headers: &HeaderMap, parameters: &Parameters) -> Result<(String, Credentials), TokenError> {
    let one = |name| parameters.one(name).map_err(|e| invalid_request(e.to_string()));
    let (client_id, secret) = (one("client_id")?, one("client_secret")?);

    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    match (authorizations.next(), authorizations.next()) {
        (Some(_), Some(_)) => Err(invalid_request("the request has two Authorization headers")),
        (Some(_), None) if secret.is_some() => Err(invalid_request("the client authenticates in two ways at once")),
        (Some(header), None) => {
            let failed =
                || TokenError::new(TokenErrorCode::InvalidClient, "the Authorization header is not HTTP Basic");
            let (id, secret) = header.to_str().ok().and_then(basic).ok_or_else(failed)?;
            if client_id.is_some_and(|other| other != id) {
                return Err(invalid_request("client_id differs from the client that authenticates"));
            }
            Ok((id, Credentials::Secret(AuthMethod::ClientSecretBasic, secret)))
        }
        (None, _) => {
            let missing =
                || TokenError::new(TokenErrorCode::InvalidClient, "the request does not say which client sends it");
            let client_id = client_id.ok_or_else(missing)?.to_owned();
            let secret = secret.map(|text| Credentials::Secret(AuthMethod::ClientSecretPost, Secret::presented(text)));
            Ok((client_id, secret.unwrap_or(Credentials::None)))
        }
    }
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
