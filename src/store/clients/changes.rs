//! What a change of clients holds and writes.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Row, SecretRow};
use crate::protocol::client::Client;

/// Holds clients until the transaction ends, and reads them with their secrets. Nobody else changes them meanwhile; new
/// grants of theirs may begin.
///
/// # Errors
/// The database refused.
pub async fn lock(db: &mut PgConnection, client_ids: &[String]) -> sqlx::Result<Vec<Client>> {
    if client_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"
        select client_id, metadata as "metadata: _", enabled, owner, tokens_not_before, created_at, updated_at, revision
        from clients where client_id = any($1) order by client_id for no key update
        "#,
        client_ids,
    );
    let clients = rows.fetch_all(&mut *db).await?.into_iter().map(Client::try_from);
    let mut clients = clients.collect::<sqlx::Result<Vec<_>>>()?;
    if clients.is_empty() {
        return Ok(clients);
    }
    let secrets = sqlx::query_as!(
        SecretRow,
        "
        select client_id, secret_id, name, secret_hash, sealed_hash, last_four, generated, created_at, expires_at from client_secrets
        where client_id = any($1) order by client_id, created_at, secret_id
        ",
        client_ids,
    );
    let mut of_client = HashMap::<_, Vec<_>>::new();
    for row in secrets.fetch_all(db).await? {
        of_client.entry(row.client_id.clone()).or_default().push(row.try_into()?);
    }
    for client in &mut clients {
        client.secrets = of_client.remove(&client.client_id).unwrap_or_default();
    }
    Ok(clients)
}

/// Adds clients, without their secrets. Gives the ids of those that were added: the others are taken.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, clients: &[&Client]) -> sqlx::Result<HashSet<String>> {
    let metadata = clients.iter().map(|client| Value::Object(client.metadata.members()));
    let inserted = sqlx::query_scalar!(
        "
        insert into clients (client_id, metadata, origins, enabled, owner, created_at, updated_at)
        select client_id, metadata, array(select jsonb_array_elements_text(origins)), enabled, owner, created_at, created_at
        from unnest($1::text[], $2::jsonb[], $3::jsonb[], $4::bool[], $5::uuid[], $6::timestamptz[])
            as new (client_id, metadata, origins, enabled, owner, created_at)
        on conflict do nothing
        returning client_id
        ",
        &clients.iter().map(|client| client.client_id.clone()).collect::<Vec<_>>(),
        &metadata.collect::<Vec<_>>(),
        &clients.iter().map(|client| json!(client.origins())).collect::<Vec<_>>(),
        &clients.iter().map(|client| client.enabled).collect::<Vec<_>>(),
        &clients.iter().map(|client| client.owner).collect::<Vec<_>>() as &[Option<Uuid>],
        &clients.iter().map(|client| client.created_at).collect::<Vec<_>>(),
    );
    Ok(inserted.fetch_all(db).await?.into_iter().collect())
}

/// Writes all of a client but its secrets. The transaction holds it. What a newer version of the program keeps in the
/// metadata beside ours stays.
///
/// # Errors
/// The database refused.
pub async fn update(db: impl PgExecutor<'_>, client: &Client) -> sqlx::Result<()> {
    let updated = sqlx::query!(
        "
        update clients set metadata = metadata || $2, origins = $3, enabled = $4, tokens_not_before = $5, updated_at = $6,
            revision = $7, owner = $8
        where client_id = $1
        ",
        client.client_id,
        Value::Object(client.metadata.members()),
        &client.origins(),
        client.enabled,
        client.tokens_not_before,
        client.updated_at,
        client.revision,
        client.owner,
    );
    updated.execute(db).await.map(|_| ())
}

/// Takes scopes from every client that has them. Otherwise a client would have, without anybody's decision, a scope of the
/// same name that another API registers later. Says which clients; of very many, some.
///
/// # Errors
/// The database refused.
pub async fn forget_scopes(db: &mut PgConnection, gone: &[String]) -> sqlx::Result<Vec<String>> {
    // In one order, so that no two changes wait for each other for ever.
    sqlx::query!(
        r#"
        with held as materialized (
            select client_id from clients where scopes && $1 order by client_id for no key update
        )
        select count(*) as "held!" from held
        "#,
        gone,
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query_scalar!(
        r#"
        with changed as (
            update clients set
                metadata = jsonb_set(metadata, '{scope}', to_jsonb(array_to_string(array(
                    select name from unnest(scopes) with ordinality as held (name, place) where name <> all($1) order by place
                ), ' '))),
                revision = revision + 1
            where scopes && $1
            returning client_id
        )
        select client_id as "client_id!" from changed limit 10000
        "#,
        gone,
    )
    .fetch_all(db)
    .await
}

/// No client acts any more for the API with this identifier. Says which clients did.
///
/// # Errors
/// The database refused.
pub async fn forget_introspection(db: impl PgExecutor<'_>, identifier: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "
        update clients set metadata = jsonb_set(metadata, '{introspects_api}', 'null'), revision = revision + 1
        where introspects_api = $1
        returning client_id
        ",
        identifier,
    )
    .fetch_all(db)
    .await
}

/// Removes a client with all that hangs on it.
///
/// # Errors
/// The database refused.
pub async fn delete(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<()> {
    sqlx::query!("delete from clients where client_id = $1", client_id).execute(db).await.map(|_| ())
}
