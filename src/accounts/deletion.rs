//! The end of an account that was deleted: it is erased after some weeks (LP-07), its subject identifier never used again
//! (JW-18).

use time::Duration;

use crate::{
    app::{Actor, App},
    policy::{change::RESTORABLE, event::Event},
    store::{erasure, links, outbox, pool},
};

/// How long it can be seen that a mail was sent.
const KEEP_MAIL: Duration = Duration::days(30);
/// How long a link that has expired is kept, to count how many there were.
const KEEP_LINKS: Duration = Duration::days(1);

/// Erases accounts that were deleted long enough ago, and what old mails and links say of users.
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
