//! The end of a hold on an account ([`crate::authentication::hold`]).

use uuid::Uuid;

use crate::{
    app::App,
    policy::event::Event,
    registry::{ChangeError, RecentPrincipal, begin_of_account},
    store::users,
};

/// Lifts the hold, after somebody has found out whose the account is. An address that was set by somebody else still
/// waits as long as it had to.
///
/// # Errors
/// [`ChangeError::Unknown`]: the account is not held, or not there.
pub async fn lift(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    let mut tx = begin_of_account(app, by, user_id).await?;
    let now = app.clock.now();
    if !users::lift_hold(&mut *tx, user_id).await? {
        return Err(ChangeError::Unknown);
    }
    app.write_event(&mut tx, app.event(Event::AccountHoldLifted, by.actor(), now).about_user(user_id)).await?;
    tx.commit().await?;
    Ok(())
}
