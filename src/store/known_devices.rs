//! The tables `known_devices` and `known_networks`: from where a person has signed in before.

use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::secret::SecretHash;

/// How long a device or network stays known without a sign-in.
const KNOWN_FOR: Duration = Duration::days(365);
/// How many of each a person has: the latest ones.
const MOST: i64 = 20;

/// Whether this person has signed in in this browser before.
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

/// Notes a sign-in in this browser. `true`: the person is known to have others, but not this one.
///
/// # Errors
/// The database refused.
pub async fn note(
    tx: &mut PgConnection,
    device: &SecretHash,
    user_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let noted = sqlx::query_scalar!(
        r#"
        with noted as (
            insert into known_devices (secret_hash, user_id, created_at, last_used_at) values ($1, $2, $3, $3)
            on conflict (secret_hash, user_id) do update set last_used_at = excluded.last_used_at
            returning created_at = $3 as is_new
        )
        select is_new and exists (select from known_devices where user_id = $2) as "is_another!" from noted
        "#,
        device.as_bytes(),
        user_id,
        now,
    );
    let is_another = noted.fetch_one(&mut *tx).await?;
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
    Ok(is_another)
}

/// Notes a sign-in from this network. `true`: the person is known to use others, but not this one.
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

/// Forgets every device of a person, but perhaps one: nobody knows any more who holds them.
///
/// # Errors
/// The database refused.
pub async fn forget_all(db: impl PgExecutor<'_>, user_id: Uuid, but: Option<&SecretHash>) -> sqlx::Result<()> {
    let but = but.map(SecretHash::as_bytes);
    sqlx::query!("delete from known_devices where user_id = $1 and secret_hash is distinct from $2", user_id, but)
        .execute(db)
        .await
        .map(|_| ())
}
