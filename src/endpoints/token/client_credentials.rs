//! The client credentials grant ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).

use serde_json::{Value, json};

use super::issue;
use crate::{
    app::{Actor, Snapshot},
    endpoints::error::EndpointError,
    policy::{
        entitlement::{Asked, Holder, Question},
        event::Event,
    },
    protocol::{
        client::AuthenticatedClient, confirmation::Proven, error::TokenError, token_request::ClientCredentialsRequest,
        token_response::TokenResponse,
    },
};

/// Gives a client a token for itself. No statement of its own: only its event is written, with those of other requests.
pub(super) async fn exchange(
    snapshot: &Snapshot,
    client: &AuthenticatedClient,
    request: &ClientCredentialsRequest,
    proven: &Proven,
    actor: &Actor,
) -> Result<TokenResponse, EndpointError<TokenError>> {
    let issued = issue::for_client(snapshot, client, asked(client, request), proven)?;
    let app = &snapshot.app;
    let event = app.event(Event::TokenIssued, actor, snapshot.now).of_client(&client.client_id);
    let told = json!({"grant_type": "client_credentials", "jti": issued.jti, "scope": issued.held.scope});
    app.record_issuance(event.change(None, Some(issued.with_left_out(told)))).await?;
    Ok(issued.answer(None))
}

/// What it asks for.
fn asked<'r>(client: &'r AuthenticatedClient, request: &'r ClientCredentialsRequest) -> Asked<'r> {
    let scope = request.scope.as_ref().unwrap_or(&client.scopes);
    Asked { scope, resources: request.resource.as_slice(), within: &[] }
}

/// Why such a request gets nothing, as the audit trail has it.
pub(super) fn left_out(
    snapshot: &Snapshot,
    client: &AuthenticatedClient,
    request: &ClientCredentialsRequest,
) -> Option<Value> {
    Question::new(client, Holder::Client, asked(client, request), snapshot.registry()).left_out()
}
