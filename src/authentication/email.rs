//! A person's e-mail address: it is theirs once a mail that went there was answered, and the old one can take it back.

use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

use super::{
    link::{self, Link, MOST_IN_AN_HOUR, Purpose},
    other_sessions,
};
use crate::{
    app::{Actor, App},
    mail::{self, Message, Recipient},
    policy::{email_address::EmailAddress, user::User},
    store::{links, pool, users},
};

/// What ends when an address is taken back: whoever has them stole it.
const ENDED: [Purpose; 4] = [Purpose::Invitation, Purpose::Recovery, Purpose::Email, Purpose::EmailUndo];

/// Mails a link to an address that shall become a person's, or is but was never shown to be. Nothing changes until it is
/// used (UI-07). `false`: they were sent too many of late.
///
/// # Errors
/// The database refused.
pub async fn ask(app: &App, user: &User, address: EmailAddress, actor: &Actor) -> sqlx::Result<bool> {
    let now = app.clock.now();
    let mut tx = pool::begin(&app.db).await?;
    users::lock(&mut *tx, user.user_id).await?;
    let sent = links::count_of_user(&mut *tx, user.user_id, Purpose::Email.as_str(), now - Duration::HOUR).await?;
    if sent >= MOST_IN_AN_HOUR {
        return Ok(false);
    }
    let to = Recipient::at(app, user, address);
    let link = link::issue(&mut tx, app, Purpose::Email, to.user_id, &to.address).await?;
    mail::send(&mut tx, app, &to, Message::VerifyEmail { link: &link }).await?;
    app.write_event(&mut tx, app.event("email.requested", actor, now).about(subject(user.user_id))).await?;
    tx.commit().await?;
    Ok(true)
}

/// Makes the address that a link was sent to the person's, and tells the old one how to take it back. `false`: the link
/// does not work, or not any more.
///
/// # Errors
/// The database refused.
pub async fn confirm(app: &App, link: &str, caller: &Actor) -> sqlx::Result<bool> {
    let now = app.clock.now();
    let mut tx = pool::begin(&app.db).await?;
    let Some((user, address)) = taken(&mut tx, app, Purpose::Email, link).await? else { return Ok(false) };
    if !users::set_email(&mut *tx, user.user_id, address.as_str(), now).await? {
        return Ok(false);
    }
    let is_new = !user.email.as_deref().is_some_and(|old| address.is_same_as(old));
    if let (true, Some(old)) = (is_new, Recipient::of(app, &user)) {
        let undo = link::issue(&mut tx, app, Purpose::EmailUndo, old.user_id, &old.address).await?;
        mail::send(&mut tx, app, &old, Message::EmailChanged { link: &undo }).await?;
    }
    let event = if is_new { "email.changed" } else { "email.verified" };
    let event = app.event(event, &caller.named(subject(user.user_id)), now).about(subject(user.user_id));
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Makes the earlier address the person's again. Every session of theirs ends: somebody else may have begun it. `false`:
/// the link does not work, or not any more.
///
/// # Errors
/// The database refused.
pub async fn undo(app: &App, link: &str, caller: &Actor) -> sqlx::Result<bool> {
    let now = app.clock.now();
    let mut tx = pool::begin(&app.db).await?;
    let Some((user, address)) = taken(&mut tx, app, Purpose::EmailUndo, link).await? else { return Ok(false) };
    if !users::set_email(&mut *tx, user.user_id, address.as_str(), now).await? {
        return Ok(false);
    }
    links::end_all_of_user(&mut *tx, user.user_id, &ENDED.map(Purpose::as_str), now).await?;
    // No session has the nil id: all of them end.
    let revoked = other_sessions::end(&mut tx, user.user_id, Uuid::nil(), now).await?;
    let actor = caller.named(subject(user.user_id));
    app.write_event(&mut tx, app.event("email.restored", &actor, now).about(subject(user.user_id))).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(true)
}

async fn taken(
    tx: &mut PgConnection,
    app: &App,
    purpose: Purpose,
    link: &str,
) -> sqlx::Result<Option<(User, EmailAddress)>> {
    let Some(Link { user_id: Some(user_id), address }) = link::take(tx, purpose, link, app.clock.now()).await? else {
        return Ok(None);
    };
    users::lock(&mut *tx, user_id).await?;
    Ok(users::find(&mut *tx, user_id).await?.zip(address.parse().ok()))
}

fn subject(user_id: Uuid) -> String {
    format!("user:{user_id}")
}
