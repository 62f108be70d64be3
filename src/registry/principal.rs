//! Who makes a change, and what their right to make it depends on.
//!
//! A request is looked at when its head arrives, so that a stranger makes us read nothing more. What was true then may be
//! untrue when the change is made: the body came seconds later, or another request was faster. So every change begins by
//! looking again, at rows that are held until it is committed (`Principal::hold`, decision D10).

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::ChangeError;
use crate::{
    app::{Actor, App},
    model::registry::Registry,
    policy::{
        assurance::{self, RECENT},
        change::Right,
    },
    protocol::{assurance::Level, interaction::SignedIn},
    secret::SecretHash,
    store::{principals, roles, sessions::SessionKind, users},
};

/// Who makes a change.
#[derive(Clone)]
pub struct Principal {
    actor: Actor,
    /// `None`: whoever runs this program. They have the database and the master key.
    session: Option<Standing>,
}

/// Somebody who has proven no longer than [`RECENT`] ago who they are. Holding one is the proof: a function that asks for
/// one cannot be reached by a page that forgot to ask the user.
#[derive(Clone)]
pub struct RecentPrincipal(Principal);

/// The session that a change rests on.
#[derive(Clone)]
struct Standing {
    kind: SessionKind,
    session: SignedIn,
    /// What the browser presented. Each proof gives the session another secret: who knew the old one has no part in it.
    secret: SecretHash,
    /// What the account demands may be missing, because it is about to be added.
    enrols: bool,
}

impl Principal {
    /// Whoever runs this program: an operator at the command line, or the program of its own accord.
    #[must_use]
    pub fn operator(actor: Actor) -> RecentPrincipal {
        RecentPrincipal(Self { actor, session: None })
    }

    /// The user of a session that was found by this secret.
    #[must_use]
    pub fn signed_in(kind: SessionKind, session: &SignedIn, secret: SecretHash, caller: &Actor) -> Self {
        let standing = Standing { kind, session: session.clone(), secret, enrols: false };
        Self { actor: caller.user(session.user_id), session: Some(standing) }
    }

    /// The same, if they have proven lately who they are.
    #[must_use]
    pub fn recent(&self, now: OffsetDateTime) -> Option<RecentPrincipal> {
        let is_recent = self.session.as_ref().is_none_or(|standing| now - standing.last_asked() <= RECENT);
        is_recent.then(|| RecentPrincipal(self.clone()))
    }

    /// Whether they may make a change that asks for this right. What it rests on is looked at again, and held, when the change
    /// begins.
    #[must_use]
    pub fn may(&self, right: Right, now: OffsetDateTime) -> bool {
        let Some(standing) = &self.session else { return true };
        let administers = standing.kind == SessionKind::Administrator;
        let owns = |user_id| standing.kind == SessionKind::User && standing.session.user_id == user_id;
        let is_recent = now - standing.last_asked() <= RECENT;
        match right {
            Right::Administrator => administers,
            Right::RecentAdministrator => administers && is_recent,
            Right::Program => false,
            Right::User(user_id) => owns(user_id),
            Right::RecentUserOrAdministrator(user_id) => (administers || owns(user_id)) && is_recent,
        }
    }

    /// Who it is, for the audit trail.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The session in which the change is made.
    #[must_use]
    pub fn session_id(&self) -> Option<Uuid> {
        self.session.as_ref().map(|standing| standing.session.session_id)
    }

    /// Locks these accounts and the principal's own session and account until the transaction ends, and checks them again: the
    /// session is alive and still has the secret that the browser presented, its user is enabled, the level is reached, and
    /// at the console the user is still an administrator. Until the transaction ends, nobody can change any of that.
    ///
    /// # Errors
    /// [`ChangeError::NoLongerAllowed`]
    pub(crate) async fn hold(&self, app: &App, tx: &mut PgConnection, accounts: &[Uuid]) -> Result<(), ChangeError> {
        let own = self.session.as_ref().map(|standing| standing.session.user_id);
        let held = accounts.iter().copied().chain(own).collect::<Vec<_>>();
        principals::hold_accounts(&mut *tx, &held).await?;
        match &self.session {
            Some(standing) if !standing.still_holds(app, tx).await? => Err(ChangeError::NoLongerAllowed),
            _ => Ok(()),
        }
    }
}

impl RecentPrincipal {
    /// The same user, who has yet to add the factor that their account demands.
    #[must_use]
    pub fn enrolling(mut self) -> Self {
        if let Some(standing) = &mut self.0.session {
            standing.enrols = true;
        }
        self
    }
}

impl std::ops::Deref for RecentPrincipal {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl Standing {
    /// When the user last proved enough to change what matters. In their own account that is a whole sign-in, which asks
    /// for all factors (OWASP ASVS 7.5.1); at the console one factor beside a session that had them all.
    fn last_asked(&self) -> OffsetDateTime {
        match self.kind {
            SessionKind::User => self.session.authenticated_at,
            SessionKind::Administrator => self.session.proven_at,
        }
    }

    async fn still_holds(&self, app: &App, tx: &mut PgConnection) -> sqlx::Result<bool> {
        let (id, now) = (self.session.session_id, app.clock.now());
        let Some(session) = principals::hold_session(&mut *tx, id, &self.secret, self.kind, now).await? else {
            return Ok(false);
        };
        let user = users::find(&mut *tx, session.user_id).await?.filter(|user| user.enabled);
        let Some(user) = user else { return Ok(false) };
        let registry = Registry::new(Vec::new(), roles::named(tx, &user.roles).await?);
        let (is_in_place, least) = match self.kind {
            SessionKind::User => (true, Level::Aal1),
            SessionKind::Administrator => (user.is_administrator(&registry), Level::Aal2),
        };
        let demanded = if self.enrols { Level::Aal1 } else { assurance::of_account(&user, &registry).max(least) };
        Ok(is_in_place && session.proof.level >= demanded)
    }
}
