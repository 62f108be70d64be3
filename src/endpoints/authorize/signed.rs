//! The request as its client signed it ([RFC 9101](https://www.rfc-editor.org/rfc/rfc9101)), whichever way it came.

use crate::{
    app::Snapshot,
    keys::{client_keys, jwt::UnverifiedJwt},
    protocol::{
        client::Client,
        error::{AuthorizationError, AuthorizationErrorCode as Code},
        parameters::Parameters,
        request_object::{self, RequestFault},
    },
};

/// The parameters of a signed request: nothing that stands beside it counts. `None`: those that came count.
///
/// # Errors
/// What the client is told.
pub async fn signed(
    snapshot: &Snapshot,
    client: &Client,
    parameters: &Parameters,
) -> Result<Option<Parameters>, AuthorizationError> {
    let invalid = |why: String| AuthorizationError::new(Code::InvalidRequest, why);
    let object = match parameters.one("request").map_err(|repeated| invalid(repeated.to_string()))? {
        Some(object) => object,
        None if client.require_signed_request_object => {
            return Err(invalid("this client must sign its requests (RFC 9101)".to_owned()));
        }
        None => return Ok(None),
    };
    if client.jwks.is_none() && client.jwks_uri.is_none() {
        return Ok(None); // it cannot sign, so its request is refused as any that has this parameter
    }
    let read = read(snapshot, client, object).await;
    read.map(Some).map_err(|fault| AuthorizationError::new(Code::InvalidRequestObject, fault.to_string()))
}

async fn read(snapshot: &Snapshot, client: &Client, object: &str) -> Result<Parameters, RequestFault> {
    let (app, now) = (&snapshot.app, snapshot.now);
    let token = UnverifiedJwt::parse(object).map_err(|_| RequestFault::Unsigned)?;
    let keys = app.keys_of(&client.metadata, token.kid(), now).await.map_err(|_| RequestFault::NoKeys)?;
    let members = client_keys::verify_request(&token, &keys, now).map_err(|_| RequestFault::Unsigned)?;
    request_object::read(members, &client.client_id, app.issuer(), now)
}
