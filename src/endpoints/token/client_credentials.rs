//! The client credentials grant ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).

use serde_json::json;

use super::issue;
use crate::{
    app::{Actor, App},
    policy::{scopes, target},
    protocol::{
        client::AuthenticatedClient,
        error::{TokenError, TokenErrorCode},
        token_request::ClientCredentialsRequest,
        token_response::{TokenResponse, TokenType},
    },
    web::error::EndpointError,
};

/// Gives a client a token for itself. No statement of its own: only its event is written, with those of other requests.
pub(super) async fn exchange(
    app: &App,
    client: &AuthenticatedClient,
    request: &ClientCredentialsRequest,
    actor: &Actor,
) -> Result<TokenResponse, EndpointError<TokenError>> {
    let registry = app.registry();
    let requested = request.scope.as_ref().unwrap_or(&client.scopes);
    let allowed = scopes::for_itself(requested, client, &registry);
    let target = target::choose(&allowed, request.resource.as_deref(), &[], &registry)
        .map_err(|why| TokenError::new(TokenErrorCode::InvalidTarget, why.to_string()))?;
    if target.scope.is_empty() {
        return Err(match (&request.resource, allowed.is_empty()) {
            (Some(_), false) => {
                TokenError::new(TokenErrorCode::InvalidTarget, "this client has no scope at this resource")
            }
            _ => TokenError::new(
                TokenErrorCode::InvalidScope,
                "none of the requested scopes is registered for this client",
            ),
        }
        .into());
    }
    let now = app.clock.now();
    let issued = issue::for_client(app, client, &target, now)?;
    let event = app.event("token.issued", actor, now).of_client(&client.client_id);
    let after = json!({"grant_type": "client_credentials", "jti": issued.jti, "scope": target.scope});
    app.record_issuance(event.change(None, Some(after))).await?;

    Ok(TokenResponse {
        access_token: issued.token,
        token_type: TokenType::Bearer,
        expires_in: issued.expires_in,
        refresh_token: None,
        id_token: None,
        scope: target.scope,
    })
}
