//! Pushed authorization requests ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)): the client sends its request here first, and
//! the browser only a reference to it, so that nobody can read or change it on the way.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{AppendHeaders, IntoResponse},
};
use serde::Serialize;
use time::Duration;

use super::{authenticated_form::AuthenticatedForm, authorize, error::EndpointError};
use crate::{
    app::Snapshot,
    clock::time_ordered_id,
    protocol::{
        authorization_request::{AuthorizationRequest, Destination, REQUEST_URI},
        client::Client,
        confirmation::Thumbprint,
        dpop::ProvenRequest,
        endpoint,
        error::{AuthorizationError, AuthorizationErrorCode as Code},
        parameters::Parameters,
    },
    secret::{Handle, Secret, SecretKind},
    store::pushed_requests,
    web::dpop::{self, Proof},
};

/// How long a client may take to send the browser on.
const LIFETIME: Duration = Duration::seconds(60);

/// RFC 9126 §2.2
#[derive(Serialize)]
struct Pushed {
    request_uri: String,
    /// Seconds.
    expires_in: i64,
}

/// Keeps a request for the browser that comes with its reference. A proof of a key binds the code to it (RFC 9449 §10.1).
///
/// # Errors
/// RFC 9126 §2.3
pub async fn push(
    headers: HeaderMap,
    AuthenticatedForm { client, parameters, actor, snapshot, .. }: AuthenticatedForm,
) -> Result<impl IntoResponse, EndpointError<AuthorizationError>> {
    let (app, now) = (&snapshot.app, snapshot.now);
    let url = app.settings.issuer.url(endpoint::PUSHED_REQUESTS);
    let proof = Proof::read(&snapshot, &headers, ProvenRequest { method: "POST", url: &url, access_token: None })?;
    let key = proof.as_ref().and_then(|proof| proof.proven.key.as_ref());
    let read = read(&snapshot, &client, &parameters).await.and_then(|request| bound(request, key));
    let request = match read {
        Ok(request) => request,
        Err(error) => {
            authorize::record_refusal(&snapshot, &client, &parameters, &actor, &error).await?;
            return Err(error.into());
        }
    };
    if let Some(proof) = &proof {
        proof.count(&snapshot).await?;
    }
    let id = time_ordered_id(now);
    let secret = Secret::generate_with_id(SecretKind::PushedRequest, id);
    pushed_requests::insert(&app.db, &Handle { id, hash: secret.hash() }, &request, now + LIFETIME).await?;
    let request_uri = format!("{REQUEST_URI}{}", secret.expose());
    let nonce = proof.and_then(|proof| proof.next_nonce).map(|nonce| (dpop::NONCE, nonce));
    let pushed = Json(Pushed { request_uri, expires_in: LIFETIME.whole_seconds() });
    Ok((StatusCode::CREATED, AppendHeaders(nonce), pushed))
}

/// The request, for whoever holds the key that was proven. If it names a key itself, that is the one.
fn bound(request: AuthorizationRequest, key: Option<&Thumbprint>) -> Result<AuthorizationRequest, AuthorizationError> {
    match (&request.dpop_jkt, key) {
        (_, None) => Ok(request),
        (Some(named), Some(key)) if named != key => Err(AuthorizationError::new(
            Code::InvalidDpopProof,
            "dpop_jkt names another key than the one that the proof is of",
        )),
        (_, Some(key)) => Ok(AuthorizationRequest { dpop_jkt: Some(key.clone()), ..request }),
    }
}

/// Checks a request as it would be when a browser brought it (RFC 9126 §2.1).
async fn read(
    snapshot: &Snapshot,
    client: &Client,
    parameters: &Parameters,
) -> Result<AuthorizationRequest, AuthorizationError> {
    let invalid = |why: String| AuthorizationError::new(Code::InvalidRequest, why);
    if parameters.has("request_uri") {
        return Err(invalid("request_uri cannot be pushed: push the parameters themselves".to_owned()));
    }
    let signed = authorize::signed(snapshot, client, parameters).await?;
    let parameters = signed.as_ref().unwrap_or(parameters);
    let destination = Destination::find(parameters, client).map_err(|why| invalid(why.to_string()))?;
    authorize::read(snapshot, parameters, client, destination)
}
