//! Links that undo a change of the e-mail address. They end when a signed-in user proves to be the owner of the account.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    policy::recovery,
    store::{factors, links},
};

/// Ends the undo links of address changes that the owner made, if this session proves the owner
/// ([`recovery::owner_since`]). Call it before any factor changes.
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
