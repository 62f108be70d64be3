//! Links that undo a change of address: they end when whoever is signed in proves to be the owner of the account.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    policy::recovery,
    store::{factors, links},
};

/// Ends the links that undo changes of a person's address, those that were made when whoever is signed in here had the
/// factors already that the person has now ([`recovery::owner_since`]). Asked before anything of the factors changes.
///
/// # Errors
/// The database refused.
pub async fn end(
    tx: &mut PgConnection,
    user_id: Uuid,
    session_id: Option<Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let Some(session_id) = session_id else { return Ok(()) };
    let Some((level, newest_factor)) = factors::behind(&mut *tx, user_id, session_id).await? else { return Ok(()) };
    match recovery::owner_since(level, newest_factor) {
        Some(since) => links::end_undo(tx, user_id, since, session_id, now).await,
        None => Ok(()),
    }
}
