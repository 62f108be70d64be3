//! A user's e-mail address: it is theirs once a mail that went there was answered, and the old one can take it back.
//! Whichever address an account loses, it is told.

use sqlx::{PgConnection, Postgres, Transaction};
use time::{Duration, OffsetDateTime};

use super::{
    hold::{self, SETS_A_PASSWORD},
    link::{self, Link, MOST_IN_AN_HOUR, Purpose},
};
use crate::{
    app::{Actor, App},
    authentication::other_sessions,
    mail::{self, Loss, Message, Recipient},
    model::user::User,
    policy::{email_address::EmailAddress, event::Event, recovery},
    registry::{ChangeError, RecentPrincipal, begin_of_own_account},
    store::{links, pool, users},
};

/// What ends when an address is taken back: whoever has them stole it.
const ENDED: [Purpose; 4] = [Purpose::Invitation, Purpose::Recovery, Purpose::Email, Purpose::EmailUndo];

/// Mails a link to an address that shall become a user's, or is but was never shown to be. Nothing changes until it is
/// used (UI-07). `false`: they were sent too many of late.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn ask(app: &App, by: &RecentPrincipal, user: &User, address: EmailAddress) -> Result<bool, ChangeError> {
    let mut tx = begin_of_own_account(app, by, user.user_id).await?;
    let now = app.clock.now();
    let sent = links::count_of_user(&mut *tx, user.user_id, Purpose::Email.as_str(), now - Duration::HOUR).await?;
    if sent >= MOST_IN_AN_HOUR {
        return Ok(false);
    }
    let to = Recipient::at(app, user, address);
    let link = link::issue(&mut tx, app, Purpose::Email, to.user_id, &to.address).await?;
    mail::send(&mut tx, app, &to, Message::VerifyEmail { link: &link, person: &user.username }).await?;
    app.write_event(&mut tx, app.event(Event::EmailRequested, by.actor(), now).about_user(user.user_id)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whose account a link is about, and which address. `None`: the link does not work, or not any more.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(app: &App, purpose: Purpose, link: &str) -> sqlx::Result<Option<(User, String)>> {
    let Some(Link { user_id: Some(user_id), address }) = link::find(app, purpose, link).await? else {
        return Ok(None);
    };
    let user = users::find(&app.db, user_id).await?.filter(|user| user.enabled);
    Ok(user.map(|user| (user, address)))
}

/// The user says, signed in a moment ago, that the address that somebody else set is theirs. `false`: nobody set it, or
/// it is another one by now.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn accept(app: &App, by: &RecentPrincipal, user: &User, address: &str) -> Result<bool, ChangeError> {
    let mut tx = begin_of_own_account(app, by, user.user_id).await?;
    let now = app.clock.now();
    if !users::accept_email(&mut *tx, user.user_id, address, now).await? {
        return Ok(false);
    }
    app.write_event(&mut tx, app.event(Event::EmailAccepted, by.actor(), now).about_user(user.user_id)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Makes the address that a link was sent to the user's, and tells the old one how to take it back. `false`: the link
/// does not work, or not any more.
///
/// # Errors
/// The database refused.
pub async fn confirm(app: &App, link: &str, caller: &Actor) -> sqlx::Result<bool> {
    let now = app.clock.now();
    let Some((mut tx, user, address)) = begin(app, Purpose::Email, link, now).await? else { return Ok(false) };
    if !users::set_email(&mut *tx, user.user_id, address.as_str(), now).await? {
        return Ok(false);
    }
    let is_new = !user.email.as_deref().is_some_and(|old| address.is_same_as(old));
    if is_new {
        links::end_all_of_user(&mut *tx, user.user_id, &SETS_A_PASSWORD.map(Purpose::as_str), now).await?;
        tell_old(&mut tx, app, &user, now).await?;
    }
    let event = if is_new { Event::EmailChanged } else { Event::EmailVerified };
    let event = app.event(event, &caller.user(user.user_id), now).about_user(user.user_id);
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Tells the address that a user gave up: how to take it back, and how to hold the account. One that somebody else gave
/// them, and that they never confirmed, cannot be taken back: it may never have been theirs.
async fn tell_old(tx: &mut PgConnection, app: &App, user: &User, now: OffsetDateTime) -> sqlx::Result<()> {
    if !recovery::is_own(user.email_given_at, now) {
        return hold::warn(tx, app, user, Loss::ByPerson).await;
    }
    let Some(old) = Recipient::of(app, user) else { return Ok(()) };
    let undo = link::issue(tx, app, Purpose::EmailUndo, old.user_id, &old.address).await?;
    let hold = link::issue(tx, app, Purpose::Hold, old.user_id, &old.address).await?;
    let message = Message::EmailChanged { undo: &undo, hold: &hold, when: &hold::when(&old, now) };
    mail::send(tx, app, &old, message).await
}

/// Makes the earlier address the user's again. Every session of theirs ends, and no browser is known any more: somebody
/// else may have begun it. `false`: the link does not work, or not any more.
///
/// # Errors
/// The database refused.
pub async fn undo(app: &App, link: &str, caller: &Actor) -> sqlx::Result<bool> {
    let now = app.clock.now();
    let Some((mut tx, user, address)) = begin(app, Purpose::EmailUndo, link, now).await? else { return Ok(false) };
    if !users::set_email(&mut *tx, user.user_id, address.as_str(), now).await? {
        return Ok(false);
    }
    if !user.email.as_deref().is_some_and(|undone| address.is_same_as(undone)) {
        hold::warn(&mut tx, app, &user, Loss::ByUndo).await?;
    }
    links::end_all_of_user(&mut *tx, user.user_id, &ENDED.map(Purpose::as_str), now).await?;
    let revoked = other_sessions::end(&mut tx, user.user_id, None, now).await?;
    let actor = caller.user(user.user_id);
    app.write_event(&mut tx, app.event(Event::EmailRestored, &actor, now).about_user(user.user_id)).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(true)
}

/// Begins what a link is for and uses it up. Says whose it is, and the address. The user's row is held first and then
/// the link's, as everywhere, so that no two changes of one account wait for each other for ever.
async fn begin(
    app: &App,
    purpose: Purpose,
    link: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(Transaction<'static, Postgres>, User, EmailAddress)>> {
    let Some((user, _)) = find(app, purpose, link).await? else { return Ok(None) };
    let mut tx = pool::begin(&app.db).await?;
    users::lock(&mut *tx, user.user_id).await?;
    let Some(taken) = link::take(&mut tx, purpose, link, now).await? else { return Ok(None) };
    let user = users::find(&mut *tx, user.user_id).await?;
    Ok(user.zip(taken.address.parse().ok()).map(|(user, address)| (tx, user, address)))
}
