//! The tables `known_devices` and `known_networks`: from where a user has signed in before. What ends sessions from
//! elsewhere (`sessions.rs`) forgets the devices that they were in.

use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{protocol::interaction::SignedIn, secret::SecretHash};

/// How long a device or network stays known without a sign-in.
const KNOWN_FOR: Duration = Duration::days(365);
/// How many of each a user has: the latest ones.
const MOST: i64 = 20;

/// Whether this user has signed in in this browser before.
///
/// # Errors
/// The database cannot be asked.
pub async fn is_known(
    db: impl PgExecutor<'_>,
    device: &SecretHash,
    user_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let known = sqlx::query_scalar!(
        r#"
        select exists (
            select from known_devices where secret_hash = $1 and user_id = $2 and last_used_at > $3
        ) as "known!"
        "#,
        device.as_bytes(),
        user_id,
        now - KNOWN_FOR,
    );
    known.fetch_one(db).await
}

/// Whether anybody has signed in in this browser before, so that its cookie is one that we gave.
///
/// # Errors
/// The database cannot be asked.
pub async fn is_ours(db: impl PgExecutor<'_>, device: &SecretHash) -> sqlx::Result<bool> {
    let ours = sqlx::query_scalar!(
        r#"select exists (select from known_devices where secret_hash = $1) as "ours!""#,
        device.as_bytes()
    );
    ours.fetch_one(db).await
}

/// Notes a sign-in in this browser. `Some(true)`: the user is known to have others, but not this one. `None`: the
/// session has ended in the meantime, and what ended it has forgotten this browser.
///
/// The session is held until the transaction ends: whatever ends it afterwards finds the browser.
///
/// # Errors
/// The database refused.
pub async fn note(
    tx: &mut PgConnection,
    device: &SecretHash,
    signed_in: &SignedIn,
    now: OffsetDateTime,
) -> sqlx::Result<Option<bool>> {
    let user_id = signed_in.user_id;
    let noted = sqlx::query_scalar!(
        r#"
        with session as (
            select session_id from sessions where session_id = $4 and ended_at is null for share
        ), noted as (
            insert into known_devices (secret_hash, user_id, created_at, last_used_at, session_id)
            select $1, $2, $3, $3, session_id from session
            on conflict (secret_hash, user_id) do update
            set last_used_at = excluded.last_used_at, session_id = excluded.session_id
            returning created_at = $3 as is_new
        )
        select is_new and exists (select from known_devices where user_id = $2) as "is_another!" from noted
        "#,
        device.as_bytes(),
        user_id,
        now,
        signed_in.session_id,
    );
    let Some(is_another) = noted.fetch_optional(&mut *tx).await? else { return Ok(None) };
    sqlx::query!(
        "
        delete from known_devices where user_id = $1 and secret_hash in
            (select secret_hash from known_devices where user_id = $1 order by last_used_at desc offset $2)
        ",
        user_id,
        MOST,
    )
    .execute(tx)
    .await?;
    Ok(Some(is_another))
}

/// Notes a sign-in from this network. `true`: the user is known to use others, but not this one.
///
/// # Errors
/// The database refused.
pub async fn note_network(
    tx: &mut PgConnection,
    network: &str,
    user_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let known = sqlx::query_scalar!("select network from known_networks where user_id = $1", user_id);
    let known = known.fetch_all(&mut *tx).await?;
    sqlx::query!(
        "
        insert into known_networks (user_id, network, last_used_at) values ($1, $2, $3)
        on conflict (user_id, network) do update set last_used_at = excluded.last_used_at
        ",
        user_id,
        network,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "
        delete from known_networks where user_id = $1 and network in
            (select network from known_networks where user_id = $1 order by last_used_at desc offset $2)
        ",
        user_id,
        MOST,
    )
    .execute(tx)
    .await?;
    Ok(!known.is_empty() && !known.iter().any(|one| one == network))
}

/// Forgets every device of a user, but perhaps that of one session: nobody knows any more who holds them.
///
/// # Errors
/// The database refused.
pub(super) async fn forget_all_of_user(db: impl PgExecutor<'_>, user_id: Uuid, but: Option<Uuid>) -> sqlx::Result<()> {
    sqlx::query!("delete from known_devices where user_id = $1 and session_id is distinct from $2", user_id, but)
        .execute(db)
        .await
        .map(|_| ())
}

/// Forgets the devices of these sessions of a user.
///
/// # Errors
/// The database refused.
pub(super) async fn forget(db: impl PgExecutor<'_>, user_id: Uuid, session_ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("delete from known_devices where user_id = $1 and session_id = any($2)", user_id, session_ids)
        .execute(db)
        .await
        .map(|_| ())
}

/// Forgets every device of everybody.
///
/// # Errors
/// The database refused.
pub(super) async fn forget_all(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("delete from known_devices").execute(db).await.map(|_| ())
}
