//! Pushed authorization requests ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)): the client sends its request here first, and
//! the browser only a reference to it, so that nobody can read or change it on the way.

use axum::{Json, http::StatusCode, response::IntoResponse};
use serde::Serialize;
use time::Duration;

use super::{authenticated_form::AuthenticatedForm, authorize, error::EndpointError};
use crate::{
    clock::time_ordered_id,
    protocol::{
        authorization_request::{Destination, REQUEST_URI, UnsafeRequest},
        error::{AuthorizationError, AuthorizationErrorCode as Code},
        parameters::Parameters,
    },
    secret::{Handle, Secret, SecretKind},
    store::pushed_requests,
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

/// Keeps a request for the browser that comes with its reference.
///
/// # Errors
/// RFC 9126 §2.3
pub async fn push(
    AuthenticatedForm { client, parameters, actor, snapshot }: AuthenticatedForm,
) -> Result<impl IntoResponse, EndpointError<AuthorizationError>> {
    let (app, now) = (&snapshot.app, snapshot.now);
    let destination = check_itself(&parameters).and_then(|()| {
        let unsafe_request = |why: UnsafeRequest| AuthorizationError::new(Code::InvalidRequest, why.to_string());
        Destination::find(&parameters, &client).map_err(unsafe_request)
    });
    let request = match destination.and_then(|found| authorize::read(&snapshot, &parameters, &client, found)) {
        Ok(request) => request,
        Err(error) => {
            authorize::record_refusal(&snapshot, &client, &parameters, &actor, &error).await?;
            return Err(error.into());
        }
    };
    let id = time_ordered_id(now);
    let secret = Secret::generate_with_id(SecretKind::PushedRequest, id);
    pushed_requests::insert(&app.db, &Handle { id, hash: secret.hash() }, &request, now + LIFETIME).await?;
    let request_uri = format!("{REQUEST_URI}{}", secret.expose());
    Ok((StatusCode::CREATED, Json(Pushed { request_uri, expires_in: LIFETIME.whole_seconds() })))
}

/// A request is pushed once, and by whom it is about (RFC 9126 §2.1).
fn check_itself(parameters: &Parameters) -> Result<(), AuthorizationError> {
    if parameters.has("request_uri") {
        return Err(AuthorizationError::new(
            Code::InvalidRequest,
            "request_uri cannot be pushed: push the parameters themselves",
        ));
    }
    Ok(())
}
