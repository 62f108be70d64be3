//! The end of an account: deleted at once, erased after some weeks (LP-07), its subject identifier never reused (JW-18).

use time::Duration;
use uuid::Uuid;

use super::users::change::Change;
use crate::{
    app::{Actor, App},
    mail::{self, Message, Recipient},
    model::user::User,
    policy::event::Event,
    registry::{ChangeError, RecentPrincipal},
    store::{erasure, links, outbox, pool},
};

/// How long a deleted account can be restored. Then everything personal is erased, within a day.
pub const RESTORABLE: Duration = Duration::days(29);

const UPKEEP: std::time::Duration = std::time::Duration::from_hours(1);
/// How long it can be seen that a mail was sent.
const KEEP_MAIL: Duration = Duration::days(30);
/// How long a link that has expired is kept, to count how many there were.
const KEEP_LINKS: Duration = Duration::days(1);

/// Deletes an account: nobody signs in to it any more, its sessions and grants end, and the person is told. Its name
/// stays taken until it is erased.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: nobody could administer this installation any more.
pub async fn delete(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    let mut change = Change::begin(app, by, user_id).await?;
    if change.before.deleted_at.is_some() {
        return Ok(());
    }
    erasure::mark_deleted(&mut *change.tx, user_id, change.now).await?;
    if let Some(to) = Recipient::of(app, &change.before) {
        mail::send(&mut change.tx, app, &to, Message::AccountDeleted).await?;
    }
    let after = User { enabled: false, deleted_at: Some(change.now), ..change.before.clone() };
    change.finish(Event::UserDeleted, by, &after).await
}

/// Brings a deleted account back, without its sessions and grants, and disabled: it may have been so before.
///
/// # Errors
/// [`ChangeError::Unknown`]: it is not deleted, or erased.
pub async fn restore(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    let mut change = Change::begin(app, by, user_id).await?;
    if !erasure::restore(&mut *change.tx, user_id, change.now).await? {
        return Err(ChangeError::Unknown);
    }
    let after = User { deleted_at: None, ..change.before.clone() };
    change.finish(Event::UserRestored, by, &after).await
}

/// Erases what is due, again and again, until the last handle of the app is gone.
pub fn start(app: &App) {
    app.repeat(UPKEEP, "deleted accounts could not be erased", |app| async move { erase_due(&app).await });
}

/// Erases accounts that were deleted long enough ago, and what old mails and links say of people.
///
/// # Errors
/// The database refused.
pub async fn erase_due(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    loop {
        let mut tx = pool::begin(&app.db).await?;
        let Some(user_id) = erasure::erase_one(&mut tx, now - RESTORABLE, now).await? else { break };
        let event = app.event(Event::UserErased, &Actor::system(), now).about_user(user_id);
        app.write_event(&mut tx, event).await?;
        tx.commit().await?;
    }
    outbox::forget(&app.db, now - KEEP_MAIL).await?;
    links::forget(&app.db, now - KEEP_LINKS).await?;
    Ok(())
}
