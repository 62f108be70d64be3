//! Token revocation ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).

use axum::{extract::State, http::StatusCode};

use super::{authenticated_form::AuthenticatedForm, error::EndpointError};
use crate::{
    app::{Actor, App, Snapshot},
    keys::Typ,
    policy::event::Event,
    protocol::{
        access_token::AccessToken,
        client::AuthenticatedClient,
        error::{TokenError, TokenErrorCode},
    },
    secret::RefreshToken,
    store::{
        grants::{self, GrantsOf},
        pool, refresh_tokens, revocations,
    },
};

/// Revokes a token of the calling client: a refresh token with everything it brought, an access token alone. A token
/// that is unknown, or another client's, is none of this client's: there is nothing to revoke (§2.2).
///
/// # Errors
/// RFC 7009 §2.2.1; 503 if it cannot be written, never a false 200.
pub async fn revoke(
    State(app): State<App>,
    AuthenticatedForm { client, parameters, actor, snapshot, .. }: AuthenticatedForm,
) -> Result<StatusCode, EndpointError<TokenError>> {
    let invalid = |why: String| TokenError::new(TokenErrorCode::InvalidRequest, why);
    if let Some(name) = parameters.first_repeated(&[]) {
        return Err(invalid(format!("the parameter {name} stands in the request more than once")).into());
    }
    let token = parameters.one("token").map_err(|e| invalid(e.to_string()))?;
    let token = token.ok_or_else(|| invalid("token is missing".into()))?;
    match RefreshToken::parse(token) {
        Some(token) => refresh_token(&app, &client, &token, &actor).await?,
        None => access_token(&snapshot, &client, token, &actor).await?,
    }
    Ok(StatusCode::OK)
}

async fn refresh_token(
    app: &App,
    client: &AuthenticatedClient,
    token: &RefreshToken,
    actor: &Actor,
) -> sqlx::Result<()> {
    let found = refresh_tokens::find(&app.db, token).await?;
    let Some((token, _)) = found.filter(|(token, _)| token.grant.client_id == client.client_id) else { return Ok(()) };
    let now = app.clock.now();
    let event = app.event(Event::TokenRevoked, actor, now).of_client(&client.client_id);

    let mut tx = pool::begin(&app.db).await?;
    let revoked = grants::revoke(&mut tx, GrantsOf::Grant(token.grant.grant_id), now).await?;
    app.write_event(&mut tx, event.about(format!("grant:{}", token.grant.grant_id))).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(())
}

async fn access_token(
    snapshot: &Snapshot,
    client: &AuthenticatedClient,
    token: &str,
    actor: &Actor,
) -> sqlx::Result<()> {
    let Snapshot { app, now, .. } = snapshot;
    let claims =
        snapshot.keys().verify(token, Typ::AccessToken).ok().and_then(|token| token.read::<AccessToken>().ok());
    let own = claims.filter(|claims| claims.client_id == client.client_id && !claims.has_expired(*now));
    let Some(claims) = own else { return Ok(()) };
    let event = app.event(Event::TokenRevoked, actor, *now).of_client(&client.client_id);

    let mut tx = pool::begin(&app.db).await?;
    revocations::revoke_access_token(&mut *tx, claims.jti).await?;
    app.write_event(&mut tx, event.about(format!("token:{}", claims.jti))).await?;
    tx.commit().await?;
    app.add_revoked(&[claims.jti]);
    Ok(())
}
