//! Links that an administrator sends to a user: nobody sets somebody else's password (AD-14).

use sqlx::PgConnection;

use super::link::{self, Purpose};
use crate::{
    app::App,
    language::Moment,
    mail::{self, Message, Recipient},
    model::user::User,
    policy::{
        change::Deed,
        event::Event,
        recovery::{Withheld, withheld},
        refusal::{Fault, Refusal},
    },
    registry::{ChangeError, Principal, RecentPrincipal, begin_of_account},
    store::users,
};

/// Mails an enabled user a link to choose their first password.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: they are disabled, or have no address.
pub async fn invite(app: &App, by: &RecentPrincipal, user_id: uuid::Uuid) -> Result<(), ChangeError> {
    send(app, by, user_id, Purpose::Invitation).await
}

/// Mails an enabled user a link to set a new password. The old one holds until then.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: they are disabled, or have no address.
pub async fn send_reset(app: &App, by: &RecentPrincipal, user_id: uuid::Uuid) -> Result<(), ChangeError> {
    send(app, by, user_id, Purpose::Recovery).await
}

async fn send(app: &App, by: &Principal, user_id: uuid::Uuid, purpose: Purpose) -> Result<(), ChangeError> {
    let mut tx = begin_of_account(app, by, Deed::MailLink(user_id)).await?;
    let (user, in_use) = users::find_with_use(&mut *tx, user_id).await?.ok_or(ChangeError::Unknown)?;
    if !user.enabled {
        return Err(ChangeError::NotPermitted("This user is disabled. Enable them first.".into()));
    }
    if let Some(why) = withheld(user.held_at, user.email_given_at, in_use, app.clock.now()) {
        return Err(ChangeError::NotPermitted(explained(why)));
    }
    send_within(app, &mut tx, by, &user, purpose).await?;
    tx.commit().await?;
    Ok(())
}

fn explained(why: Withheld) -> String {
    match why {
        Withheld::Held => "This account is held: somebody at an earlier address said that it is being taken over. \
            Find out whose it is, and lift the hold first."
            .into(),
        Withheld::Until(until) => format!(
            "An administrator set this address, and the user has not confirmed it in their account. A link for a new \
             password can go there from {} on.",
            Moment::new(until, until).exact
        ),
    }
}

/// The same as part of a transaction.
pub(super) async fn send_within(
    app: &App,
    tx: &mut PgConnection,
    by: &Principal,
    user: &User,
    purpose: Purpose,
) -> Result<(), ChangeError> {
    let to = Recipient::of(app, user)
        .ok_or_else(|| Refusal::new("email", Fault::Required, "A mail cannot be sent without an address."))?;
    let link = link::issue(tx, app, purpose, to.user_id, &to.address).await?;
    let (event, message) = match purpose {
        Purpose::Invitation => (Event::UserInvited, Message::Invitation { link: &link }),
        _ => (Event::UserReset, Message::Recovery { link: &link }),
    };
    mail::send(tx, app, &to, message).await?;
    app.write_event(tx, app.event(event, by.actor(), app.clock.now()).about_user(user.user_id)).await?;
    Ok(())
}
