//! Sending what waits in the outbox: again and again, later each time, for a day.

use std::time::Duration;

use super::{
    open,
    smtp::{Post, Undelivered},
};
use crate::{
    app::App,
    store::outbox::{self, WaitingMail},
};

/// How often it is said that mail waits that nobody sends.
pub const REMINDER: Duration = Duration::from_mins(10);
/// With the pauses of [`outbox::take_due`], the last attempt is made after a day.
const MOST_ATTEMPTS: i32 = 20;

/// Sends everything that is due.
///
/// # Errors
/// The database refused.
pub async fn deliver(app: &App, post: &Post) -> sqlx::Result<()> {
    while let Some(mail) = outbox::take_due(&app.db, app.clock.now()).await? {
        let sent = match open(app, &mail) {
            Ok(letter) => post.send(letter).await,
            Err(_) => Err(Undelivered::Refused("another master key sealed it".into())),
        };
        note(app, &mail, sent).await?;
    }
    Ok(())
}

async fn note(app: &App, mail: &WaitingMail, sent: Result<(), Undelivered>) -> sqlx::Result<()> {
    let (now, event, kind) = (app.clock.now(), mail.mail_id, mail.kind.as_str());
    match sent {
        Ok(()) => {
            outbox::mark_sent(&app.db, mail.mail_id, now).await?;
            tracing::info!(event = kind, event_id = %event, "a mail was sent");
        }
        Err(reason @ Undelivered::Later(_)) if mail.attempts < MOST_ATTEMPTS => {
            tracing::warn!(event = kind, event_id = %event, %reason, "a mail was not sent yet");
        }
        Err(reason) => {
            outbox::give_up(&app.db, mail.mail_id, now).await?;
            tracing::error!(event = kind, event_id = %event, %reason, "a mail will not be sent");
        }
    }
    Ok(())
}

/// Says in the log that mail waits which nobody sends; of `portcullis dev`, whose pages show it, that is no news.
///
/// # Errors
/// The database cannot be asked.
pub async fn remind(app: &App) -> sqlx::Result<()> {
    let waiting = outbox::count_waiting_since(&app.db, app.clock.now()).await?;
    if waiting > 0 && !app.settings.dev {
        tracing::warn!(events = waiting, "mail waits that nobody sends: set mail.smtp_url and mail.from");
    }
    Ok(())
}
