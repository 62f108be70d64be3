//! Token introspection ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).

use axum::Json;

use super::{authenticated_form::AuthenticatedForm, error::EndpointError};
use crate::{
    app::{InternalError, Snapshot, Stale},
    policy::{
        entitlement::{Asked, Holder, entitle},
        separation,
    },
    protocol::{
        access_token::{AccessToken, Audience},
        client::{AuthenticatedClient, GrantType},
        confirmation::Confirmation,
        error::{TokenError, TokenErrorCode},
        introspection::{ActiveToken, IntrospectionResponse, may_introspect},
        refresh_token::OFFLINE_ACCESS,
        token_response::TokenType,
    },
    secret::RefreshToken,
    store::refresh_tokens,
    web::live_token::{LiveToken, Presented, ValidToken},
};

/// Says whether a token works, and for what now, to those whom it concerns. To everybody else, no token does.
///
/// # Errors
/// RFC 7662 §2.3
pub async fn introspect(
    AuthenticatedForm { client, parameters, mut snapshot, .. }: AuthenticatedForm,
) -> Result<Json<IntrospectionResponse>, EndpointError<TokenError>> {
    let invalid = |why: String| TokenError::new(TokenErrorCode::InvalidRequest, why);
    if client.is_public() {
        return Err(TokenError::new(TokenErrorCode::InvalidClient, "a public client cannot introspect").into());
    }
    if let Some(name) = parameters.first_repeated(&[]) {
        return Err(invalid(format!("the parameter {name} stands in the request more than once")).into());
    }
    let token = parameters.one("token").map_err(|e| invalid(e.to_string()))?;
    let token = token.ok_or_else(|| invalid("token is missing".into()))?;
    let active = match RefreshToken::parse(token) {
        Some(token) => refresh_token(&mut snapshot, &client, &token).await?,
        None => access_token(&mut snapshot, &client, token).await?,
    };
    Ok(Json(active.map_or(IntrospectionResponse::INACTIVE, |token| IntrospectionResponse::Active(Box::new(token)))))
}

/// What is still held at the API that asks, or, for a client that may see all, anywhere. Nothing: the token does not work
/// there, whatever else it opens.
async fn access_token(
    snapshot: &mut Snapshot,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<Option<ActiveToken>, InternalError> {
    let Ok(token) = ValidToken::read(snapshot, token, Presented::ToAsk).await? else { return Ok(None) };
    let named = client.introspects_api.as_deref();
    let api = named.and_then(|named| snapshot.registry().api_identified(named)).map(|api| &api.identifier);
    if !may_introspect(client, api.map(String::as_str), &token.claims.aud) {
        return Ok(None);
    }
    let at = api.filter(|_| !client.introspects_all).map(std::slice::from_ref).unwrap_or_default();
    let Ok(LiveToken { claims, user, held, .. }) = token.held_now(snapshot, at).await? else { return Ok(None) };
    let aud = held.audience(snapshot.app.issuer());
    let claims = AccessToken { aud, scope: held.scope, roles: held.roles, ..claims };
    let username = user.map(|user| user.username);
    let token_type = Some(TokenType::of(claims.cnf.as_ref()));
    Ok(Some(ActiveToken { active: true, token_type, claims, username }))
}

/// Refresh tokens concern only who may introspect everything: no API ever sees one. One works if a refresh that names
/// nothing would find something to give.
async fn refresh_token(
    snapshot: &mut Snapshot,
    client: &AuthenticatedClient,
    token: &RefreshToken,
) -> Result<Option<ActiveToken>, Stale> {
    if !client.introspects_all {
        return Ok(None);
    }
    let Some((token, user)) = refresh_tokens::find(&snapshot.app.db, token).await? else {
        return Ok(None);
    };
    let owner = snapshot.client(&token.grant.client_id).await?.filter(|owner| owner.enabled);
    let Some(owner) = owner else { return Ok(None) };
    let (app, registry) = (&snapshot.app, snapshot.registry());
    let stays = user.enabled && separation::admits(&owner, &user, registry, app.settings.separation_of_duties);
    if !token.is_live(snapshot.now) || !stays || !owner.may_use(GrantType::RefreshToken) {
        return Ok(None);
    }
    let (level, family, grant) = (token.grant.level(), token.family, token.grant);
    let asked = Asked { scope: &grant.scope, resources: &[], within: &grant.resources };
    let held = entitle(&owner, Holder::Person(&user), asked, registry).ok();
    let held = held.filter(|held| level >= held.required_level && held.scope.contains(OFFLINE_ACCESS));
    let Some(held) = held else { return Ok(None) };
    let claims = AccessToken {
        iss: app.issuer().to_owned(),
        sub: grant.user_id.to_string(),
        aud: Audience::One(app.issuer().to_owned()),
        exp: family.expires_at.unix_timestamp(),
        iat: family.issued_at.unix_timestamp(),
        jti: grant.grant_id,
        client_id: grant.client_id,
        scope: held.scope,
        grant_id: Some(grant.grant_id),
        auth_time: Some(grant.authenticated_at.unix_timestamp()),
        acr: Some(level.as_str().to_owned()),
        amr: grant.amr,
        roles: Vec::new(),
        cnf: family.dpop_jkt.map(Confirmation::Key),
    };
    Ok(Some(ActiveToken { active: true, token_type: None, claims, username: Some(user.username) }))
}
