//! The token endpoint ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).

mod authorization_code;
mod client_credentials;
mod issue;
mod refresh_token;

use axum::{Json, http::header::PRAGMA, response::IntoResponse};

use super::{authenticated_form::AuthenticatedForm, error::EndpointError};
use crate::{
    policy::counted::Counted,
    protocol::{error::TokenError, token_request::TokenRequest},
};

/// Exchanges a grant for tokens.
///
/// # Errors
/// RFC 6749 §5.2
pub async fn token(
    AuthenticatedForm { client, parameters, actor, snapshot }: AuthenticatedForm,
) -> Result<impl IntoResponse, EndpointError<TokenError>> {
    let request = TokenRequest::parse(&parameters, &client)?;
    let grant_type = request.grant_type();
    let response = match request {
        TokenRequest::AuthorizationCode(request) => {
            authorization_code::exchange(&snapshot, &client, &request, &actor).await?
        }
        TokenRequest::RefreshToken(request) => refresh_token::exchange(&snapshot, &client, &request, &actor).await?,
        TokenRequest::ClientCredentials(request) => {
            client_credentials::exchange(&snapshot, &client, &request, &actor).await?
        }
    };
    snapshot.app.count(Counted::Tokens, grant_type.as_str());
    snapshot.app.count(Counted::Clients, &client.client_id);
    metrics::counter!("portcullis_tokens_issued_total", "grant_type" => grant_type.as_str()).increment(1);
    Ok(([(PRAGMA, "no-cache")], Json(response)))
}
