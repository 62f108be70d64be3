//! Who makes a change, and what their right to make it depends on.
//!
//! A request is looked at when its head arrives, so that a stranger makes us read nothing more. What was true then may be
//! untrue when the change is made: the body came seconds later, or another request was faster. So every change begins by
//! looking again, at rows that are held until it is committed (`Principal::hold`, decision D10).

mod bearer;

use bearer::Bearer;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::ChangeError;
use crate::{
    app::{Actor, App},
    model::registry::Registry,
    policy::{
        assurance::{self, RECENT},
        change::{Author, Right, powers_given},
        permission::{self, Powers},
    },
    protocol::{access_token::AccessToken, assurance::Level, interaction::SignedIn},
    secret::SecretHash,
    store::{clients, principals, roles, sessions::SessionKind, users},
};

/// Who makes a change.
#[derive(Clone)]
pub struct Principal {
    actor: Actor,
    basis: Basis,
}

/// What somebody's right to make a change rests on.
#[derive(Clone)]
enum Basis {
    /// They run this program: they have the database and the master key.
    Operator,
    /// A session.
    Session(Standing),
    /// An access token for our own API.
    Token(Box<Bearer>),
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
        RecentPrincipal(Self { actor, basis: Basis::Operator })
    }

    /// The user of a session that was found by this secret.
    #[must_use]
    pub fn signed_in(kind: SessionKind, session: &SignedIn, secret: SecretHash, caller: &Actor) -> Self {
        let standing = Standing { kind, session: session.clone(), secret, enrols: false };
        Self { actor: caller.user(session.user_id), basis: Basis::Session(standing) }
    }

    /// The client that an access token of ours names, which it got for itself. The token works, for our own API.
    #[must_use]
    pub fn client(token: AccessToken, caller: &Actor) -> Self {
        let actor = caller.named(format!("client:{}", token.client_id));
        Self { actor, basis: Basis::Token(Box::new(Bearer { token, user_id: None })) }
    }

    /// The user who signed in for an access token of ours. The token works, for our own API.
    #[must_use]
    pub fn person(token: AccessToken, user_id: Uuid, caller: &Actor) -> Self {
        let basis = Basis::Token(Box::new(Bearer { token, user_id: Some(user_id) }));
        Self { actor: caller.user(user_id), basis }
    }

    /// The same, if they have proven lately who they are, or are a client that is let do without.
    #[must_use]
    pub fn recent(&self, now: OffsetDateTime) -> Option<RecentPrincipal> {
        self.is_recent(now).then(|| RecentPrincipal(self.clone()))
    }

    fn is_recent(&self, now: OffsetDateTime) -> bool {
        match &self.basis {
            Basis::Operator => true,
            Basis::Session(standing) => now - standing.last_asked() <= RECENT,
            Basis::Token(bearer) => bearer.is_recent(now),
        }
    }

    /// Whether they are in the place from which this right is used, and proved lately who they are, if it asks for that. What
    /// they are permitted is looked at when the change begins, by what they hold then (`hold`).
    #[must_use]
    pub fn may(&self, right: Right, now: OffsetDateTime) -> bool {
        let is_in_place = match &self.basis {
            Basis::Operator => return true,
            Basis::Token(_) => right.needs.is_some(),
            Basis::Session(standing) => match standing.kind {
                SessionKind::Administrator => right.needs.is_some(),
                SessionKind::User => right.own == Some(standing.session.user_id),
            },
        };
        is_in_place && (!right.recent || self.is_recent(now))
    }

    /// Whether this account is their own.
    #[must_use]
    pub fn is_user(&self, user_id: Uuid) -> bool {
        match &self.basis {
            Basis::Operator => true,
            Basis::Session(standing) => standing.session.user_id == user_id,
            Basis::Token(_) => false,
        }
    }

    const fn session(&self) -> Option<&Standing> {
        if let Basis::Session(standing) = &self.basis { Some(standing) } else { None }
    }

    /// The client whose token it is, whether it acts by itself or for its user.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        if let Basis::Token(bearer) = &self.basis { Some(&bearer.token.client_id) } else { None }
    }

    /// The account of whoever signed in.
    fn user_id(&self) -> Option<Uuid> {
        match &self.basis {
            Basis::Operator => None,
            Basis::Session(standing) => Some(standing.session.user_id),
            Basis::Token(bearer) => bearer.user_id,
        }
    }

    /// Locks these accounts and the principal's own until the transaction ends.
    pub(super) async fn hold_accounts(&self, tx: &mut PgConnection, accounts: &[Uuid]) -> sqlx::Result<()> {
        let held = accounts.iter().copied().chain(self.user_id()).collect::<Vec<_>>();
        principals::hold_accounts(tx, &held).await
    }

    /// Who it is, for the audit trail.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The session in which the change is made.
    #[must_use]
    pub fn session_id(&self) -> Option<Uuid> {
        self.session().map(|standing| standing.session.session_id)
    }

    /// Locks these accounts and the principal's own session and account until the transaction ends, and checks them again: the
    /// session is alive and still has the secret that the browser presented, its user is enabled, the level is reached, and
    /// at the console the user still holds an office. Until the transaction ends, nobody can change any of that. Says who
    /// they are, with what they may do now.
    ///
    /// # Errors
    /// [`ChangeError::NoLongerAllowed`]
    pub(crate) async fn hold(
        &self,
        app: &App,
        tx: &mut PgConnection,
        accounts: &[Uuid],
    ) -> Result<Author, ChangeError> {
        self.hold_accounts(&mut *tx, accounts).await?;
        let author = match &self.basis {
            Basis::Operator => Some(Author::Operator),
            Basis::Session(standing) => standing.author(app, tx).await?,
            Basis::Token(bearer) => {
                let client = clients::lock(tx, std::slice::from_ref(&bearer.token.client_id)).await?.pop();
                self.author_of_token(app, tx, client.as_ref()).await?
            }
        };
        author.ok_or(ChangeError::NoLongerAllowed)
    }
}

impl RecentPrincipal {
    /// The same user, who has yet to add the factor that their account demands.
    #[must_use]
    pub fn enrolling(mut self) -> Self {
        if let Basis::Session(standing) = &mut self.0.basis {
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

    /// Who it is. `None`: the session does not hold any more, or not for this.
    async fn author(&self, app: &App, tx: &mut PgConnection) -> sqlx::Result<Option<Author>> {
        let (id, now) = (self.session.session_id, app.clock.now());
        let session = principals::hold_session(&mut *tx, id, &self.secret, self.kind, now).await?;
        let Some(session) = session else { return Ok(None) };
        let user = users::find(&mut *tx, session.user_id).await?.filter(|user| user.enabled);
        let Some(user) = user else { return Ok(None) };
        let registry = Registry::new(Vec::new(), roles::named(tx, &user.roles).await?);
        let (author, least) = match self.kind {
            SessionKind::User => (Author::User(user.user_id), Level::Aal1),
            SessionKind::Administrator => {
                let powers = permission::of_user(&user, &registry);
                (Author::Administrator { user_id: Some(user.user_id), powers }, Level::Aal2)
            }
        };
        let is_in_place = self.kind == SessionKind::User || user.administers(&registry);
        let demanded = if self.enrols { Level::Aal1 } else { assurance::of_account(&user, &registry).max(least) };
        Ok((is_in_place && session.proof.level >= demanded).then_some(author))
    }
}

/// What the roles of an account give, which whoever touches it must hold too. The transaction holds the account.
///
/// # Errors
/// The database cannot be asked.
pub(super) async fn powers_of_account(tx: &mut PgConnection, user_id: Uuid) -> sqlx::Result<Powers> {
    let Some(user) = users::find(&mut *tx, user_id).await? else { return Ok(Powers::NONE) };
    let registry = Registry::new(Vec::new(), roles::named(tx, &user.roles).await?);
    Ok(powers_given(&user, |name| registry.role(name)))
}
