//! Locks the session and the accounts that a change depends on, until its transaction ends.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{parsed, sessions::SessionKind};
use crate::{
    protocol::{
        assurance::{Proof, kept},
        interaction::SignedIn,
    },
    secret::SecretHash,
};

/// Makes changes of these accounts, and what rests on them, wait for each other until the transaction ends. Accounts are
/// always held in the order of their ids, so that no two transactions wait for each other for ever.
///
/// # Errors
/// The database refused.
pub async fn hold_accounts(tx: &mut PgConnection, user_ids: &[Uuid]) -> sqlx::Result<()> {
    let held =
        sqlx::query!("select user_id from users where user_id = any($1) order by user_id for no key update", user_ids);
    held.fetch_all(tx).await.map(|_| ())
}

/// A session that is alive and still has this secret: nothing ends it, or proves anything anew in it, until the
/// transaction ends. `None`: it has ended, or has got another secret.
///
/// # Errors
/// The database refused.
pub async fn hold_session(
    db: impl PgExecutor<'_>,
    session_id: Uuid,
    secret: &SecretHash,
    kind: SessionKind,
    now: OffsetDateTime,
) -> sqlx::Result<Option<SignedIn>> {
    let row = sqlx::query!(
        "
        select session_id, user_id, authenticated_at, proven_at, amr, acr from sessions
        where session_id = $1 and secret_hash = $2 and kind = $3 and ended_at is null and $4 < expires_at
        for share
        ",
        session_id,
        secret.as_bytes(),
        kind.as_str(),
        now,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    Ok(Some(SignedIn {
        session_id: row.session_id,
        user_id: row.user_id,
        authenticated_at: row.authenticated_at,
        proven_at: row.proven_at,
        proof: Proof { amr: kept(row.amr), level: parsed("acr", &row.acr)? },
    }))
}
