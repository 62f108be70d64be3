//! Refreshing ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).

use time::OffsetDateTime;
use uuid::Uuid;

use super::issue;
use crate::{
    app::{Actor, App, Snapshot},
    endpoints::error::EndpointError,
    policy::{
        event::Event,
        issuance::{Lost, UserGrant},
    },
    protocol::{
        client::AuthenticatedClient,
        confirmation::Proven,
        error::TokenError,
        refresh_token::{RefreshRefusal, Rotation},
        token_request::RefreshTokenRequest,
        token_response::TokenResponse,
    },
    store::{
        grants::{self, GrantsOf},
        pool, refresh_tokens,
    },
};

/// Gives new tokens for a refresh token: read, decide, sign, and then carry out what was decided about it.
pub(super) async fn exchange(
    snapshot: &Snapshot,
    client: &AuthenticatedClient,
    request: &RefreshTokenRequest,
    proven: &Proven,
    actor: &Actor,
) -> Result<TokenResponse, EndpointError<TokenError>> {
    let Snapshot { app, now, .. } = snapshot;
    let now = *now;
    let Some(presented) = &request.refresh_token else { return Err(TokenError::from(RefreshRefusal::Unknown).into()) };
    let Some((token, user)) = refresh_tokens::find(&app.db, presented).await? else {
        return Err(TokenError::from(RefreshRefusal::Unknown).into());
    };
    let grant = &token.grant;
    let rotation = match token.refresh(client, proven, app.settings.refresh_grace, now) {
        Ok(rotation) => rotation,
        Err(refusal) => return refuse(app, client, grant.grant_id, refusal, actor, now).await,
    };
    let (scope, resource) = (request.scope.as_ref(), request.resource.as_slice());
    let granted = UserGrant { client, grant, user: &user, scope, resource, nonce: None, proven };
    let issued = match issue::for_user(snapshot, granted)? {
        Ok(issued) => issued,
        Err(Lost::User(_)) => return refuse(app, client, grant.grant_id, RefreshRefusal::Expired, actor, now).await,
        Err(Lost::Level) => return refuse(app, client, grant.grant_id, RefreshRefusal::TooWeak, actor, now).await,
    };
    let successor = presented.successor();

    let event = issued.event(Event::TokenRefreshed, grant, snapshot, actor);
    if rotation == (Rotation::Keep { extend: false }) {
        app.record_issuance(event).await?;
    } else {
        let family = token.after(rotation, presented, &successor, (client, proven), now);
        if !refresh_tokens::replace(&app.db, grant.grant_id, &token.family, &family, &event).await? {
            return refuse(app, client, grant.grant_id, RefreshRefusal::Raced, actor, now).await;
        }
        event.log();
    }
    // A token that is kept is repeated: some clients store the whole answer in place of the one before.
    let keeps = matches!(rotation, Rotation::Keep { .. });
    Ok(issued.answer(Some(if keeps { presented } else { &successor })))
}

/// A used token that comes back ends the whole family: one of its two users is a thief (RFC 9700 §4.14.2). No other
/// refusal ends anything: a sign-in that is too weak for one API may do for narrower scopes.
async fn refuse(
    app: &App,
    client: &AuthenticatedClient,
    grant_id: Uuid,
    refusal: RefreshRefusal,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<TokenResponse, EndpointError<TokenError>> {
    let reused = refusal == RefreshRefusal::Reused;
    let event = app.event(if reused { Event::RefreshTokenReused } else { Event::RefreshTokenRefused }, actor, now);
    let event = event.of_client(&client.client_id).about(format!("grant:{grant_id}")).because(refusal.to_string());
    let mut tx = pool::begin(&app.db).await?;
    let revoked = if reused { grants::revoke(&mut tx, GrantsOf::Grant(grant_id), now).await? } else { Vec::new() };
    if revoked.is_empty() {
        drop(tx); // nothing ends by it: who sends it again and again is counted
        app.record(event).await?;
    } else {
        app.write_event(&mut tx, event).await?;
        tx.commit().await?;
        app.add_revoked(&revoked);
    }
    Err(TokenError::from(refusal).into())
}
