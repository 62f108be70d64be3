//! What tokens a grant gives, and what they say: the one decision of the token endpoint, which signs it, and of whoever asks
//! why.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    entitlement::{Asked, Entitlement, Holder, Question, entitle},
    separation,
    told_claims::{self, About},
};
use crate::{
    model::{registry::Registry, user::User},
    protocol::{
        access_token::{AccessToken, LONGEST_LIFETIME},
        client::{Client, GrantType},
        confirmation::Proven,
        error::TokenError,
        grant::Grant,
        id_token::IdToken,
        refresh_token::{OFFLINE_ACCESS, narrowed},
        scope::Scope,
    },
};

/// By what is decided.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// APIs and roles.
    pub registry: &'a Registry,
    /// Who issues.
    pub issuer: &'a str,
    /// Who administers gets into no application ([`separation`]).
    pub duties_are_separate: bool,
    /// The time.
    pub now: OffsetDateTime,
}

/// What a user granted: who asks for tokens by it, and what they ask for.
pub struct UserGrant<'a> {
    /// Who asks.
    pub client: &'a Client,
    /// What was granted.
    pub grant: &'a Grant,
    /// By whom, as they are now.
    pub user: &'a User,
    /// The scopes that this request asks for. `None`: all of the grant's.
    pub scope: Option<&'a Scope>,
    /// The API that it asks for (RFC 8707), if it names one.
    pub resource: &'a [String],
    /// Only the answer to the first request repeats it (OpenID Connect Core §12.2).
    pub nonce: Option<String>,
    /// What the request proves to hold: the access token is bound to it.
    pub proven: &'a Proven,
}

/// What the tokens of one answer say.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The access token.
    pub access_token: AccessToken,
    /// The ID token, if the grant is one of OpenID Connect and the client may still have one.
    pub id_token: Option<IdToken>,
    /// What the access token holds.
    pub held: Entitlement,
    /// What is not held of what was asked for, as the audit trail has it ([`Question::left_out`]).
    pub left_out: Option<Value>,
}

/// Why a user's grant gives no tokens any more. Each grant type has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The user may not use this client.
    User(Barred),
    /// The sign-in was too weak for what is asked for.
    Level,
}

/// Why a user may not use a client, whatever they could give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// The account is deleted, and can be restored still.
    Deleted,
    /// The account is switched off.
    Disabled,
    /// The user administers this installation ([`separation`]).
    Administers,
}

/// Whether a user may use a client at all.
///
/// # Errors
/// Why not.
pub fn may_use(client: &Client, user: &User, terms: Terms<'_>) -> Result<(), Barred> {
    if user.deleted_at.is_some() {
        Err(Barred::Deleted)
    } else if !user.enabled {
        Err(Barred::Disabled)
    } else if separation::admits(client, user, terms.registry, terms.duties_are_separate) {
        Ok(())
    } else {
        Err(Barred::Administers)
    }
}

impl UserGrant<'_> {
    /// What the grant gives now. `token_id`: what the access token is to be called.
    ///
    /// # Errors
    /// `invalid_scope`, `invalid_target`: the code or refresh token stays valid.
    pub fn contents(self, terms: Terms<'_>, token_id: Uuid) -> Result<Result<Contents, Lost>, TokenError> {
        let Self { client, grant, user, scope, resource, .. } = &self;
        if let Err(barred) = may_use(client, user, terms) {
            return Ok(Err(Lost::User(barred)));
        }
        let scope = narrowed(&grant.scope, *scope)?;
        let asked = Asked { scope: &scope, resources: resource, within: &grant.resources };
        let (held, left_out) = held(client, Holder::Person(user), asked, terms)?;
        if grant.level() < held.required_level {
            return Ok(Err(Lost::Level));
        }
        let access_token = AccessToken {
            sub: grant.user_id.to_string(),
            grant_id: Some(grant.grant_id),
            auth_time: Some(grant.authenticated_at.unix_timestamp()),
            acr: Some(grant.level().as_str().to_owned()),
            amr: grant.amr.clone(),
            roles: held.roles.clone(),
            cnf: self.proven.confirmation(),
            ..access_token(client, &held, terms, token_id)
        };
        Ok(Ok(Contents { access_token, id_token: self.id_token(&held.scope, terms), held, left_out }))
    }

    fn id_token(self, held: &Scope, terms: Terms<'_>) -> Option<IdToken> {
        let Self { client, grant, user, nonce, .. } = self;
        if !grant.scope.contains("openid") || !client.scopes.contains("openid") {
            return None;
        }
        let about = About { client, user, held, claims: &grant.claims };
        let now = terms.now.unix_timestamp();
        Some(IdToken {
            iss: terms.issuer.to_owned(),
            sub: user.user_id.to_string(),
            aud: client.client_id.clone(),
            exp: now + i64::from(client.access_token_lifetime),
            iat: now,
            auth_time: grant.authenticated_at.unix_timestamp(),
            sid: grant.session_id,
            nonce,
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            person: told_claims::in_id_token(about, terms.registry),
        })
    }
}

/// What a token says that a client gets for itself. `proven`: what its request proves to hold.
///
/// # Errors
/// `invalid_scope`, `invalid_target`.
pub fn for_client(
    client: &Client,
    asked: Asked<'_>,
    proven: &Proven,
    terms: Terms<'_>,
    token_id: Uuid,
) -> Result<Contents, TokenError> {
    let (held, left_out) = held(client, Holder::Client, asked, terms)?;
    let access_token = AccessToken { cnf: proven.confirmation(), ..access_token(client, &held, terms, token_id) };
    Ok(Contents { access_token, id_token: None, held, left_out })
}

/// What one access token may hold of what is asked for, and what it may not.
fn held(
    client: &Client,
    holder: Holder<'_>,
    asked: Asked<'_>,
    terms: Terms<'_>,
) -> Result<(Entitlement, Option<Value>), TokenError> {
    let held = entitle(client, holder, asked, terms.registry)?.for_one_api()?;
    let is_all = held.scope.as_slice().len() == asked.scope.as_slice().len();
    let left_out = if is_all { None } else { Question::new(client, holder, asked, terms.registry).left_out() };
    Ok((held, left_out))
}

/// What every access token says; its subject is the client until somebody else is named.
fn access_token(client: &Client, held: &Entitlement, terms: Terms<'_>, token_id: Uuid) -> AccessToken {
    let now = terms.now.unix_timestamp();
    AccessToken {
        iss: terms.issuer.to_owned(),
        sub: client.client_id.clone(),
        aud: held.audience(terms.issuer),
        exp: now + access_token_lifetime(client, held),
        iat: now,
        jti: token_id,
        client_id: client.client_id.clone(),
        scope: held.scope.clone(),
        grant_id: None,
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        roles: Vec::new(),
        cnf: None,
    }
}

/// Whether a refresh token belongs to the answer: the user allowed it, and the client may use it (RF-15).
#[must_use]
pub fn gives_refresh_token(client: &Client, held: &Entitlement) -> bool {
    held.scope.contains(OFFLINE_ACCESS) && client.may_use(GrantType::RefreshToken)
}

/// In seconds: what the client is set to, or less if the API says so.
#[must_use]
pub fn access_token_lifetime(client: &Client, held: &Entitlement) -> i64 {
    let of_api = held.apis.iter().filter_map(|api| api.access_token_lifetime).min();
    let lifetime = of_api.map_or(client.access_token_lifetime, |own| own.min(client.access_token_lifetime));
    i64::from(lifetime).min(LONGEST_LIFETIME)
}
