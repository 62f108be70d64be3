//! A user sets a password: the first one, another one, or one in place of what they forgot.

use axum::http::HeaderMap;
use sqlx::{PgConnection, PgExecutor, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::link::{self, Link, Purpose};
use crate::{
    app::{Actor, App, InternalError},
    authentication::{
        device, other_sessions,
        password::{self, Busy, Work},
        password_policy::{self, AcceptedPassword, NotAccepted, PasswordOwner, SHORTEST_ALONE, Weakness},
        throttle::{self, Account, Attempt, Kind, NotAdmitted},
        undo_links,
    },
    mail::{self, Message, Recipient},
    model::user::User,
    policy::{event::Event, recovery::withheld},
    registry::{ChangeError, RecentPrincipal, begin_of_own_account},
    store::{audit_events::AuditEvent, factors, links, passwords, pool, users},
};

/// What a change of the password ends: whoever has them may not be the user.
const ENDED: [Purpose; 3] = [Purpose::Invitation, Purpose::Recovery, Purpose::Email];

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
    /// Who asked for it was signed out in the meantime, or the password is another one by now.
    NoLongerAllowed,
    /// Too many passwords are being checked. Nothing was done, and nothing counted.
    Busy,
    /// We failed.
    Internal(InternalError),
}

impl From<ChangeError> for NotSet {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NoLongerAllowed => Self::NoLongerAllowed,
            ChangeError::Internal(error) => Self::Internal(error),
            _ => Self::Gone,
        }
    }
}

impl<E: Into<InternalError>> From<E> for NotSet {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl From<NotAccepted> for NotSet {
    fn from(reason: NotAccepted) -> Self {
        match reason {
            NotAccepted::Weak(weakness) => Self::Weak(weakness),
            NotAccepted::Busy(Busy) => Self::Busy,
        }
    }
}

impl From<Busy> for NotSet {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// The user whom a link for a new password was sent to, as long as it works, they may sign in, the address that it
/// went to is still theirs, and no link is withheld from them ([`withheld`]).
///
/// # Errors
/// The database cannot be asked.
pub async fn invited(app: &App, purpose: Purpose, link: &str) -> sqlx::Result<Option<User>> {
    match link::find(app, purpose, link).await? {
        Some(link) => reader(&app.db, &link, app.clock.now()).await,
        None => Ok(None),
    }
}

/// The user of a link, if they may sign in, still have the address that it was mailed to, and may use it.
async fn reader(db: impl PgExecutor<'_>, link: &Link, now: OffsetDateTime) -> sqlx::Result<Option<User>> {
    let Some(user_id) = link.user_id else { return Ok(None) };
    let Some((user, in_use)) = users::find_with_use(db, user_id).await? else { return Ok(None) };
    let has_address = user.email.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(&link.address));
    let may_use = withheld(user.held_at, user.email_given_at, in_use, now).is_none();
    Ok(Some(user).filter(|user| user.enabled && has_address && may_use))
}

/// Whose password is set, for [`password_policy`].
///
/// # Errors
/// The database cannot be asked.
pub async fn owner(app: &App, user: &User) -> sqlx::Result<PasswordOwner> {
    Ok(PasswordOwner::of(user, factors::of(&app.db, user.user_id).await?.any()))
}

/// Sets a password by a mailed link, which shows that mail reaches the user too, and gives their username. Every session of
/// theirs ends, and none begins by that: the sign-in that follows asks for the other factors (LG-11, LG-22).
///
/// # Errors
/// [`NotSet`]. A weak password does not use the link up.
pub async fn set_by_link(
    app: &App,
    purpose: Purpose,
    link: &str,
    text: &str,
    caller: &Actor,
) -> Result<String, NotSet> {
    let user = invited(app, purpose, link).await?.ok_or(NotSet::Gone)?;
    let password = password_policy::accept(app, text, &owner(app, &user).await?).await?;
    let hash = password.hash().await?;
    let now = app.clock.now();
    let mut tx = pool::begin(&app.db).await?;
    users::lock(&mut *tx, user.user_id).await?;
    let link = link::take(&mut tx, purpose, link, now).await?.ok_or(NotSet::Gone)?;
    let user = reader(&mut *tx, &link, now).await?.ok_or(NotSet::Gone)?;
    ensure_not_alone(&mut tx, &user, &password).await?;
    let had_one = passwords::hash_of(&mut *tx, user.user_id).await?.is_some();
    if !passwords::set(&mut *tx, user.user_id, &hash, password.is_short()).await? {
        return Err(NotSet::Gone);
    }
    users::verify_email(&mut *tx, user.user_id, &link.address, now).await?;
    let event = app.event(Event::PasswordReset, &caller.user(user.user_id), now);
    let event = event.because(format!("by a link: {}", purpose.as_str()));
    // Whatever the link was called: who had a password is told that it is another one.
    let message = had_one.then_some(Message::PasswordChanged);
    finish(app, tx, &user, None, event, message, now).await?;
    throttle::forgive(app, user.user_id).await?;
    Ok(user.username)
}

/// A user who changes their own password.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Changer<'a> {
    pub user: &'a User,
    /// The same user, by the session in which it is done. It alone goes on.
    pub by: &'a RecentPrincipal,
    /// What their browser sent, cookies included.
    pub headers: &'a HeaderMap,
    pub now: OffsetDateTime,
}

/// Changes a password. Who has one gives it; who has none, because they sign in by a passkey, has just done that. No
/// other browser is known any more: the old password may have been lost to whoever has it.
///
/// # Errors
/// [`NotSet`]
pub async fn change(app: &App, changer: &Changer<'_>, present: &str, text: &str) -> Result<(), NotSet> {
    let Changer { user, by, now, .. } = *changer;
    let stored = passwords::hash_of(&app.db, user.user_id).await?;
    if let Some(stored) = &stored {
        ensure_known(app, changer, present, stored).await?;
    }
    let password = password_policy::accept(app, text, &owner(app, user).await?).await?;
    let hash = password.hash().await?;
    let mut tx = begin_of_own_account(app, by, user.user_id).await?;
    // Of two changes that began with the same password one is made: the other may be a thief's.
    if passwords::hash_of(&mut *tx, user.user_id).await? != stored {
        return Err(NotSet::NoLongerAllowed);
    }
    ensure_not_alone(&mut tx, user, &password).await?;
    if !passwords::set(&mut *tx, user.user_id, &hash, password.is_short()).await? {
        return Err(NotSet::Gone);
    }
    undo_links::end(&mut tx, user.user_id, by.session_id(), now).await?;
    let event = app.event(Event::PasswordChanged, by.actor(), now);
    Ok(finish(app, tx, user, by.session_id(), event, Some(Message::PasswordChanged), now).await?)
}

/// A short password stands beside a second factor. That may have been removed since the password was judged: nobody
/// removes one while this transaction holds the account.
async fn ensure_not_alone(tx: &mut PgConnection, user: &User, password: &AcceptedPassword) -> Result<(), NotSet> {
    if password.is_short() && !factors::of(tx, user.user_id).await?.any() {
        return Err(NotSet::Weak(Weakness::Short(SHORTEST_ALONE)));
    }
    Ok(())
}

/// Who sits at somebody else's screen guesses no faster than at the door.
async fn ensure_known(app: &App, changer: &Changer<'_>, present: &str, stored: &str) -> Result<(), NotSet> {
    let place = password::place(Work::Hash).await?; // before anything is counted
    let user_id = changer.user.user_id;
    let attempt = Attempt {
        kind: Kind::Password,
        account: Some(Account::User(user_id)),
        client: None,
        address: changer.by.actor().ip.as_deref().unwrap_or_default(),
        device_known: device::is_known(app, changer.headers, user_id).await?,
    };
    let admitted = throttle::attempt(app, &attempt, changer.now).await.map_err(|error| match error {
        NotAdmitted::Refused(_) => NotSet::TooOften,
        NotAdmitted::Internal(error) => NotSet::Internal(error),
    })?;
    match place.verify(present, Some(stored), None).await {
        Ok(is_right) if is_right && present.len() <= password::LONGEST => return Ok(admitted.succeeded(app).await?),
        Ok(_) => {}
        Err(busy) => {
            admitted.withdrawn(app).await?;
            return Err(busy.into());
        }
    }
    let event = app.event(Event::PasswordRefused, changer.by.actor(), changer.now).about_user(changer.user.user_id);
    app.record(event.because("the present password is wrong")).await?;
    Err(NotSet::Wrong)
}

/// Completes a change: it is recorded, the user is told, and all but this session ends (LG-11).
async fn finish(
    app: &App,
    mut tx: Transaction<'static, Postgres>,
    user: &User,
    kept: Option<Uuid>,
    event: AuditEvent,
    message: Option<Message<'_>>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let revoked = end_rest(&mut tx, user.user_id, kept, now).await?;
    if let (Some(to), Some(message)) = (Recipient::of(app, user), message) {
        mail::send(&mut tx, app, &to, message).await?;
    }
    app.write_event(&mut tx, event.about_user(user.user_id)).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(())
}

async fn end_rest(
    tx: &mut PgConnection,
    user_id: Uuid,
    kept: Option<Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    links::end_all_of_user(&mut *tx, user_id, &ENDED.map(Purpose::as_str), now).await?;
    other_sessions::end(tx, user_id, kept, now).await
}
