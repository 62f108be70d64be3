//! Resets the factors of a user who has lost them.

use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    authentication::throttle,
    mail::{self, Message, Recipient},
    policy::{change::Deed, event::Event},
    registry::{ChangeError, RecentPrincipal, begin_of_account},
    store::{
        factors,
        grants::{self, GrantsOf},
        sessions, users,
    },
};

/// Takes away everything that a user proves themselves by beside the password, recovery codes too. Every session of
/// theirs ends and every token stops working; at the next sign-in who must have a factor adds a new one.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn reset(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    let mut tx = begin_of_account(app, by, Deed::ResetFactors(user_id)).await?;
    let now = app.clock.now();
    let user = users::find(&mut *tx, user_id).await?.ok_or(ChangeError::Unknown)?;
    let names = factors::remove_all(&mut *tx, user_id).await?;
    sessions::end_all_of_user(&mut tx, user_id, None, now).await?;
    let revoked = grants::revoke(&mut tx, GrantsOf::User(user_id, None), now).await?;
    if let Some(to) = Recipient::of(app, &user).filter(|_| !names.is_empty()) {
        mail::send(&mut tx, app, &to, Message::FactorRemoved { name: &names.join(", ") }).await?;
    }
    let event = app.event(Event::UserMfaReset, by.actor(), now).about_user(user_id);
    app.write_event(&mut tx, event.change(Some(json!({ "factors": names })), None)).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(throttle::forgive_second_factor(app, user_id).await?)
}
