//! The tables `client_secrets` and `client_secret_uses`.

use std::collections::HashSet;

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::clients::kept;
use crate::protocol::client::{ClientSecret, KeptSecret};

/// A client's secrets, the oldest first, each with its last use.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_client(
    db: impl PgExecutor<'_>,
    client_id: &str,
) -> sqlx::Result<Vec<(ClientSecret, Option<OffsetDateTime>)>> {
    let rows = sqlx::query!(
        r#"
        select secret_id, name, secret_hash, sealed_hash, last_four, generated, created_at, expires_at, last_used_at as "last_used_at?"
        from client_secrets left join client_secret_uses using (secret_id)
        where client_id = $1 order by created_at, secret_id
        "#,
        client_id,
    );
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| {
        let secret = ClientSecret {
            secret_id: row.secret_id,
            name: row.name,
            kept: kept(row.secret_hash.as_deref(), row.sealed_hash)?,
            last_four: row.last_four,
            generated: row.generated,
            created_at: row.created_at,
            expires_at: row.expires_at,
        };
        Ok((secret, row.last_used_at))
    });
    rows.collect()
}

/// Adds secrets, each of a client. Gives the ids of those that were added: of the others, the hash is taken.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, secrets: &[(&str, &ClientSecret)]) -> sqlx::Result<HashSet<Uuid>> {
    macro_rules! column {
        (|$secret:ident| $value:expr) => {
            &secrets.iter().map(|(_, $secret)| $value).collect::<Vec<_>>()
        };
    }
    let inserted = sqlx::query_scalar!(
        "
        insert into client_secrets
            (secret_id, client_id, secret_hash, sealed_hash, last_four, generated, created_at, expires_at, name)
        select * from unnest(
            $1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::text[], $6::bool[], $7::timestamptz[], $8::timestamptz[], $9::text[]
        )
        on conflict do nothing
        returning secret_id
        ",
        column!(|secret| secret.secret_id),
        &secrets.iter().map(|(client_id, _)| (*client_id).to_owned()).collect::<Vec<_>>(),
        column!(|secret| match &secret.kept {
            KeptSecret::Hash(hash) => Some(hash.as_bytes().to_vec()),
            KeptSecret::Sealed(_) => None,
        }) as &Vec<Option<Vec<u8>>>,
        column!(|secret| match &secret.kept {
            KeptSecret::Hash(_) => None,
            KeptSecret::Sealed(sealed) => Some(sealed.clone()),
        }) as &Vec<Option<Vec<u8>>>,
        column!(|secret| secret.last_four.clone()),
        column!(|secret| secret.generated),
        column!(|secret| secret.created_at),
        column!(|secret| secret.expires_at) as &Vec<Option<OffsetDateTime>>,
        column!(|secret| secret.name.clone()),
    );
    Ok(inserted.fetch_all(db).await?.into_iter().collect())
}

/// Writes when a secret ends.
///
/// # Errors
/// The database refused.
pub async fn expire(db: impl PgExecutor<'_>, secret_id: Uuid, end: Option<OffsetDateTime>) -> sqlx::Result<()> {
    let expired = sqlx::query!("update client_secrets set expires_at = $2 where secret_id = $1", secret_id, end);
    expired.execute(db).await.map(|_| ())
}

/// Removes a secret.
///
/// # Errors
/// The database refused.
pub async fn delete(db: impl PgExecutor<'_>, secret_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from client_secrets where secret_id = $1", secret_id).execute(db).await.map(|_| ())
}

/// Records when secrets were last used. The rows are sorted, so that two nodes cannot wait for each other.
///
/// # Errors
/// The database refused.
pub async fn record_uses(db: impl PgExecutor<'_>, uses: &[(Uuid, OffsetDateTime)]) -> sqlx::Result<()> {
    let (ids, times): (Vec<_>, Vec<_>) = uses.iter().copied().unzip();
    sqlx::query!(
        "
        insert into client_secret_uses (secret_id, last_used_at)
        select secret_id, used_at from unnest($1::uuid[], $2::timestamptz[]) as used (secret_id, used_at)
        join client_secrets using (secret_id)
        order by secret_id
        on conflict (secret_id) do update set last_used_at = greatest(client_secret_uses.last_used_at, excluded.last_used_at)
        ",
        &ids, &times,
    )
    .execute(db)
    .await
    .map(|_| ())
}
