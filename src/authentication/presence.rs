//! Who is here, and what is missing: the user of a browser's session, their factors, and what they still have to prove.
//! Pages, account and console ask for it once in a request.

use axum::http::HeaderMap;
use uuid::Uuid;

use super::cookies;
use crate::{
    app::{Actor, App, Snapshot},
    model::{registry::Registry, user::User},
    policy::{
        assurance::{self, Factors},
        separation,
    },
    protocol::{
        assurance::{Level, Missing},
        authorization_request::AuthorizationRequest,
        client::Client,
        interaction::SignedIn,
    },
    registry::Principal,
    secret::{Secret, SecretHash},
    store::sessions::{self, SessionKind},
};

/// A user in a session that holds.
pub struct Presence {
    /// The session.
    pub session: SignedIn,
    /// Whose it is.
    pub user: User,
    /// What they can prove more with.
    pub factors: Factors,
    /// What the session is for.
    pub kind: SessionKind,
    /// What the browser presented.
    secret: SecretHash,
}

impl Presence {
    /// The user whose session the browser's cookie names. `None`: nobody is signed in, or nobody enabled.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn find(app: &App, kind: SessionKind, headers: &HeaderMap) -> sqlx::Result<Option<Self>> {
        let cookie = cookies::of_session(kind);
        let Some(secret) = cookies::secret_cookie(headers, cookie.name) else { return Ok(None) };
        let secret = Secret::presented(&secret).hash();
        let found = sessions::find(&app.db, &secret, kind, app.clock.now()).await?;
        Ok(found.map(|(session, user, factors)| Self { session, user, factors, kind, secret }))
    }

    /// The user whose session the browser's cookie named, even if it has ended since. That opens nothing: it says only for
    /// whom something is kept.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn past_user(app: &App, kind: SessionKind, headers: &HeaderMap) -> sqlx::Result<Option<Uuid>> {
        let Some(secret) = cookies::secret_cookie(headers, cookies::of_session(kind).name) else { return Ok(None) };
        sessions::user_of(&app.db, &Secret::presented(&secret).hash(), kind).await
    }

    /// Who is signed in at applications, and what they still have to prove for this client's request. `None`: nobody, or
    /// somebody who may not use this one, because they administer ([`separation`]).
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn at_application(
        snapshot: &Snapshot,
        headers: &HeaderMap,
        request: &AuthorizationRequest,
        client: &Client,
    ) -> sqlx::Result<Option<(Self, Missing)>> {
        let (registry, settings) = (snapshot.registry(), &snapshot.app.settings);
        let present = Self::find(&snapshot.app, SessionKind::User, headers).await?;
        let is_separate = settings.separation_of_duties;
        let present = present.filter(|it| separation::admits(client, &it.user, registry, is_separate));
        let demanded = assurance::of_request(request, client, registry);
        Ok(present.map(|present| {
            let missing = present.missing(registry, demanded);
            (present, missing)
        }))
    }

    /// The level that their account asks for.
    #[must_use]
    pub fn required(&self, registry: &Registry) -> Level {
        assurance::of_user(&self.user, self.factors, registry)
    }

    /// What they still have to prove where at least `demanded` is asked for.
    #[must_use]
    pub fn missing(&self, registry: &Registry, demanded: Level) -> Missing {
        assurance::missing(self.required(registry).max(demanded), self.session.proof.level, self.factors)
    }

    /// The same user, as one who makes changes.
    #[must_use]
    pub fn principal(&self, caller: &Actor) -> Principal {
        Principal::signed_in(self.kind, &self.session, self.secret, caller)
    }
}
