//! What every grant has in common: the way from it to the tokens and the answer.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Actor, Snapshot},
    clock::time_ordered_id,
    endpoints::error::EndpointError,
    keys::{SignError, Typ},
    policy::{
        entitlement::{Asked, Entitlement},
        event::Event,
        issuance::{self, Contents, Lost, UserGrant},
    },
    protocol::{
        client::Client,
        confirmation::Proven,
        error::TokenError,
        grant::Grant,
        token_response::{TokenResponse, TokenType},
    },
    secret::RefreshToken,
    store::audit_events::AuditEvent,
};

/// The tokens of one answer, and what it says of them.
pub(super) struct Issued {
    access_token: String,
    token_type: TokenType,
    /// Seconds.
    expires_in: i64,
    /// The access token's id.
    pub jti: Uuid,
    id_token: Option<String>,
    /// What the access token holds.
    pub held: Entitlement,
    left_out: Option<Value>,
}

/// Signs what a user's grant gives now.
///
/// # Errors
/// `invalid_scope`, `invalid_target`; or a key is missing. Nothing is written: the code or refresh token stays valid.
pub(super) fn for_user(
    snapshot: &Snapshot,
    granted: UserGrant<'_>,
) -> Result<Result<Issued, Lost>, EndpointError<TokenError>> {
    let (client, user_id) = (granted.client, granted.grant.user_id);
    let contents = match granted.contents(snapshot.terms(), time_ordered_id(snapshot.now))? {
        Ok(contents) => contents,
        Err(lost) => return Ok(Err(lost)),
    };
    let issued = sign(snapshot, client, contents)?;
    snapshot.app.note_consent_use(user_id, &client.client_id, snapshot.now);
    Ok(Ok(issued))
}

/// Signs an access token for the client itself.
///
/// # Errors
/// `invalid_scope`, `invalid_target`; or a key is missing.
pub(super) fn for_client(
    snapshot: &Snapshot,
    client: &Client,
    asked: Asked<'_>,
    proven: &Proven,
) -> Result<Issued, EndpointError<TokenError>> {
    let contents = issuance::for_client(client, asked, proven, snapshot.terms(), time_ordered_id(snapshot.now))?;
    Ok(sign(snapshot, client, contents)?)
}

impl Issued {
    /// The event that says that a user's grant gave these tokens.
    pub(super) fn event(&self, event: Event, grant: &Grant, snapshot: &Snapshot, actor: &Actor) -> AuditEvent {
        let event = snapshot.app.event(event, actor, snapshot.now).about_user(grant.user_id);
        let told = json!({"grant_id": grant.grant_id, "jti": self.jti, "scope": self.held.scope});
        event.of_client(&grant.client_id).change(None, Some(self.with_left_out(told)))
    }

    /// What the record tells of these tokens, and of the scopes that were asked for and are not in them.
    pub(super) fn with_left_out(&self, mut told: Value) -> Value {
        if let Some(left_out) = &self.left_out {
            told["left_out"] = left_out.clone();
        }
        told
    }

    /// The answer (RFC 6749 §5.1).
    pub(super) fn answer(self, refresh_token: Option<&RefreshToken>) -> TokenResponse {
        TokenResponse {
            access_token: self.access_token,
            token_type: self.token_type,
            expires_in: self.expires_in,
            refresh_token: refresh_token.map(|token| token.expose().to_owned()),
            id_token: self.id_token,
            scope: self.held.scope,
        }
    }
}

fn sign(snapshot: &Snapshot, client: &Client, contents: Contents) -> Result<Issued, SignError> {
    let Contents { access_token: claims, id_token, held, left_out } = contents;
    let wanted = held.apis.first().map(|api| api.access_token_signing_alg); // a token is for one API, or for userinfo
    let access_token = snapshot.keys().sign(wanted.unwrap_or_default(), Typ::AccessToken, &claims)?;
    let id_token =
        id_token.map(|id_token| snapshot.keys().sign(client.id_token_signed_response_alg, Typ::IdToken, &id_token));
    let (token_type, expires_in) = (TokenType::of(claims.cnf.as_ref()), claims.exp - claims.iat);
    Ok(Issued {
        access_token,
        token_type,
        expires_in,
        jti: claims.jti,
        id_token: id_token.transpose()?,
        held,
        left_out,
    })
}
