//! The token endpoint ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).

mod authorization_code;
mod client_credentials;
mod issue;
mod refresh_token;

use axum::{
    Json,
    http::{HeaderMap, header::PRAGMA},
    response::{AppendHeaders, IntoResponse},
};

use serde_json::json;

use super::{authenticated_form::AuthenticatedForm, error::EndpointError};
use crate::{
    app::{Actor, Snapshot},
    policy::{counted::Counted, event::Event},
    protocol::{
        client::AuthenticatedClient,
        confirmation::Proven,
        dpop::{ProvenRequest, proof_demanded},
        endpoint,
        error::{TokenError, TokenErrorCode},
        token_request::TokenRequest,
    },
    web::dpop::{self, Proof},
};

/// Exchanges a grant for tokens.
///
/// # Errors
/// RFC 6749 §5.2, RFC 9449 §5
pub async fn token(
    headers: HeaderMap,
    AuthenticatedForm { client, parameters, actor, certificate, snapshot }: AuthenticatedForm,
) -> Result<impl IntoResponse, EndpointError<TokenError>> {
    let request = match TokenRequest::parse(&parameters, &client) {
        Ok(request) => request,
        Err(error) => return Err(refuse(&snapshot, &client, None, error, &actor).await),
    };
    let proof = match proof(&snapshot, &client, &headers).await {
        Ok(proof) => proof,
        Err(EndpointError::Protocol(error)) => {
            return Err(refuse(&snapshot, &client, Some(&request), error, &actor).await);
        }
        Err(other) => return Err(other),
    };
    let certificate = certificate.filter(|_| client.tls_client_certificate_bound_access_tokens);
    if client.tls_client_certificate_bound_access_tokens && certificate.is_none() {
        let why = "this client is registered for tokens that are bound to its certificate: show that (RFC 8705)";
        let error = TokenError::new(TokenErrorCode::InvalidRequest, why);
        return Err(refuse(&snapshot, &client, Some(&request), error, &actor).await);
    }
    let key = proof.as_ref().and_then(|proof| proof.proven.key.clone());
    let proven = &Proven { key, certificate };
    let grant_type = request.grant_type();
    let answered = match &request {
        TokenRequest::AuthorizationCode(request) => {
            authorization_code::exchange(&snapshot, &client, request, proven, &actor).await
        }
        TokenRequest::RefreshToken(request) => {
            refresh_token::exchange(&snapshot, &client, request, proven, &actor).await
        }
        TokenRequest::ClientCredentials(request) => {
            client_credentials::exchange(&snapshot, &client, request, proven, &actor).await
        }
    };
    let response = match answered {
        Ok(response) => response,
        // What a code or a refresh token is refused for has an event of its own.
        Err(EndpointError::Protocol(error)) if error.error != TokenErrorCode::InvalidDpopProof => {
            return Err(refuse(&snapshot, &client, Some(&request), error, &actor).await);
        }
        Err(other) => return Err(other),
    };
    snapshot.app.count(Counted::Tokens, grant_type.as_str());
    snapshot.app.count(Counted::Clients, &client.client_id);
    metrics::counter!("portcullis_tokens_issued_total", "grant_type" => grant_type.as_str()).increment(1);
    let nonce = proof.and_then(|proof| proof.next_nonce).map(|nonce| (dpop::NONCE, nonce));
    Ok(([(PRAGMA, "no-cache")], AppendHeaders(nonce), Json(response)))
}

/// The proof of a key that the request brings, which counts once. A client may be registered to need one.
async fn proof(
    snapshot: &Snapshot,
    client: &AuthenticatedClient,
    headers: &HeaderMap,
) -> Result<Option<Proof>, EndpointError<TokenError>> {
    let url = snapshot.app.settings.issuer.url(endpoint::TOKEN);
    let request = ProvenRequest { method: "POST", url: &url, access_token: None };
    match Proof::read(snapshot, headers, request)? {
        Some(proof) => {
            proof.count(snapshot).await?;
            Ok(Some(proof))
        }
        None if client.dpop_bound_access_tokens => Err(proof_demanded().into()),
        None => Ok(None),
    }
}

/// Records why a request was refused. What a code or a refresh token is refused for has an event of its own.
async fn refuse(
    snapshot: &Snapshot,
    client: &AuthenticatedClient,
    request: Option<&TokenRequest>,
    error: TokenError,
    actor: &Actor,
) -> EndpointError<TokenError> {
    if error.error == TokenErrorCode::InvalidGrant {
        return error.into();
    }
    let left_out = match request {
        Some(TokenRequest::ClientCredentials(request)) => client_credentials::left_out(snapshot, client, request),
        _ => None,
    };
    let event = snapshot.app.event(Event::TokenRefused, actor, snapshot.now).of_client(&client.client_id);
    let told = left_out.map(|left_out| json!({ "left_out": left_out }));
    match snapshot.app.record(event.because(error.to_string()).change(None, told)).await {
        Ok(()) => error.into(),
        Err(unavailable) => unavailable.into(),
    }
}
