//! The table `client_key_uses`: when clients last proved who they are by which key.

use std::collections::HashMap;

use sqlx::PgExecutor;
use time::OffsetDateTime;

/// When each key of a client was last used, by its thumbprint.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_client(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<HashMap<String, OffsetDateTime>> {
    let rows = sqlx::query!("select key, last_used_at from client_key_uses where client_id = $1", client_id);
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.key, row.last_used_at)).collect())
}

/// Records when keys were last used: client, thumbprint, time. They are sorted, so that two nodes cannot wait for each other.
///
/// # Errors
/// The database refused.
pub async fn record(db: impl PgExecutor<'_>, uses: &[((String, String), OffsetDateTime)]) -> sqlx::Result<()> {
    let clients = uses.iter().map(|((client_id, _), _)| client_id.clone()).collect::<Vec<_>>();
    let keys = uses.iter().map(|((_, key), _)| key.clone()).collect::<Vec<_>>();
    let times = uses.iter().map(|(_, at)| *at).collect::<Vec<_>>();
    sqlx::query!(
        "
        insert into client_key_uses (client_id, key, last_used_at)
        select client_id, key, used_at
        from unnest($1::text[], $2::text[], $3::timestamptz[]) as used (client_id, key, used_at)
        join clients using (client_id)
        order by client_id, key
        on conflict (client_id, key) do update
        set last_used_at = greatest(client_key_uses.last_used_at, excluded.last_used_at)
        ",
        &clients,
        &keys,
        &times,
    )
    .execute(db)
    .await
    .map(|_| ())
}
