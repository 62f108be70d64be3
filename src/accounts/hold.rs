//! The hold on an account. A reader of mail at an earlier address of an account can report that its user did not give that
//! address up. From then on no mailed link opens the account, and the administrators are told.
//!
//! A hold restores nothing by itself: the earlier mailbox may be the attacker's. An administrator finds out whose account it
//! is, and lifts the hold.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::link::{self, Purpose};
use crate::{
    app::{Actor, App},
    language::Moment,
    mail::{self, Loss, Message, Recipient},
    model::user::User,
    policy::{change::Deed, event::Event},
    registry::{ChangeError, RecentPrincipal, begin_of_account},
    store::{links, outbox, pool, users},
};

/// What ends with a hold, and with an address: what sets a password.
pub const SETS_A_PASSWORD: [Purpose; 2] = [Purpose::Invitation, Purpose::Recovery];

/// The most administrators who are told of one report.
const MOST_TOLD: i64 = 20;
/// For so long they are not told again of the same account.
const TOLD_FOR: Duration = Duration::HOUR;

/// Tells the address that an account loses, if mail can be sent there, and gives it the link that holds the account.
///
/// # Errors
/// The database refused.
pub async fn warn(tx: &mut PgConnection, app: &App, before: &User, how: Loss) -> sqlx::Result<()> {
    let Some(old) = Recipient::of(app, before) else { return Ok(()) };
    let hold = link::issue(tx, app, Purpose::Hold, old.user_id, &old.address).await?;
    mail::send(tx, app, &old, Message::EmailLost { how, hold: &hold, when: &when(&old, app.clock.now()) }).await
}

/// A time as a mail says it.
pub(super) fn when(to: &Recipient, at: OffsetDateTime) -> String {
    Moment::in_language(to.language, at, at).exact
}

/// Whose account a link holds, and the address that it was sent to. `None`: the link does not work, or not any more.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(app: &App, link: &str) -> sqlx::Result<Option<(User, String)>> {
    let Some(link) = link::find(app, Purpose::Hold, link).await? else { return Ok(None) };
    let Some(user_id) = link.user_id else { return Ok(None) };
    Ok(users::find(&app.db, user_id).await?.map(|user| (user, link.address)))
}

/// Holds the account of a link: what was mailed to set a password ends, and nothing more is mailed until an administrator
/// lifts the hold. The administrators are told. `false`: the link does not work, or not any more.
///
/// # Errors
/// The database refused.
pub async fn set(app: &App, link: &str, caller: &Actor) -> sqlx::Result<bool> {
    let Some((user, _)) = find(app, link).await? else { return Ok(false) };
    let now = app.clock.now();
    let mut tx = pool::begin(&app.db).await?;
    users::lock(&mut *tx, user.user_id).await?;
    if link::take(&mut tx, Purpose::Hold, link, now).await?.is_none() {
        return Ok(false);
    }
    users::hold(&mut *tx, user.user_id, now).await?;
    links::end_all_of_user(&mut *tx, user.user_id, &SETS_A_PASSWORD.map(Purpose::as_str), now).await?;
    tell_administrators(&mut tx, app, &user).await?;
    // Nobody knows who it is: whoever reads mail there.
    app.write_event(&mut tx, app.event(Event::AccountTakeoverReported, caller, now).about_user(user.user_id)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lifts the hold, after somebody has found out whose the account is. An address that was set by somebody else still
/// waits as long as it had to.
///
/// # Errors
/// [`ChangeError::Unknown`]: the account is not held, or not there.
pub async fn lift(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    let mut tx = begin_of_account(app, by, Deed::LiftHold(user_id)).await?;
    let now = app.clock.now();
    if !users::lift_hold(&mut *tx, user_id).await? {
        return Err(ChangeError::Unknown);
    }
    app.write_event(&mut tx, app.event(Event::AccountHoldLifted, by.actor(), now).about_user(user_id)).await?;
    tx.commit().await?;
    Ok(())
}

async fn tell_administrators(tx: &mut PgConnection, app: &App, user: &User) -> sqlx::Result<()> {
    let now = app.clock.now();
    let link = format!("{}/admin/users/{}", app.issuer(), user.user_id);
    let told = Message::TakeoverReported { person: "", link: "", when: "" }.kind();
    if outbox::count_of_user(&mut *tx, user.user_id, told, now - TOLD_FOR).await? > 0 {
        return Ok(());
    }
    for administrator in users::administrators(&mut *tx, MOST_TOLD).await? {
        let Some(to) = Recipient::of(app, &administrator) else { continue };
        let message = Message::TakeoverReported { person: &user.username, link: &link, when: &when(&to, now) };
        // It concerns the account that is held, and is counted by that.
        mail::send(tx, app, &Recipient { user_id: Some(user.user_id), ..to }, message).await?;
    }
    Ok(())
}
