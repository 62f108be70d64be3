//! Signing in and out: a browser's session.

use axum::http::HeaderMap;
use time::OffsetDateTime;
use uuid::Uuid;

use super::password::{self, Busy};
use crate::{
    app::{Actor, App},
    clock::time_ordered_id,
    policy::user::{User, username_key},
    protocol::interaction::SignedIn,
    secret::{Secret, SecretHash, SecretKind},
    store::{
        grants::{self, GrantsOf},
        sessions::{self, NewSession, SessionKind},
        users,
    },
    web::cookies,
};

/// What a password alone gives (NIST SP 800-63B-4).
const PASSWORD_ACR: &str = "aal1";

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInFailure {
    /// One message for all reasons: it does not tell which names exist.
    #[error("Your username or password is wrong.")]
    Wrong,
    /// Nothing was checked.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database does not answer.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// A new session, with the secret for its cookie.
pub struct StartedSession {
    /// What the session says.
    pub signed_in: SignedIn,
    /// For the cookie.
    pub secret: Secret,
}

/// Signs a person in by their password. An older session of this browser (`previous`) ends: its id is never used again.
///
/// # Errors
/// [`SignInFailure`]. Every failure is recorded; unknown names, wrong passwords and disabled people take equal work and
/// get equal words.
pub async fn sign_in(
    app: &App,
    kind: SessionKind,
    (username, password): (&str, &str),
    previous: Option<&SignedIn>,
    actor: &Actor,
) -> Result<StartedSession, SignInFailure> {
    let found = users::password_hash(&app.db, username).await?;
    let is_right = password.len() <= password::LONGEST
        && password::verify(password, found.as_ref().and_then(|(_, _, hash)| hash.as_deref())).await?;
    let now = app.clock.now();
    let user = match found {
        Some((user_id, true, _)) if is_right => permitted(app, kind, user_id).await?,
        _ => None,
    };
    let Some(user) = user else {
        let name = SecretHash::fingerprint(&Secret::presented(&username_key(username)).hash());
        let event = app.event("sign_in", actor, now).failed(format!("wrong name or password (name {name})"));
        app.record(event).await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        return Err(SignInFailure::Wrong);
    };
    Ok(start(app, kind, &user, previous, actor, now).await?)
}

/// The session that a browser's cookie names, if it still holds.
///
/// # Errors
/// The database cannot be asked.
pub async fn current(app: &App, kind: SessionKind, headers: &HeaderMap) -> sqlx::Result<Option<SignedIn>> {
    let cookie = match kind {
        SessionKind::User => cookies::SESSION,
        SessionKind::Administrator => cookies::ADMIN,
    };
    let Some(secret) = cookies::secret_cookie(headers, cookie.name) else { return Ok(None) };
    sessions::find(&app.db, &Secret::presented(&secret).hash(), kind, app.clock.now()).await
}

/// Ends a session, and with it what it gave to clients, but for what they may keep when the person is away.
///
/// # Errors
/// The database refused.
pub async fn end(app: &App, session: &SignedIn, actor: &Actor) -> sqlx::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let revoked = end_within(app, &mut tx, session, actor, now).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(())
}

/// The console is for administrators only.
async fn permitted(app: &App, kind: SessionKind, user_id: Uuid) -> sqlx::Result<Option<User>> {
    let user = users::find(&app.db, user_id).await?;
    Ok(user.filter(|user| kind == SessionKind::User || user.is_administrator(&app.registry())))
}

async fn start(
    app: &App,
    kind: SessionKind,
    user: &User,
    previous: Option<&SignedIn>,
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<StartedSession> {
    let secret = Secret::generate(SecretKind::Browser);
    let signed_in = SignedIn {
        session_id: time_ordered_id(now),
        user_id: user.user_id,
        authenticated_at: now,
        amr: vec!["pwd".to_owned()],
        acr: PASSWORD_ACR.to_owned(),
    };
    let session = NewSession {
        hash: secret.hash(),
        kind,
        signed_in: &signed_in,
        ip: actor.ip.as_deref().unwrap_or_default(),
        user_agent: actor.user_agent.as_deref(),
    };
    let actor = actor.named(format!("user:{}", user.user_id));
    let mut event = app.event("sign_in", &actor, now).about(format!("user:{}", user.user_id));
    event.session_hash = Some(secret.hash().fingerprint());

    let mut tx = app.db.begin().await?;
    let revoked = match previous {
        Some(previous) => end_within(app, &mut tx, previous, &actor, now).await?,
        None => Vec::new(),
    };
    sessions::insert(&mut *tx, &session).await?;
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(StartedSession { signed_in, secret })
}

async fn end_within(
    app: &App,
    tx: &mut sqlx::PgConnection,
    session: &SignedIn,
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    if !sessions::end(&mut *tx, session.session_id, now).await? {
        return Ok(Vec::new());
    }
    let user = format!("user:{}", session.user_id);
    app.write_event(&mut *tx, app.event("sign_out", &actor.named(user.clone()), now).about(user)).await?;
    grants::revoke(tx, GrantsOf::Session(session.session_id), now).await
}
