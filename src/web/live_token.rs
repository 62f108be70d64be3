//! One of our access tokens that works now, and what it is still good for. Introspection, userinfo and the admin API all ask
//! here, and say the same.

use std::sync::Arc;

use super::dpop::{NotProven, Proof};
use crate::{
    app::{InternalError, Snapshot},
    keys::Typ,
    model::user::User,
    policy::{
        entitlement::{Asked, Entitlement, Holder, entitle},
        separation,
    },
    protocol::{
        access_token::AccessToken,
        assurance::Level,
        client::Client,
        confirmation::{Confirmation, Proven, Thumbprint, Unconfirmed},
        introspection::stands_for,
    },
    server::request_id,
    store::users,
};

/// Who presents a token, which decides what must be proven with it.
#[derive(Clone, Copy)]
pub enum Presented<'a> {
    /// Somebody who uses it here, with the proof that the request brings and the certificate that it shows, if any.
    ToUse(Option<&'a Proof>, Option<&'a Thumbprint>),
    /// Somebody who asks what it is: an API, which looks at the proofs that come to it.
    ToAsk,
}

/// Why a token does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// We did not make it, or not as an access token.
    NotOurs,
    /// It is bound to something that was not proven, or to nothing although something was.
    Unconfirmed(Unconfirmed),
    /// The proof that came with it has been used before.
    Replayed,
    /// Its time has passed.
    Expired,
    /// It, its grant or its client came to an end.
    Revoked,
    /// The user came to an end, or may use applications no more.
    PersonGone,
    /// Client, roles and APIs leave nothing of what it held.
    NothingHeld,
    /// The user must be authenticated this well now (RFC 9470).
    TooWeak(Level),
}

/// An access token of ours that has not ended. Holding one is the proof: only [`ValidToken::read`] makes them. What it is
/// still good for is another question ([`ValidToken::held_now`]).
pub struct ValidToken {
    /// What it says.
    pub claims: AccessToken,
    /// Whose it is.
    pub client: Arc<Client>,
}

/// An access token that works now. Holding one is the proof: only [`ValidToken::held_now`] makes them.
pub struct LiveToken {
    /// What it says.
    pub claims: AccessToken,
    /// Whose it is.
    pub client: Arc<Client>,
    /// `None`: it is the client's own.
    pub user: Option<User>,
    /// What is left of what it was given.
    pub held: Entitlement,
}

impl ValidToken {
    /// Checks a token: it is ours, in its time, not revoked, it belongs to whoever presents it, and its client still stands
    /// for it. The proof counts from then on: who holds no token of ours makes us write nothing.
    ///
    /// # Errors
    /// Its client cannot be read, or its proof cannot be noted.
    pub async fn read(
        snapshot: &mut Snapshot,
        token: &str,
        presented: Presented<'_>,
    ) -> Result<Result<Self, Dead>, InternalError> {
        let claims = match unrevoked(snapshot, token) {
            Ok(claims) => claims,
            Err(dead) => return Ok(Err(dead)),
        };
        if let Presented::ToUse(proof, certificate) = presented {
            let key = proof.and_then(|proof| proof.proven.key.clone());
            let proven = Proven { key, certificate: certificate.cloned() };
            if let Err(unconfirmed) = Confirmation::check(claims.cnf.as_ref(), &proven) {
                return Ok(Err(Dead::Unconfirmed(unconfirmed)));
            }
        }
        let client = snapshot.client(&claims.client_id).await?.filter(|client| stands_for(client, &claims));
        let Some(client) = client else { return Ok(Err(Dead::Revoked)) };
        if let Presented::ToUse(Some(proof), _) = presented {
            match proof.count(snapshot).await {
                Ok(()) => {}
                Err(NotProven::Internal(error)) => return Err(error),
                Err(_) => return Ok(Err(Dead::Replayed)),
            }
        }
        Ok(Ok(Self { claims, client }))
    }

    /// Works out what it is still good for: anew, as at a refresh. `at`: the APIs that ask; empty: all that it names.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn held_now(self, snapshot: &Snapshot, at: &[String]) -> sqlx::Result<Result<LiveToken, Dead>> {
        let Self { claims, client } = self;
        let user = match claims.grant_id {
            Some(_) => match person(snapshot, &client, &claims.sub).await? {
                Some(user) => Some(user),
                None => return Ok(Err(Dead::PersonGone)),
            },
            None => None,
        };
        let holder = user.as_ref().map_or(Holder::Client, Holder::Person);
        let asked = Asked { scope: &claims.scope, resources: at, within: claims.aud.as_slice() };
        let Ok(held) = entitle(&client, holder, asked, snapshot.registry()) else { return Ok(Err(Dead::NothingHeld)) };
        let proven = claims.acr.as_deref().and_then(|acr| acr.parse::<Level>().ok()).unwrap_or_default();
        if user.is_some() && proven < held.required_level {
            return Ok(Err(Dead::TooWeak(held.required_level)));
        }
        Ok(Ok(LiveToken { claims, client, user, held }))
    }
}

/// What a token says that is ours, in its time and not revoked.
fn unrevoked(snapshot: &Snapshot, token: &str) -> Result<AccessToken, Dead> {
    let verified = snapshot.keys().verify(token, Typ::AccessToken).ok();
    let claims = verified.and_then(|token| token.read::<AccessToken>().ok());
    let claims = claims.filter(|claims| claims.iss == snapshot.app.issuer()).ok_or(Dead::NotOurs)?;
    request_id::note_client(&claims.client_id); // unless a client has authenticated: then that one asks
    if claims.has_expired(snapshot.now) {
        Err(Dead::Expired)
    } else if snapshot.is_revoked(claims.jti) || claims.grant_id.is_some_and(|grant| snapshot.is_revoked(grant)) {
        Err(Dead::Revoked)
    } else {
        Ok(claims)
    }
}

/// The user whom a token names, if they may still use this client.
async fn person(snapshot: &Snapshot, client: &Client, subject: &str) -> sqlx::Result<Option<User>> {
    let Ok(user_id) = subject.parse() else { return Ok(None) };
    let (app, registry) = (&snapshot.app, snapshot.registry());
    let user = users::find(&app.db, user_id).await?.filter(|user| user.enabled);
    Ok(user.filter(|user| separation::admits(client, user, registry, app.settings.separation_of_duties)))
}
