//! A person sets a password: the first one, another one, or one in place of what they forgot.

use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    link::{self, Purpose},
    other_sessions, password,
    password_policy::{self, Owner, Weakness},
    throttle::{self, Account, Attempt, Kind, NotAdmitted},
};
use crate::{
    app::{Actor, App},
    mail::{self, Message, Recipient},
    policy::user::User,
    store::{audit_events::AuditEvent, factors, known_devices, links, pool, users},
    web::error::InternalError,
};

/// What a change of the password ends: whoever has them may not be the person.
const ENDED: [Purpose; 3] = [Purpose::Invitation, Purpose::Recovery, Purpose::Email];

/// Makes a hash anew whose parameters are out of date, while the password that fits it is at hand. If the server is busy,
/// that can wait for the next time.
///
/// # Errors
/// The database refused.
pub async fn renew_hash(app: &App, user_id: Uuid, stored: &str, password: &str) -> sqlx::Result<()> {
    if !password::needs_rehash(stored) {
        return Ok(());
    }
    match password::hash(password).await {
        Ok(new) => users::set_password_hash(&app.db, user_id, stored, &new).await,
        Err(_busy) => Ok(()),
    }
}

/// Why a password was not set.
#[derive(Debug)]
pub enum NotSet {
    /// The link does not work, or not any more.
    Gone,
    /// The present password is another one.
    Wrong,
    /// The present password was wrong too often.
    TooOften,
    /// The new password is not accepted.
    Weak(Weakness),
    /// We failed.
    Internal(InternalError),
}

impl<E: Into<InternalError>> From<E> for NotSet {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl From<Weakness> for NotSet {
    fn from(weakness: Weakness) -> Self {
        Self::Weak(weakness)
    }
}

/// The person whom a link for a new password was sent to, as long as it works and they may sign in.
///
/// # Errors
/// The database cannot be asked.
pub async fn invited(app: &App, purpose: Purpose, link: &str) -> sqlx::Result<Option<User>> {
    let Some(user_id) = link::find(app, purpose, link).await?.and_then(|link| link.user_id) else { return Ok(None) };
    Ok(users::find(&app.db, user_id).await?.filter(|user| user.enabled))
}

/// Whose password is set, for [`password_policy`].
///
/// # Errors
/// The database cannot be asked.
pub async fn owner(app: &App, user: &User) -> sqlx::Result<Owner> {
    Ok(Owner::of(user, factors::of(&app.db, user.user_id).await?.any()))
}

/// Sets a password by a mailed link, which shows that mail reaches the person too. Every session of theirs ends, and
/// none begins: the sign-in that follows asks for the other factors (LG-11, LG-22).
///
/// # Errors
/// [`NotSet`]. A weak password does not use the link up.
pub async fn set_by_link(app: &App, purpose: Purpose, link: &str, text: &str, caller: &Actor) -> Result<(), NotSet> {
    let user = invited(app, purpose, link).await?.ok_or(NotSet::Gone)?;
    let hash = password_policy::accept(app, text, &owner(app, &user).await?).await?.hash().await?;
    let now = app.clock.now();
    let mut tx = pool::begin(&app.db).await?;
    let link = link::take(&mut tx, purpose, link, now).await?.ok_or(NotSet::Gone)?;
    if !users::set_password(&mut *tx, user.user_id, &hash).await? {
        return Err(NotSet::Gone);
    }
    users::verify_email(&mut *tx, user.user_id, &link.address, now).await?;
    known_devices::forget_all(&mut *tx, user.user_id).await?;
    let mut event = app.event("password.reset", &caller.named(subject(&user)), now);
    event.reason = Some(format!("by a link: {}", purpose.as_str()));
    let message = (purpose != Purpose::Invitation).then_some(Message::PasswordChanged);
    // No session has the nil id: all of them end.
    finish(app, tx, &user, Uuid::nil(), event, message, now).await?;
    Ok(throttle::forgive(app, user.user_id).await?)
}

/// A person who changes their own password.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Changer<'a> {
    pub user: &'a User,
    /// The session in which it is done, and which alone goes on.
    pub session_id: Uuid,
    pub actor: &'a Actor,
    pub now: OffsetDateTime,
}

/// Changes a password. Who has one gives it; who has none, because they sign in by a passkey, has just done that.
///
/// # Errors
/// [`NotSet`]
pub async fn change(app: &App, changer: &Changer<'_>, present: &str, text: &str) -> Result<(), NotSet> {
    let Changer { user, session_id, actor, now } = *changer;
    if let Some(stored) = users::password_hash_of(&app.db, user.user_id).await? {
        ensure_known(app, changer, present, &stored).await?;
    }
    let hash = password_policy::accept(app, text, &owner(app, user).await?).await?.hash().await?;
    let mut tx = pool::begin(&app.db).await?;
    if !users::set_password(&mut *tx, user.user_id, &hash).await? {
        return Err(NotSet::Gone);
    }
    let event = app.event("password.changed", actor, now);
    Ok(finish(app, tx, user, session_id, event, Some(Message::PasswordChanged), now).await?)
}

/// Who sits at somebody else's screen guesses no faster than at the door.
async fn ensure_known(app: &App, changer: &Changer<'_>, present: &str, stored: &str) -> Result<(), NotSet> {
    let attempt = Attempt {
        kind: Kind::Password,
        account: Some(Account::User(changer.user.user_id)),
        client: None,
        address: changer.actor.ip.as_deref().unwrap_or_default(),
        device_known: false,
    };
    let admitted = throttle::attempt(app, &attempt, changer.now).await.map_err(|error| match error {
        NotAdmitted::Refused(_) => NotSet::TooOften,
        NotAdmitted::Database(error) => error.into(),
    })?;
    if present.len() <= password::LONGEST && password::verify(present, Some(stored)).await? {
        return Ok(admitted.succeeded(app).await?);
    }
    let event = app.event("password.changed", changer.actor, changer.now).about(subject(changer.user));
    app.record(event.failed("the present password is wrong")).await?;
    Err(NotSet::Wrong)
}

/// Completes a change: it is recorded, the person is told, and all but this session ends (LG-11).
async fn finish(
    app: &App,
    mut tx: Transaction<'static, Postgres>,
    user: &User,
    kept: Uuid,
    event: AuditEvent,
    message: Option<Message<'_>>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let revoked = end_rest(&mut tx, user.user_id, kept, now).await?;
    if let (Some(to), Some(message)) = (Recipient::of(app, user), message) {
        mail::send(&mut tx, app, &to, message).await?;
    }
    app.write_event(&mut tx, event.about(subject(user))).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(())
}

async fn end_rest(tx: &mut PgConnection, user_id: Uuid, kept: Uuid, now: OffsetDateTime) -> sqlx::Result<Vec<Uuid>> {
    links::end_all_of_user(&mut *tx, user_id, &ENDED.map(Purpose::as_str), now).await?;
    other_sessions::end(tx, user_id, kept, now).await
}

fn subject(user: &User) -> String {
    format!("user:{}", user.user_id)
}
