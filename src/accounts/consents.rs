//! Withdraws what a user allowed a client: the user does it, or an administrator.

use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    policy::{change::Deed, event::Event},
    protocol::client::is_client_id,
    registry::{ChangeError, Principal, begin_of_account},
    store::{
        consents,
        grants::{self, GrantsOf},
    },
};

/// Forgets what a user allowed a client, and revokes every grant that came of it, with codes and tokens, offline ones
/// too (CO-11, RF-11). Nothing happens if there is nothing to withdraw.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn withdraw(app: &App, by: &Principal, user_id: Uuid, client_id: &str) -> Result<(), ChangeError> {
    if !is_client_id(client_id) {
        return Ok(());
    }
    let mut tx = begin_of_account(app, by, Deed::WithdrawConsent(user_id)).await?;
    let now = app.clock.now();
    let remembered = consents::withdraw(&mut *tx, user_id, client_id).await?;
    let revoked = grants::revoke(&mut tx, GrantsOf::User(user_id, Some(client_id)), now).await?;
    if !remembered && revoked.is_empty() {
        return Ok(());
    }
    let event = app.event(Event::ConsentWithdrawn, by.actor(), now).about_user(user_id).of_client(client_id);
    app.write_event(&mut tx, event.change(None, Some(json!({ "revoked_grants": revoked.len() })))).await?;
    tx.commit().await?;
    app.add_revoked(&revoked);
    Ok(())
}
