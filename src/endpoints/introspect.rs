//! Token introspection ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).

use axum::{Json, extract::State};
use time::OffsetDateTime;

use crate::{
    app::App,
    keys::Typ,
    protocol::{
        access_token::{AccessToken, Audience},
        client::AuthenticatedClient,
        error::{TokenError, TokenErrorCode},
        introspection::{ActiveToken, IntrospectionResponse, may_introspect, stands_for},
    },
    secret::RefreshToken,
    store::{refresh_tokens, users},
    web::{authenticated_form::AuthenticatedForm, error::EndpointError},
};

/// Says whether a token works, to those whom it concerns. To everybody else, no token does.
///
/// # Errors
/// RFC 7662 §2.3
pub async fn introspect(
    State(app): State<App>,
    AuthenticatedForm { client, parameters, .. }: AuthenticatedForm,
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
    let now = app.clock.now();

    let active = match RefreshToken::parse(token) {
        Some(token) => refresh_token(&app, &client, &token, now).await?,
        None => access_token(&app, &client, token, now).await?,
    };
    Ok(Json(active.map_or(IntrospectionResponse::INACTIVE, |token| IntrospectionResponse::Active(Box::new(token)))))
}

async fn access_token(
    app: &App,
    client: &AuthenticatedClient,
    token: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<ActiveToken>> {
    let registry = app.registry();
    let api = client.introspects_api.and_then(|id| registry.api(id)).map(|api| api.identifier.as_str());
    let claims = app.keys().verify(token, Typ::AccessToken).ok().and_then(|token| token.read::<AccessToken>().ok());
    let Some(claims) = claims.filter(|claims| works(app, claims, now)) else { return Ok(None) };
    if !may_introspect(client, api, &claims.aud) {
        return Ok(None);
    }
    let username = match claims.grant_id {
        Some(_) => match username(app, &claims.sub).await? {
            Some(username) => Some(username),
            None => return Ok(None),
        },
        None => None,
    };
    Ok(Some(ActiveToken { active: true, token_type: Some("Bearer"), claims, username }))
}

/// Whether the token is ours, in its time, not revoked, and its client still stands for it.
fn works(app: &App, claims: &AccessToken, now: OffsetDateTime) -> bool {
    claims.iss == app.issuer()
        && !claims.has_expired(now)
        && !app.is_revoked(claims.jti)
        && !claims.grant_id.is_some_and(|grant| app.is_revoked(grant))
        && app.registry().client(&claims.client_id).is_some_and(|client| stands_for(&client, claims))
}

/// The name of an enabled person.
async fn username(app: &App, subject: &str) -> sqlx::Result<Option<String>> {
    let Ok(user_id) = subject.parse() else { return Ok(None) };
    Ok(users::find(&app.db, user_id).await?.filter(|user| user.enabled).map(|user| user.username))
}

/// Refresh tokens concern only who may introspect everything: no API ever sees one.
async fn refresh_token(
    app: &App,
    client: &AuthenticatedClient,
    token: &RefreshToken,
    now: OffsetDateTime,
) -> sqlx::Result<Option<ActiveToken>> {
    if !client.introspects_all {
        return Ok(None);
    }
    let Some((token, user)) = refresh_tokens::find(&app.db, token).await? else { return Ok(None) };
    let enabled = user.enabled && app.registry().client(&token.grant.client_id).is_some_and(|client| client.enabled);
    if !token.is_live(now) || !enabled {
        return Ok(None);
    }
    let (level, family, grant) = (token.grant.level(), token.family, token.grant);
    let claims = AccessToken {
        iss: app.issuer().to_owned(),
        sub: grant.user_id.to_string(),
        aud: Audience::One(app.issuer().to_owned()),
        exp: family.expires_at.unix_timestamp(),
        iat: family.issued_at.unix_timestamp(),
        jti: grant.grant_id,
        client_id: grant.client_id,
        scope: grant.scope,
        grant_id: Some(grant.grant_id),
        auth_time: Some(grant.authenticated_at.unix_timestamp()),
        acr: Some(level.as_str().to_owned()),
        amr: grant.amr,
        roles: Vec::new(),
    };
    Ok(Some(ActiveToken { active: true, token_type: None, claims, username: Some(user.username) }))
}
