//! Signing in: the first factor.

use axum::http::HeaderMap;
use uuid::Uuid;

use super::{
    device, factors, passkey,
    password::{self, Busy, Work},
    password_policy::{self, NotAccepted, PasswordOwner},
    presence::Presence,
    session::{self, FirstFactor, StartedSession},
    throttle::{self, Account, Admitted, Attempt, Kind, NotAdmitted, Refused},
};
use crate::{
    app::{Actor, App, InternalError, Snapshot},
    model::user::{User, username_key},
    policy::{assurance, event::Event, separation},
    protocol::{
        assurance::{Level, Method, Missing},
        client::Client,
    },
    secret::{Secret, SecretHash},
    store::{
        audit_events::AuditEvent,
        passwords::{self, Named},
        sessions::SessionKind,
        users,
    },
};

/// What somebody signs in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// A client application.
    Application,
    /// Their own account.
    Account,
    /// The console.
    Console,
}

impl Area {
    /// The kind of session that it takes.
    #[must_use]
    pub const fn kind(self) -> SessionKind {
        match self {
            Self::Application | Self::Account => SessionKind::User,
            Self::Console => SessionKind::Administrator,
        }
    }
}

/// Somebody at the door.
#[derive(Clone, Copy)]
pub struct Visitor<'a> {
    /// Where they want to go.
    pub area: Area,
    /// The client that sent them.
    pub client: Option<&'a Client>,
    /// What their browser sent, cookies included.
    pub headers: &'a HeaderMap,
    /// The request, for the audit trail.
    pub actor: &'a Actor,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInFailure {
    /// One answer for all reasons: it does not tell which names exist.
    #[error("the username or the password is wrong")]
    Wrong,
    /// The password is right, but it was brought from elsewhere and would not be accepted here: its user must set another.
    #[error("the password was brought from elsewhere and is too weak")]
    Weak,
    /// The account is right, but it is kept apart from applications.
    #[error("accounts that administer are kept apart from applications")]
    Separated,
    /// Too many have failed. Nothing was checked.
    #[error(transparent)]
    Throttled(Refused),
    /// Too many want to sign in. Nothing was checked.
    #[error(transparent)]
    Busy(Busy),
    /// It could not be checked.
    #[error("the sign-in could not be checked")]
    Internal(InternalError),
}

impl<E: Into<InternalError>> From<E> for SignInFailure {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// Signs a user in by their password.
///
/// # Errors
/// [`SignInFailure`]. Every failure is recorded; unknown names, wrong passwords and disabled users take equal work and
/// get equal words.
pub async fn with_password(
    app: &App,
    visitor: &Visitor<'_>,
    username: &str,
    password: &str,
) -> Result<StartedSession, SignInFailure> {
    let place = password::place(Work::Hash).await.map_err(SignInFailure::Busy)?;
    let name = username_key(username);
    let Named { user_id, hash, brought } = passwords::find_named(&app.db, username).await?;
    let account = user_id.map_or(Account::Unknown(&name), Account::User);
    let admitted = admit(app, visitor, account).await?;

    let is_right = match place.verify(password, hash.as_deref(), brought.as_deref()).await {
        Ok(is_right) => is_right && password.len() <= password::LONGEST,
        Err(busy) => {
            admitted.withdrawn(app).await?;
            return Err(SignInFailure::Busy(busy));
        }
    };
    let user = match user_id {
        Some(user_id) if is_right => users::find(&app.db, user_id).await?,
        _ => None,
    };
    let (user, hash) = match (user, hash) {
        (Some(user), Some(hash)) if user.enabled && password::is_brought(&hash) => {
            match accept_brought(app, visitor, user, &hash, password).await {
                Ok((user, hash)) => (Some(user), Some(hash)),
                Err(failure) => {
                    admitted.withdrawn(app).await?; // it was right
                    return Err(failure);
                }
            }
        }
        others => others,
    };
    let name = Secret::presented(&name).hash().fingerprint();
    let first = FirstFactor { method: Method::Password, password_hash: hash.as_deref() };
    let started = enter(app, visitor, user, first, &format!("wrong name or password (name {name})")).await?;
    if let Some(stored) = hash {
        renew_hash(app, started.signed_in.user_id, &stored, password).await?;
    }
    admitted.succeeded(app).await?;
    Ok(started)
}

/// Judges a password that was brought from elsewhere as a new one is judged, and hashes it anew: it is ours from now on. If it
/// is too short to stand alone, a second factor is demanded as for every such password.
async fn accept_brought(
    app: &App,
    visitor: &Visitor<'_>,
    user: User,
    stored: &str,
    password: &str,
) -> Result<(User, String), SignInFailure> {
    let accepted = match password_policy::accept(app, password, &PasswordOwner::of(&user, true)).await {
        Ok(accepted) => accepted,
        Err(NotAccepted::Busy(busy)) => return Err(SignInFailure::Busy(busy)),
        Err(NotAccepted::Weak(_)) => {
            let event = app.event(Event::SignInFailed, visitor.actor, app.clock.now()).about_user(user.user_id);
            let event = event.because("the password that was brought from elsewhere is too weak for this installation");
            return refuse(app, event, SignInFailure::Weak).await;
        }
    };
    let hash = accepted.hash().await.map_err(SignInFailure::Busy)?;
    let hash = if passwords::rehash(&app.db, user.user_id, stored, &hash, accepted.is_short()).await? {
        hash
    } else {
        // Another sign-in was quicker, or the password is another one now.
        let now = passwords::hash_of(&app.db, user.user_id).await?;
        let is_same = password::verify(password, now.as_deref()).await.map_err(SignInFailure::Busy)?;
        now.filter(|_| is_same).ok_or(SignInFailure::Wrong)?
    };
    let password_is_short = user.password_is_short || accepted.is_short();
    Ok((User { password_is_short, ..user }, hash))
}

/// Makes a hash anew whose parameters are out of date, while the password that fits it is at hand. If the server is busy,
/// that can wait for the next time.
async fn renew_hash(app: &App, user_id: Uuid, stored: &str, password: &str) -> sqlx::Result<()> {
    if !password::needs_rehash(stored) {
        return Ok(());
    }
    match password::hash(password).await {
        Ok(new) => passwords::rehash(&app.db, user_id, stored, &new, false).await.map(|_| ()),
        Err(_busy) => Ok(()),
    }
}

/// Signs a user in by a passkey that makes sure of them, in answer to a challenge for this `browser`.
///
/// No throttle stands in its way: there is nothing to guess, and it is how its owner gets in while somebody else tries
/// passwords.
///
/// # Errors
/// [`SignInFailure`]
pub async fn with_passkey(
    app: &App,
    visitor: &Visitor<'_>,
    browser: &SecretHash,
    credential: &str,
) -> Result<StartedSession, SignInFailure> {
    let proven = passkey::answer(app, browser, None, credential, visitor.actor, app.clock.now()).await?;
    let Some((user_id, method)) = proven else { return Err(SignInFailure::Wrong) };
    let user = users::find(&app.db, user_id).await?;
    let first = FirstFactor { method, password_hash: None };
    let started = enter(app, visitor, user, first, "the passkey is of an account that has no place here").await?;
    throttle::forgive(app, user_id).await?;
    Ok(started)
}

/// Notes where somebody signed in, once nothing is missing any more of what they and `demanded` ask for. Gives the secret
/// by which this browser is known from now on. The factors are read again: one of them may be new.
///
/// # Errors
/// The database refused.
pub async fn completed(
    snapshot: &Snapshot,
    headers: &HeaderMap,
    started: &StartedSession,
    demanded: Level,
    actor: &Actor,
) -> sqlx::Result<Option<Secret>> {
    let (app, StartedSession { signed_in, user, .. }) = (&snapshot.app, started);
    let factors = factors::of(app, user.user_id).await?;
    let required = assurance::of_user(user, factors, snapshot.registry()).max(demanded);
    if assurance::missing(required, signed_in.proof.level, factors) != Missing::Nothing {
        return Ok(None);
    }
    device::note_sign_in(app, headers, signed_in, actor).await
}

async fn admit(app: &App, visitor: &Visitor<'_>, account: Account<'_>) -> Result<Admitted, SignInFailure> {
    let whose = match account {
        Account::User(user_id) => user_id,
        Account::Unknown(_) => Uuid::nil(), // nobody's, but asked for all the same: equal work (LG-02)
    };
    let attempt = Attempt {
        kind: Kind::Password,
        account: Some(account),
        client: visitor.client.map(|client| client.client_id.as_str()),
        address: visitor.actor.ip.as_deref().unwrap_or_default(),
        device_known: device::is_known(app, visitor.headers, whose).await?,
    };
    throttle::attempt(app, &attempt, app.clock.now()).await.map_err(|error| match error {
        NotAdmitted::Refused(refused) => SignInFailure::Throttled(refused),
        NotAdmitted::Internal(error) => SignInFailure::Internal(error),
    })
}

/// Lets a user in who has proven a first factor, if they have a place there.
async fn enter(
    app: &App,
    visitor: &Visitor<'_>,
    user: Option<User>,
    first: FirstFactor<'_>,
    otherwise: &str,
) -> Result<StartedSession, SignInFailure> {
    let (area, actor) = (visitor.area, visitor.actor);
    let snapshot = app.snapshot().await?; // to check the password took its time
    let registry = snapshot.registry();
    let failed = |reason: &str| app.event(Event::SignInFailed, actor, app.clock.now()).because(reason);
    let belongs = |user: &User| user.enabled && (area != Area::Console || user.administers(registry));
    let Some(user) = user.filter(belongs) else { return refuse(app, failed(otherwise), SignInFailure::Wrong).await };
    let failed = |reason: &str| failed(reason).about_user(user.user_id);
    let is_separate = app.settings.separation_of_duties;
    if visitor.client.is_some_and(|client| !separation::admits(client, &user, registry, is_separate)) {
        return refuse(app, failed("it administers"), SignInFailure::Separated).await;
    }
    let changed = failed("the account has changed in the meantime");
    let previous = Presence::find(app, area.kind(), visitor.headers).await?.map(|present| present.session);
    match session::start(app, area.kind(), user, first, previous.as_ref(), actor).await? {
        Some(started) => Ok(started),
        None => refuse(app, changed, SignInFailure::Wrong).await,
    }
}

async fn refuse<T>(app: &App, event: AuditEvent, failure: SignInFailure) -> Result<T, SignInFailure> {
    app.record(event).await?;
    Err(failure)
}
