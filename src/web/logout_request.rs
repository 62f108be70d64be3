//! A client's request to sign a user out, read as far as it can be believed.

use std::net::IpAddr;

use crate::{
    app::Snapshot,
    keys::{Typ, VerifiedJwt},
    protocol::{
        end_session::{Asked, Hint, LogoutRequest, post_logout_uri},
        parameters::Parameters,
    },
    server::request_id,
    web::error_page::PageError,
};

/// Finds the client that asks: by its ID token, which may have expired but must be ours, or by its id. If both are there
/// they must agree, and a hint that is not ours names nobody (RP-Initiated Logout §2). What is not believed is logged.
///
/// # Errors
/// A parameter is repeated or too long; the client cannot be looked up, or not from this address.
pub async fn read(snapshot: &mut Snapshot, parameters: &Parameters, from: IpAddr) -> Result<LogoutRequest, PageError> {
    let asked = Asked::parse(parameters).map_err(|error| PageError::Developer(error.to_string(), None))?;
    let (client_id, hint) = asking(snapshot, &asked);
    let client = match client_id {
        Some(client_id) => snapshot.client_asked_for(&client_id, from).await?,
        None => None,
    };
    if let Some(client) = &client {
        request_id::note_client(&client.client_id);
    }
    let hint = hint.filter(|_| client.is_some());
    if asked.id_token_hint.is_some() && hint.is_none() {
        refused("id_token_hint is not an ID token that we issued to this client");
    }
    let request = asked.believed(client.as_ref().map(|client| client.client_id.clone()), hint);
    let leads_back = client.as_ref().is_some_and(|client| post_logout_uri(client, &request).is_some());
    if request.post_logout_redirect_uri.is_some() && !leads_back {
        refused("post_logout_redirect_uri is not one that is registered for this client");
    }
    Ok(request)
}

fn asking(snapshot: &Snapshot, asked: &Asked<'_>) -> (Option<String>, Option<Hint>) {
    let Some(hint) = asked.id_token_hint else { return (asked.client_id.map(ToOwned::to_owned), None) };
    let Some(token) = genuine(snapshot, hint) else { return (None, None) };
    let audience = token.claims.aud.first().filter(|audience| asked.client_id.is_none_or(|id| id == *audience));
    match audience {
        Some(client_id) => (Some(client_id.clone()), token.read().ok()),
        None => (None, None),
    }
}

fn genuine(snapshot: &Snapshot, hint: &str) -> Option<VerifiedJwt> {
    snapshot.keys().verify(hint, Typ::IdToken).ok().filter(|token| token.claims.iss == snapshot.app.issuer())
}

fn refused(reason: &'static str) {
    tracing::info!(target: "refusal", client_id = request_id::client(), error = "invalid_request", reason);
}
