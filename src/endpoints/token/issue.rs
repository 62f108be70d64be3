//! What every grant has in common: the way from it to the tokens and the answer.

use serde_json::json;
use uuid::Uuid;

use crate::{
    app::{Actor, Snapshot},
    clock::time_ordered_id,
    endpoints::error::EndpointError,
    keys::{SignError, Typ},
    model::{registry::Registry, user::User},
    policy::{
        entitlement::{Asked, Entitlement, Holder, entitle},
        event::Event,
        separation,
        told_claims::{self, About},
    },
    protocol::{
        access_token::{AccessToken, LONGEST_LIFETIME},
        client::Client,
        error::TokenError,
        grant::Grant,
        id_token::IdToken,
        refresh_token::narrowed,
        scope::Scope,
        token_response::{TokenResponse, TokenType},
    },
    secret::RefreshToken,
    store::audit_events::AuditEvent,
};

/// The tokens of one answer, and what it says of them.
pub(super) struct Issued {
    access_token: String,
    /// Seconds.
    expires_in: i64,
    /// The access token's id.
    pub jti: Uuid,
    id_token: Option<String>,
    /// What the access token holds.
    pub held: Entitlement,
}

/// Why a user's grant gives no tokens any more. Each grant type has its own words for it.
#[derive(Clone, Copy)]
pub(super) enum Lost {
    /// The user is disabled, or may not use this client because they administer ([`separation`]).
    User,
    /// The sign-in was too weak for what is asked for.
    Level,
}

/// What a user granted: who asks for tokens by it, and what they ask for.
pub(super) struct UserGrant<'a> {
    pub client: &'a Client,
    pub grant: &'a Grant,
    pub user: &'a User,
    /// The scopes that this request asks for. `None`: all of the grant's.
    pub scope: Option<&'a Scope>,
    /// The API that it asks for (RFC 8707), if it names one.
    pub resource: &'a [String],
    /// Only the answer to the first request repeats it (OpenID Connect Core §12.2).
    pub nonce: Option<String>,
}

impl UserGrant<'_> {
    /// Signs what the grant gives now.
    ///
    /// # Errors
    /// `invalid_scope`, `invalid_target`; or a key is missing. Nothing is written: the code or refresh token stays valid.
    pub(super) fn issue(self, snapshot: &Snapshot) -> Result<Result<Issued, Lost>, EndpointError<TokenError>> {
        let Self { client, grant, user, scope, resource, .. } = &self;
        let (app, registry) = (&snapshot.app, snapshot.registry());
        if !user.enabled || !separation::admits(client, user, registry, app.settings.separation_of_duties) {
            return Ok(Err(Lost::User));
        }
        let scope = narrowed(&grant.scope, *scope)?;
        let asked = Asked { scope: &scope, resources: resource, within: &grant.resources };
        let held = held(client, Holder::Person(user), asked, registry)?;
        if grant.level() < held.required_level {
            return Ok(Err(Lost::Level));
        }
        let mut claims = claims(snapshot, client, &held);
        claims.sub = grant.user_id.to_string();
        claims.grant_id = Some(grant.grant_id);
        claims.auth_time = Some(grant.authenticated_at.unix_timestamp());
        claims.acr = Some(grant.level().as_str().to_owned());
        claims.amr.clone_from(&grant.amr);
        claims.roles.clone_from(&held.roles);
        let mut issued = sign(snapshot, &claims, held)?;
        issued.id_token = self.id_token(snapshot, &issued.held.scope)?;
        app.note_consent_use(grant.user_id, &client.client_id, snapshot.now);
        Ok(Ok(issued))
    }

    /// An ID token, if the grant is one of OpenID Connect and the client may still have one.
    fn id_token(&self, snapshot: &Snapshot, held: &Scope) -> Result<Option<String>, SignError> {
        let Self { client, grant, user, .. } = self;
        if !grant.scope.contains("openid") || !client.scopes.contains("openid") {
            return Ok(None);
        }
        let about = About { client, user, held, claims: &grant.claims };
        let now = snapshot.now;
        let claims = IdToken {
            iss: snapshot.app.issuer().to_owned(),
            sub: user.user_id.to_string(),
            aud: client.client_id.clone(),
            exp: now.unix_timestamp() + i64::from(client.access_token_lifetime),
            iat: now.unix_timestamp(),
            auth_time: grant.authenticated_at.unix_timestamp(),
            sid: grant.session_id,
            nonce: self.nonce.clone(),
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            person: told_claims::in_id_token(about, snapshot.registry()),
        };
        snapshot.keys().sign(client.id_token_signed_response_alg, Typ::IdToken, &claims).map(Some)
    }
}

/// Signs an access token for the client itself.
///
/// # Errors
/// `invalid_scope`, `invalid_target`; or a key is missing.
pub(super) fn for_client(
    snapshot: &Snapshot,
    client: &Client,
    asked: Asked<'_>,
) -> Result<Issued, EndpointError<TokenError>> {
    let held = held(client, Holder::Client, asked, snapshot.registry())?;
    Ok(sign(snapshot, &claims(snapshot, client, &held), held)?)
}

impl Issued {
    /// The event that says that a user's grant gave these tokens.
    pub(super) fn event(&self, event: Event, grant: &Grant, snapshot: &Snapshot, actor: &Actor) -> AuditEvent {
        let event = snapshot.app.event(event, actor, snapshot.now).about_user(grant.user_id);
        let after = json!({"grant_id": grant.grant_id, "jti": self.jti, "scope": self.held.scope});
        event.of_client(&grant.client_id).change(None, Some(after))
    }

    /// The answer (RFC 6749 §5.1).
    pub(super) fn answer(self, refresh_token: Option<&RefreshToken>) -> TokenResponse {
        TokenResponse {
            access_token: self.access_token,
            token_type: TokenType::Bearer,
            expires_in: self.expires_in,
            refresh_token: refresh_token.map(|token| token.expose().to_owned()),
            id_token: self.id_token,
            scope: self.held.scope,
        }
    }
}

/// What one access token may hold of what is asked for.
fn held(client: &Client, holder: Holder<'_>, asked: Asked<'_>, registry: &Registry) -> Result<Entitlement, TokenError> {
    Ok(entitle(client, holder, asked, registry)?.for_one_api()?)
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

fn sign(snapshot: &Snapshot, claims: &AccessToken, held: Entitlement) -> Result<Issued, SignError> {
    let wanted = held.apis.first().map(|api| api.access_token_signing_alg); // a token is for one API, or for userinfo
    let access_token = snapshot.keys().sign(wanted.unwrap_or_default(), Typ::AccessToken, claims)?;
    let expires_in = claims.exp - claims.iat;
    Ok(Issued { access_token, expires_in, jti: claims.jti, id_token: None, held })
}
