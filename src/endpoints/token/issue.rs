//! What every grant has in common: the tokens themselves.

use serde_json::Map;
use uuid::Uuid;

use crate::{
    app::Snapshot,
    clock::time_ordered_id,
    keys::{SignError, Typ},
    model::{registry::Registry, user::User},
    policy::entitlement::{Asked, Entitlement, Holder, entitle},
    protocol::{
        access_token::{AccessToken, LONGEST_LIFETIME},
        client::Client,
        error::TokenError,
        grant::Grant,
        id_token::IdToken,
        scope::Scope,
        signing_algorithm::SigningAlgorithm,
        standard_claims,
    },
};

/// An access token, with what the answer and the record say of it.
pub(super) struct Issued {
    pub token: String,
    /// Seconds.
    pub expires_in: i64,
    pub jti: Uuid,
}

/// What one access token may hold of what is asked for.
///
/// # Errors
/// `invalid_scope`, `invalid_target`
pub(super) fn held(
    client: &Client,
    holder: Holder<'_>,
    asked: Asked<'_>,
    registry: &Registry,
) -> Result<Entitlement, TokenError> {
    Ok(entitle(client, holder, asked, registry)?.for_one_api()?)
}

/// An access token for a person who granted it.
pub(super) fn for_user(
    snapshot: &Snapshot,
    client: &Client,
    grant: &Grant,
    held: &Entitlement,
) -> Result<Issued, SignError> {
    let mut claims = claims(snapshot, client, held);
    claims.sub = grant.user_id.to_string();
    claims.grant_id = Some(grant.grant_id);
    claims.auth_time = Some(grant.authenticated_at.unix_timestamp());
    claims.acr = Some(grant.level().as_str().to_owned());
    claims.amr.clone_from(&grant.amr);
    claims.roles.clone_from(&held.roles);
    snapshot.app.note_consent_use(grant.user_id, &client.client_id, snapshot.now);
    sign(snapshot, &claims)
}

/// An access token for the client itself.
pub(super) fn for_client(snapshot: &Snapshot, client: &Client, held: &Entitlement) -> Result<Issued, SignError> {
    sign(snapshot, &claims(snapshot, client, held))
}

/// An ID token, if the grant is one of OpenID Connect and the client may still have one. `nonce` only answers the first request (OpenID Connect Core §12.2).
pub(super) fn id_token(
    snapshot: &Snapshot,
    client: &Client,
    grant: &Grant,
    user: &User,
    nonce: Option<String>,
) -> Result<Option<String>, SignError> {
    if !grant.scope.contains("openid") || !client.scopes.contains("openid") {
        return Ok(None);
    }
    let asked = grant.claims.clone().within(&client.scopes).id_token;
    let person =
        if asked.is_empty() { Map::new() } else { standard_claims::select(&user.claims(), &Scope::default(), &asked) };
    let now = snapshot.now;
    let claims = IdToken {
        iss: snapshot.app.issuer().to_owned(),
        sub: user.user_id.to_string(),
        aud: client.client_id.clone(),
        exp: now.unix_timestamp() + i64::from(client.access_token_lifetime),
        iat: now.unix_timestamp(),
        auth_time: grant.authenticated_at.unix_timestamp(),
        sid: grant.session_id,
        nonce,
        acr: grant.acr.clone(),
        amr: grant.amr.clone(),
        person,
    };
    snapshot.keys().sign(client.id_token_signed_response_alg, Typ::IdToken, &claims).map(Some)
}

/// What every access token says; its subject is the client until somebody else is named.
fn claims(snapshot: &Snapshot, client: &Client, held: &Entitlement) -> AccessToken {
    let Snapshot { app, now, .. } = snapshot;
    let of_api = held.apis.iter().filter_map(|api| api.access_token_lifetime).min();
    let lifetime = of_api.map_or(client.access_token_lifetime, |own| own.min(client.access_token_lifetime));
    AccessToken {
        iss: app.issuer().to_owned(),
        sub: client.client_id.clone(),
        aud: held.audience(app.issuer()),
        exp: now.unix_timestamp() + i64::from(lifetime).min(LONGEST_LIFETIME),
        iat: now.unix_timestamp(),
        jti: time_ordered_id(*now),
        client_id: client.client_id.clone(),
        scope: held.scope.clone(),
        grant_id: None,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        roles: Vec::new(),
    }
}

fn sign(snapshot: &Snapshot, claims: &AccessToken) -> Result<Issued, SignError> {
    let token = snapshot.keys().sign(SigningAlgorithm::Es256, Typ::AccessToken, claims)?;
    Ok(Issued { token, expires_in: claims.exp - claims.iat, jti: claims.jti })
}
