//! A form that a client sent, with the proof of who the client is ([RFC 6749 §2.3]).
//!
//! [RFC 6749 §2.3]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3

use std::net::IpAddr;

use axum::extract::{FromRequest, FromRequestParts, Request};
use time::OffsetDateTime;

use super::{error::EndpointError, presented_client::Presented};
use crate::{
    app::{Actor, App, Class, Sender, Snapshot},
    authentication::throttle::{self, NotAdmitted, Refused},
    network,
    policy::event::Event,
    protocol::{
        client::{AuthenticatedClient, AuthenticationFailure, Credentials, NOT_AUTHENTICATED, Proof},
        client_assertion::AssertionFault,
        confirmation::Thumbprint,
        error::{TokenError, TokenErrorCode},
        parameters::Parameters,
    },
    secret::SecretHash,
    server::{ClientCertificate, request_id},
    store::seen_jwts::{self, Kind, Seen},
    web::{
        caller::Caller,
        client_address::ClientAddress,
        client_certificate,
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
    /// The certificate that the client shows, whether it proves who it is by that or not.
    pub certificate: Option<Thumbprint>,
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
        let shown = parts.extensions.get::<ClientCertificate>().cloned();
        let certificate = client_certificate::shown(&parts.extensions);
        let parameters = read_form(Request::from_parts(parts, body), FormKind::Protocol).await;
        let parameters =
            parameters.map_err(|refused| EndpointError::unread(TokenErrorCode::InvalidRequest, refused))?;
        let presented = Presented::read(&headers, &parameters)?;
        let client_id = presented.client_id.clone();

        let mut snapshot = app.snapshot().await?;
        let now = snapshot.now;
        let client = snapshot.client_asked_for(&client_id, address).await?;
        let attempt = Attempt {
            known: client.is_some().then_some(client_id.as_str()),
            guess: (&client_id, presented.hash()), // ids that nobody has take the same work (CA-09)
            address,
            caller: &caller,
        };
        let Some(client) = client else {
            attempt.ensure_allowed(app, now)?;
            return attempt.refuse(app, "the client is unknown", NOT_AUTHENTICATED).await;
        };
        request_id::note_client(&client.client_id);
        let credentials = presented.credentials(&client, shown.as_ref(), &snapshot).await;
        let authenticated = client.authenticate(&credentials, app.issuer(), now);
        match ensure_first_use(app, authenticated, &credentials).await? {
            Ok(client) => {
                if client.could_be_guessed() {
                    attempt.ensure_allowed(app, now)?;
                }
                if *client.proof() != Proof::Nothing {
                    app.note_client_use(&client.client_id, client.proof(), now);
                    ensure_within_limit(app, class, address, &client.client_id).await?;
                }
                let actor = caller.named(format!("client:{}", client.client_id));
                Ok(Self { client, parameters, actor, certificate, snapshot })
            }
            Err(failure) => {
                attempt.ensure_allowed(app, now)?;
                attempt.refuse(app, &failure.to_string(), failure.hint()).await
            }
        }
    }
}

/// An assertion counts once, on all nodes together (RFC 7523 §3): it is noted when it would be accepted, and not before, so that
/// nobody fills the table with what they cannot sign.
async fn ensure_first_use(
    app: &App,
    authenticated: Result<AuthenticatedClient, AuthenticationFailure>,
    credentials: &Credentials,
) -> sqlx::Result<Result<AuthenticatedClient, AuthenticationFailure>> {
    let (Ok(client), Credentials::Assertion(Ok((assertion, _)))) = (&authenticated, credentials) else {
        return Ok(authenticated);
    };
    let seen =
        Seen { kind: Kind::ClientAssertion, of: &client.client_id, jti: &assertion.jti, at: assertion.ends_at() };
    let is_first = seen_jwts::note(&app.db, seen).await?;
    Ok(if is_first { authenticated } else { Err(AssertionFault::Replayed.into()) })
}

/// Somebody who says that they are a client.
struct Attempt<'a> {
    /// The client's id, if a client has it: any other is whatever somebody typed, perhaps a secret.
    known: Option<&'a str>,
    /// What was tried: the same again is no other guess.
    guess: (&'a str, Option<SecretHash>),
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
        throttle::client_failed(app, self.known, self.address, &self.guess, now).await.map_err(
            |error| match error {
                NotAdmitted::Refused(refused) => failed_too_often(refused),
                NotAdmitted::Internal(error) => error.into(),
            },
        )?;
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
