//! The table `clients`, as it is read.

mod changes;
pub mod documents;
mod list;

use std::collections::HashMap;

use serde_json::{Map, Value};
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

pub use changes::{delete, forget_introspection, forget_scopes, insert, lock, update};
pub use list::{Sought, count, last_uses, owned, page};

use super::sayable;
use crate::{
    protocol::{
        client::{Client, ClientSecret, KeptSecret},
        client_metadata::ClientMetadata,
    },
    secret::SecretHash,
};

struct Row {
    client_id: String,
    metadata: Json<Map<String, Value>>,
    enabled: bool,
    owner: Option<Uuid>,
    tokens_not_before: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    revision: i32,
}

impl TryFrom<Row> for Client {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let metadata = ClientMetadata::stored(row.metadata.0);
        Ok(Self {
            client_id: row.client_id,
            metadata: metadata.map_err(|error| super::undecodable("metadata", error))?,
            enabled: row.enabled,
            owner: row.owner,
            tokens_not_before: row.tokens_not_before,
            created_at: row.created_at,
            updated_at: row.updated_at,
            revision: row.revision,
            secrets: Vec::new(),
        })
    }
}

struct SecretRow {
    client_id: String,
    secret_id: Uuid,
    name: String,
    secret_hash: Option<Vec<u8>>,
    sealed_hash: Option<Vec<u8>>,
    last_four: String,
    generated: bool,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
}

impl TryFrom<SecretRow> for ClientSecret {
    type Error = sqlx::Error;

    fn try_from(row: SecretRow) -> sqlx::Result<Self> {
        Ok(Self {
            secret_id: row.secret_id,
            name: row.name,
            kept: kept(row.secret_hash.as_deref(), row.sealed_hash)?,
            last_four: row.last_four,
            generated: row.generated,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

/// What a row keeps of a secret: the one or the other.
pub(super) fn kept(hash: Option<&[u8]>, sealed: Option<Vec<u8>>) -> sqlx::Result<KeptSecret> {
    let hash = hash.and_then(SecretHash::from_bytes).map(KeptSecret::Hash);
    hash.or(sealed.map(KeptSecret::Sealed)).ok_or_else(|| super::malformed("secret_hash"))
}

/// A client as it stood at one version of the registry.
pub struct ReadClient {
    /// The version.
    pub version: i64,
    /// The client, with its secrets. `None`: there was none with this id.
    pub client: Option<Client>,
    /// How long its row is as text: roughly what it takes in memory.
    pub bytes: usize,
}

/// One client with its secrets, and the version that it was read at: one statement, so that nothing changes in between.
///
/// # Errors
/// The database cannot be asked.
pub async fn read(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<ReadClient> {
    let rows = sqlx::query!(
        r#"
        select version, clients.client_id as "client_id?", metadata as "metadata?: Json<Map<String, Value>>",
            enabled as "enabled?", owner, greatest(clients.tokens_not_before, registry_version.tokens_not_before) as tokens_not_before,
            clients.created_at as "created_at?", updated_at as "updated_at?", revision as "revision?", length(metadata::text) as bytes,
            secret_id as "secret_id?", client_secrets.name as "secret_name?", secret_hash as "secret_hash?", sealed_hash as "sealed_hash?", last_four as "last_four?", generated as "generated?",
            client_secrets.created_at as "secret_created_at?", expires_at
        from registry_version
        left join clients on clients.client_id = $1
        left join client_secrets on client_secrets.client_id = clients.client_id
        order by client_secrets.created_at, secret_id
        "#,
        client_id,
    );
    let mut read = ReadClient { version: 0, client: None, bytes: 0 };
    for row in rows.fetch_all(db).await? {
        read.version = row.version;
        let found = (row.client_id, row.metadata, row.enabled, row.created_at, row.updated_at, row.revision);
        let (Some(client_id), Some(metadata), Some(enabled), Some(created_at), Some(updated_at), Some(revision)) =
            found
        else {
            continue;
        };
        let tokens_not_before = row.tokens_not_before;
        let secret = (row.secret_id, row.secret_name, row.last_four, row.generated, row.secret_created_at);
        let client = match &mut read.client {
            Some(client) => client,
            none => {
                read.bytes = row.bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
                let owner = row.owner;
                let row =
                    Row { client_id, metadata, enabled, owner, tokens_not_before, created_at, updated_at, revision };
                none.insert(row.try_into()?)
            }
        };
        if let (Some(secret_id), Some(name), Some(last_four), Some(generated), Some(created_at)) = secret {
            let kept = kept(row.secret_hash.as_deref(), row.sealed_hash)?;
            let expires_at = row.expires_at;
            client.secrets.push(ClientSecret { secret_id, name, kept, last_four, generated, created_at, expires_at });
        }
    }
    Ok(read)
}

/// The names of those of these clients that there are, by their ids.
///
/// # Errors
/// The database cannot be asked.
pub async fn names(db: impl PgExecutor<'_>, client_ids: &[String]) -> sqlx::Result<HashMap<String, String>> {
    let rows = sqlx::query!("select client_id, name from clients where client_id = any($1)", &sayable(client_ids));
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.client_id, row.name)).collect())
}

/// Whether a page of this origin may call us from a browser: an enabled client that runs in browsers answers there.
///
/// # Errors
/// The database cannot be asked.
pub async fn have_origin(db: impl PgExecutor<'_>, origin: &str) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from clients where origins @> array[$1] and enabled) as "found!""#,
        origin,
    );
    found.fetch_one(db).await
}

/// Enabled clients with a redirect URI in clear, but for native ones, whose loopback redirection is meant to be (RFC 8252
/// §7.3): up to `limit` of their ids.
///
/// # Errors
/// The database cannot be asked.
pub async fn answering_in_clear(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "
        select client_id from clients
        where enabled and type <> 'native'
          and exists (select from jsonb_array_elements_text(metadata -> 'redirect_uris') uri where uri like 'http://%')
        limit $1
        ",
        limit,
    )
    .fetch_all(db)
    .await
}

/// Enabled clients that authenticate and have no secret that still works: up to `limit` of their ids.
///
/// # Errors
/// The database cannot be asked.
pub async fn without_secret(db: impl PgExecutor<'_>, now: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "
        select client_id from clients
        where enabled and metadata ->> 'token_endpoint_auth_method' <> 'none' and not exists (
            select from client_secrets
            where client_secrets.client_id = clients.client_id and (expires_at is null or $1 < expires_at)
        )
        limit $2
        ",
        now,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Enabled clients that have a secret which they brought from elsewhere and that works still: up to `limit` of their ids,
/// each with its end, those that end first before the others.
///
/// # Errors
/// The database cannot be asked.
pub async fn with_brought_secret(
    db: impl PgExecutor<'_>,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<(String, Option<OffsetDateTime>)>> {
    let rows = sqlx::query!(
        "
        select client_id, expires_at from client_secrets join clients using (client_id)
        where not generated and enabled and (expires_at is null or $1 < expires_at)
        order by expires_at nulls last, client_id
        limit $2
        ",
        now,
        limit,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.client_id, row.expires_at)).collect())
}

/// One client, without its secrets. No id has a NUL, which PostgreSQL would refuse as an error.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<Option<Client>> {
    if client_id.contains('\0') {
        return Ok(None);
    }
    let row = sqlx::query_as!(
        Row,
        r#"
        select client_id, metadata as "metadata: _", enabled, owner, tokens_not_before, created_at, updated_at, revision
        from clients where client_id = $1
        "#,
        client_id,
    );
    row.fetch_optional(db).await?.map(Client::try_from).transpose()
}
