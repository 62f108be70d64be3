//! A browser's session: how it begins, grows stronger and ends.
//!
//! Whenever somebody proves something the session gets another secret, so that nobody who knew the old one, or planted
//! it, has a part in what it is good for now (LG-12).

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::presence::Presence;
use crate::{
    app::{Actor, App},
    clock::time_ordered_id,
    model::user::User,
    policy::{counted::Counted, event::Event},
    protocol::{
        assurance::{Method, Proof},
        interaction::SignedIn,
    },
    secret::{Secret, SecretKind},
    store::{
        audit_events::AuditEvent,
        grants::{self, GrantsOf},
        pool,
        sessions::{self, NewSession, SessionKind},
    },
};

/// A session, with the new secret for its cookie.
pub struct StartedSession {
    /// What the session says.
    pub signed_in: SignedIn,
    /// Whose it is.
    pub user: User,
    /// For the cookie.
    pub secret: Secret,
}

/// The first factor that somebody has proven.
#[derive(Clone, Copy)]
pub struct FirstFactor<'a> {
    /// What it was.
    pub method: Method,
    /// The hash that their password was compared with, if it was one: it must still be theirs when the session begins.
    pub password_hash: Option<&'a str>,
}

/// Begins a session after a first factor. The session that this browser had goes on if it is the same user's, so that
/// what it gave to clients stays, and ends otherwise.
///
/// `None`: the user was disabled or got another password in the meantime. What ends their sessions would not have seen
/// this one (LG-11).
///
/// # Errors
/// The database refused.
pub async fn start(
    app: &App,
    kind: SessionKind,
    user: User,
    first: FirstFactor<'_>,
    previous: Option<&SignedIn>,
    actor: &Actor,
) -> sqlx::Result<Option<StartedSession>> {
    let now = app.clock.now();
    let (own, others) = match previous {
        Some(previous) if previous.user_id == user.user_id => (Some(previous), None),
        others => (None, others),
    };
    let new = time_ordered_id(now);
    let mut started = SignedIn {
        session_id: own.map_or(new, |session| session.session_id),
        user_id: user.user_id,
        authenticated_at: now,
        proven_at: now,
        proof: Proof::of(first.method),
    };
    let secret = Secret::generate(SecretKind::Browser);
    let mut tx = pool::begin(&app.db).await?;
    if !sessions::may_begin(&mut *tx, user.user_id, first.password_hash).await? {
        return Ok(None);
    }
    let revoked = match others {
        Some(previous) => end_within(app, &mut tx, previous, actor, now).await?,
        None => Vec::new(),
    };
    if own.is_none() || !sessions::renew(&mut *tx, &new_session(kind, &secret, &started, actor), now).await? {
        started.session_id = new;
        sessions::insert(&mut *tx, &new_session(kind, &secret, &started, actor)).await?;
    }
    app.write_event(&mut tx, event(app, Event::SignIn, kind, &started, &secret, actor)).await?;
    tx.commit().await?;
    app.count(Counted::Proofs, first.method.as_str());
    app.add_revoked(&revoked);
    Ok(Some(StartedSession { signed_in: started, user, secret }))
}

/// Makes a session stronger by a further factor. `None`: it has ended in the meantime.
///
/// # Errors
/// The database refused.
pub async fn raise(
    app: &App,
    present: &Presence,
    method: Method,
    actor: &Actor,
) -> sqlx::Result<Option<StartedSession>> {
    let Presence { session, user, kind, .. } = present;
    let (kind, now) = (*kind, app.clock.now());
    let signed_in = SignedIn { proven_at: now, proof: session.proof.with(method), ..session.clone() };
    let secret = Secret::generate(SecretKind::Browser);
    let mut tx = pool::begin(&app.db).await?;
    if !sessions::renew(&mut *tx, &new_session(kind, &secret, &signed_in, actor), now).await? {
        return Ok(None);
    }
    app.write_event(&mut tx, event(app, Event::SessionRaised, kind, &signed_in, &secret, actor)).await?;
    tx.commit().await?;
    app.count(Counted::Proofs, method.as_str());
    Ok(Some(StartedSession { signed_in, user: user.clone(), secret }))
}

/// Ends a session, and with it what it gave to clients, but for what they may keep when the user is away.
///
/// # Errors
/// The database refused.
pub async fn end(app: &App, session: &SignedIn, actor: &Actor) -> sqlx::Result<()> {
    let now = app.clock.now();
    let mut tx = pool::begin(&app.db).await?;
    let revoked = end_within(app, &mut tx, session, actor, now).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(())
}

fn new_session<'a>(kind: SessionKind, secret: &Secret, signed_in: &'a SignedIn, actor: &'a Actor) -> NewSession<'a> {
    NewSession {
        hash: secret.hash(),
        kind,
        signed_in,
        ip: actor.ip.as_deref().unwrap_or_default(),
        user_agent: actor.user_agent.as_deref(),
    }
}

fn event(
    app: &App,
    event: Event,
    kind: SessionKind,
    signed_in: &SignedIn,
    secret: &Secret,
    actor: &Actor,
) -> AuditEvent {
    let event = app.event(event, &actor.user(signed_in.user_id), app.clock.now());
    let mut event = event.about_user(signed_in.user_id);
    event.session_hash = Some(secret.hash().fingerprint());
    event.change(None, Some(json!({"kind": kind.as_str(), "amr": signed_in.proof.amr, "acr": signed_in.proof.level})))
}

async fn end_within(
    app: &App,
    tx: &mut PgConnection,
    session: &SignedIn,
    actor: &Actor,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    if !sessions::end(&mut *tx, session.session_id, now).await? {
        return Ok(Vec::new());
    }
    let event = app.event(Event::SignOut, &actor.user(session.user_id), now).about_user(session.user_id);
    app.write_event(&mut *tx, event).await?;
    grants::revoke(tx, GrantsOf::Sessions(&[session.session_id]), now).await
}
