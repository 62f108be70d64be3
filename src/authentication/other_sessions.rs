//! Ends a user's other sessions when they change a password or a factor (LG-11).

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::store::{
    grants::{self, GrantsOf},
    sessions,
};

/// Ends the user's sessions but the one that is `kept`, if any, with everything that they gave to clients, offline
/// access too, and forgets the browsers that they signed in in before, but that one's. Says which grants were revoked:
/// once the transaction is committed, they are for [`crate::app::App::add_revoked`].
///
/// # Errors
/// The database refused.
pub async fn end(
    tx: &mut PgConnection,
    user_id: Uuid,
    kept: Option<Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    sessions::end_all_of_user(&mut *tx, user_id, kept, now).await?;
    grants::revoke(tx, GrantsOf::OtherSessions(user_id, kept), now).await
}
