//! The table `clients`.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::parsed;
use crate::protocol::{client::Client, scope::Scope};

struct Row {
    client_id: String,
    name: String,
    r#type: String,
    auth_method: String,
    grant_types: Vec<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    scopes: Vec<String>,
    id_token_signed_response_alg: String,
    access_token_lifetime: i32,
    refresh_token_idle_lifetime: i32,
    refresh_token_lifetime: i32,
    introspects_api: Option<uuid::Uuid>,
    introspects_all: bool,
    contacts: Vec<String>,
    client_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    enabled: bool,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    revision: i32,
}

impl TryFrom<Row> for Client {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            client_id: row.client_id,
            name: row.name,
            client_type: parsed("type", &row.r#type)?,
            auth_method: parsed("auth_method", &row.auth_method)?,
            grant_types: row.grant_types.iter().map(|text| parsed("grant_types", text)).collect::<sqlx::Result<_>>()?,
            redirect_uris: row.redirect_uris,
            post_logout_redirect_uris: row.post_logout_redirect_uris,
            scopes: Scope::from_names(row.scopes).map_err(|_| super::malformed("scopes"))?,
            id_token_signed_response_alg: parsed("id_token_signed_response_alg", &row.id_token_signed_response_alg)?,
            access_token_lifetime: row.access_token_lifetime,
            refresh_token_idle_lifetime: row.refresh_token_idle_lifetime,
            refresh_token_lifetime: row.refresh_token_lifetime,
            introspects_api: row.introspects_api,
            introspects_all: row.introspects_all,
            contacts: row.contacts,
            client_uri: row.client_uri,
            policy_uri: row.policy_uri,
            tos_uri: row.tos_uri,
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
            revision: row.revision,
            secrets: Vec::new(),
        })
    }
}

/// Every client, without its secrets.
///
/// # Errors
/// The database cannot be asked.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Client>> {
    let rows = sqlx::query_as!(Row, "select * from clients").fetch_all(db).await?;
    rows.into_iter().map(Client::try_from).collect()
}

/// One client, without its secrets. No id has a NUL, which PostgreSQL would refuse as an error.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<Option<Client>> {
    if client_id.contains('\0') {
        return Ok(None);
    }
    let row = sqlx::query_as!(Row, "select * from clients where client_id = $1", client_id);
    row.fetch_optional(db).await?.map(Client::try_from).transpose()
}

/// A page of clients in the order of their names, without their secrets: those after `after` (name and id) whose name or
/// id holds `search` and that are of `client_type`.
///
/// # Errors
/// The database cannot be asked.
pub async fn page(
    db: impl PgExecutor<'_>,
    search: Option<&str>,
    client_type: Option<&str>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> sqlx::Result<Vec<Client>> {
    let (after_name, after_id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        "
        select * from clients
        where ($1::text is null or position(lower($1) in lower(name)) > 0 or position($1 in client_id) > 0)
          and ($2::text is null or type = $2)
          and ($3::text is null or (lower(name), client_id) > (lower($3), $4))
        order by lower(name), client_id
        limit $5
        ",
        search,
        client_type,
        after_name,
        after_id,
        limit,
    );
    rows.fetch_all(db).await?.into_iter().map(Client::try_from).collect()
}

/// Adds a client. `false`: there is one with this id.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, client: &Client) -> sqlx::Result<bool> {
    let grant_types = texts(client);
    let inserted = sqlx::query!(
        "
        insert into clients (
            client_id, name, type, auth_method, grant_types, redirect_uris, post_logout_redirect_uris, scopes,
            id_token_signed_response_alg, access_token_lifetime, refresh_token_idle_lifetime, refresh_token_lifetime,
            introspects_api, introspects_all, contacts, client_uri, policy_uri, tos_uri, enabled, created_at, updated_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20)
        on conflict do nothing
        ",
        client.client_id,
        client.name,
        client.client_type.as_str(),
        client.auth_method.as_str(),
        &grant_types,
        &client.redirect_uris,
        &client.post_logout_redirect_uris,
        client.scopes.as_slice(),
        client.id_token_signed_response_alg.as_str(),
        client.access_token_lifetime,
        client.refresh_token_idle_lifetime,
        client.refresh_token_lifetime,
        client.introspects_api,
        client.introspects_all,
        &client.contacts,
        client.client_uri,
        client.policy_uri,
        client.tos_uri,
        client.enabled,
        client.created_at,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Writes a client's settings, unless somebody else changed them since `client.revision` was read: then `false`.
///
/// # Errors
/// The database refused.
pub async fn update(db: impl PgExecutor<'_>, client: &Client, now: OffsetDateTime) -> sqlx::Result<bool> {
    let grant_types = texts(client);
    let updated = sqlx::query!(
        "
        update clients set
            name = $3, auth_method = $4, grant_types = $5, redirect_uris = $6, post_logout_redirect_uris = $7, scopes = $8,
            id_token_signed_response_alg = $9, access_token_lifetime = $10, refresh_token_idle_lifetime = $11,
            refresh_token_lifetime = $12, introspects_api = $13, introspects_all = $14, contacts = $15, client_uri = $16,
            policy_uri = $17, tos_uri = $18, enabled = $19, updated_at = $20, revision = revision + 1
        where client_id = $1 and revision = $2
        ",
        client.client_id, client.revision, client.name, client.auth_method.as_str(), &grant_types,
        &client.redirect_uris, &client.post_logout_redirect_uris, client.scopes.as_slice(),
        client.id_token_signed_response_alg.as_str(), client.access_token_lifetime, client.refresh_token_idle_lifetime,
        client.refresh_token_lifetime, client.introspects_api, client.introspects_all, &client.contacts,
        client.client_uri, client.policy_uri, client.tos_uri, client.enabled, now,
    );
    Ok(updated.execute(db).await?.rows_affected() == 1)
}

/// Removes a client with all that hangs on it. `false`: there is none.
///
/// # Errors
/// The database refused.
pub async fn delete(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<bool> {
    let deleted = sqlx::query!("delete from clients where client_id = $1", client_id);
    Ok(deleted.execute(db).await?.rows_affected() == 1)
}

fn texts(client: &Client) -> Vec<String> {
    client.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect()
}
