//! The authorization code grant ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3)).

use time::OffsetDateTime;
use uuid::Uuid;

use super::issue;
use crate::{
    app::{Actor, App, Snapshot},
    endpoints::error::EndpointError,
    policy::{
        event::Event,
        issuance::{Lost, UserGrant, gives_refresh_token},
    },
    protocol::{
        authorization_code::CodeRefusal, client::AuthenticatedClient, confirmation::Proven, error::TokenError,
        refresh_token::Family, token_request::AuthorizationCodeRequest, token_response::TokenResponse,
    },
    secret::RefreshToken,
    store::{
        authorization_codes,
        grants::{self, GrantsOf},
        pool,
    },
};

/// Redeems a code: read, decide, sign, and then take the code and write what it issued in one statement.
pub(super) async fn exchange(
    snapshot: &Snapshot,
    client: &AuthenticatedClient,
    request: &AuthorizationCodeRequest,
    proven: &Proven,
    actor: &Actor,
) -> Result<TokenResponse, EndpointError<TokenError>> {
    let Snapshot { app, now, .. } = snapshot;
    let now = *now;
    let Some(handle) = request.code else { return Err(TokenError::from(CodeRefusal::Unknown).into()) };
    let found = authorization_codes::find(&app.db, &handle).await?.filter(|(code, _)| code.is(&handle.hash));
    let Some((issued, user)) = found else { return Err(TokenError::from(CodeRefusal::Unknown).into()) };

    let grant_id = issued.grant_id();
    let grant = match issued.redeem(request, client, proven, now) {
        Ok(grant) => grant,
        Err(refusal) => return refuse(app, client, grant_id, refusal, actor, now).await,
    };
    let (resource, nonce) = (request.resource.as_slice(), grant.nonce.clone());
    let granted = UserGrant { client, grant: &grant, user: &user, scope: None, resource, nonce, proven };
    let issued = match issue::for_user(snapshot, granted)? {
        Ok(issued) => issued,
        Err(Lost::User(_)) => return refuse(app, client, grant_id, CodeRefusal::Revoked, actor, now).await,
        Err(Lost::Level) => return refuse(app, client, grant_id, CodeRefusal::TooWeak, actor, now).await,
    };
    let refresh_token = gives_refresh_token(client, &issued.held).then(|| RefreshToken::generate(grant_id));
    let family = refresh_token.as_ref();
    let family = family.map(|token| Family::begin(token, client, proven, &grant, now));

    let event = issued.event(Event::CodeRedeemed, &grant, snapshot, actor);
    if !authorization_codes::redeem(&app.db, grant_id, family.as_ref(), &event, now).await? {
        return refuse(app, client, grant_id, CodeRefusal::Replayed, actor, now).await;
    }
    event.log();
    Ok(issued.answer(refresh_token.as_ref()))
}

/// Such a refusal leaves no code that works: a wrong verifier burns it (decision D4), and one that comes back revokes what
/// its first use issued, because one of its two users is a thief (RFC 6749 §4.1.2). A request for a resource that
/// cannot be given (`invalid_target`) leaves the code: the client may try again.
async fn refuse(
    app: &App,
    client: &AuthenticatedClient,
    grant_id: Uuid,
    refusal: CodeRefusal,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<TokenResponse, EndpointError<TokenError>> {
    let replayed = refusal == CodeRefusal::Replayed;
    let event = app.event(if replayed { Event::CodeReplayed } else { Event::CodeRefused }, actor, now);
    let event = event.of_client(&client.client_id).about(format!("grant:{grant_id}")).because(refusal.to_string());
    let mut tx = pool::begin(&app.db).await?;
    let burnt = authorization_codes::take(&mut *tx, grant_id, now).await?;
    let revoked = if replayed { grants::revoke(&mut tx, GrantsOf::Grant(grant_id), now).await? } else { Vec::new() };
    if burnt || !revoked.is_empty() {
        app.write_event(&mut tx, event).await?;
        tx.commit().await?;
        app.add_revoked(&revoked);
    } else {
        drop(tx); // it ended before: who sends it again and again is counted
        app.record(event).await?;
    }
    Err(TokenError::from(refusal).into())
}
