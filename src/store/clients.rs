//! The table `clients`.

use std::collections::HashMap;

use serde::Deserialize;
use sqlx::{PgExecutor, PgPool, types::Json};
use time::OffsetDateTime;

use super::{parsed, pool::begin_planning_anew, sayable};
use crate::{
    protocol::{
        client::{Client, ClientSecret},
        scope::Scope,
    },
    secret::SecretHash,
};

/// A row as JSON: read by its names, so that a column more, which a newer version adds while this one still runs, does no
/// harm.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
struct Row {
    client_id: String,
    name: String,
    r#type: String,
    auth_method: String,
    grant_types: Vec<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: bool,
    frontchannel_logout_uri: Option<String>,
    frontchannel_logout_session_required: bool,
    scopes: Vec<String>,
    id_token_signed_response_alg: String,
    access_token_lifetime: i32,
    refresh_token_idle_lifetime: i32,
    refresh_token_lifetime: i32,
    introspects_api: Option<uuid::Uuid>,
    introspects_all: bool,
    required_acr: String,
    contacts: Vec<String>,
    client_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    enabled: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    tokens_not_before: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    revision: i32,
}

impl TryFrom<Json<Row>> for Client {
    type Error = sqlx::Error;

    fn try_from(Json(row): Json<Row>) -> sqlx::Result<Self> {
        Ok(Self {
            client_id: row.client_id,
            name: row.name,
            client_type: parsed("type", &row.r#type)?,
            auth_method: parsed("auth_method", &row.auth_method)?,
            grant_types: row.grant_types.iter().map(|text| parsed("grant_types", text)).collect::<sqlx::Result<_>>()?,
            redirect_uris: row.redirect_uris,
            post_logout_redirect_uris: row.post_logout_redirect_uris,
            backchannel_logout_uri: row.backchannel_logout_uri,
            backchannel_logout_session_required: row.backchannel_logout_session_required,
            frontchannel_logout_uri: row.frontchannel_logout_uri,
            frontchannel_logout_session_required: row.frontchannel_logout_session_required,
            scopes: Scope::from_names(row.scopes).map_err(|_| super::malformed("scopes"))?,
            id_token_signed_response_alg: parsed("id_token_signed_response_alg", &row.id_token_signed_response_alg)?,
            access_token_lifetime: row.access_token_lifetime,
            refresh_token_idle_lifetime: row.refresh_token_idle_lifetime,
            refresh_token_lifetime: row.refresh_token_lifetime,
            introspects_api: row.introspects_api,
            introspects_all: row.introspects_all,
            required_level: parsed("required_acr", &row.required_acr)?,
            contacts: row.contacts,
            client_uri: row.client_uri,
            policy_uri: row.policy_uri,
            tos_uri: row.tos_uri,
            enabled: row.enabled,
            tokens_not_before: row.tokens_not_before,
            created_at: row.created_at,
            updated_at: row.updated_at,
            revision: row.revision,
            secrets: Vec::new(),
        })
    }
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
        select version, to_jsonb(clients)::text as client, secret_id as "secret_id?", secret_hash as "secret_hash?",
            last_four as "last_four?", generated as "generated?", client_secrets.created_at as "secret_created_at?", expires_at
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
        let Some(text) = row.client else { continue };
        if read.client.is_none() {
            let row = serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))?;
            (read.client, read.bytes) = (Some(Json::<Row>(row).try_into()?), text.len());
        }
        let secret = (row.secret_id, row.secret_hash, row.last_four, row.generated, row.secret_created_at);
        let (Some(client), (Some(secret_id), Some(hash), Some(last_four), Some(generated), Some(created_at))) =
            (&mut read.client, secret)
        else {
            continue;
        };
        let hash = SecretHash::from_bytes(&hash).ok_or_else(|| super::malformed("secret_hash"))?;
        let expires_at = row.expires_at;
        client.secrets.push(ClientSecret { secret_id, hash, last_four, generated, created_at, expires_at });
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
        where enabled and type <> 'native' and exists (select from unnest(redirect_uris) uri where uri like 'http://%')
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
        where enabled and auth_method <> 'none' and not exists (
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

/// Takes these scopes, which are gone, from the clients that had them. Otherwise a client would have, without anybody's
/// decision, a scope of the same name that another API registers later. Says which clients; of very many, some.
///
/// # Errors
/// The database refused.
pub async fn forget_scopes(db: impl PgExecutor<'_>, gone: &[String]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        with changed as (
            update clients set
                scopes = array(select kept from unnest(scopes) kept where kept <> all($1)), revision = revision + 1
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

/// One client, without its secrets. No id has a NUL, which PostgreSQL would refuse as an error.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<Option<Client>> {
    if client_id.contains('\0') {
        return Ok(None);
    }
    let row = sqlx::query_scalar!(
        r#"select to_jsonb(clients) as "row!: Json<Row>" from clients where client_id = $1"#,
        client_id,
    );
    row.fetch_optional(db).await?.map(Client::try_from).transpose()
}

/// A page of clients in the order of their names, without their secrets: those after `after` (name and id) whose name or
/// id holds `search` and that are of `client_type`.
///
/// # Errors
/// The database cannot be asked.
pub async fn page(
    db: &PgPool,
    search: Option<&str>,
    client_type: Option<&str>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> sqlx::Result<Vec<Client>> {
    let (after_name, after_id) = after.unzip();
    let rows = sqlx::query_scalar!(
        r#"
        select to_jsonb(clients) as "row!: Json<Row>" from clients
        where ($1::text is null or position(lower($1) in lower(name)) > 0 or position($1 in client_id) > 0)
          and ($2::text is null or type = $2)
          and ($3::text is null or (lower(name), client_id) > (lower($3), $4))
        order by lower(name), client_id
        limit $5
        "#,
        search,
        client_type,
        after_name,
        after_id,
        limit,
    );
    let mut tx = begin_planning_anew(db).await?;
    rows.fetch_all(&mut *tx).await?.into_iter().map(Client::try_from).collect()
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
            introspects_api, introspects_all, contacts, client_uri, policy_uri, tos_uri, enabled, created_at, updated_at,
            required_acr, backchannel_logout_uri, backchannel_logout_session_required, frontchannel_logout_uri,
            frontchannel_logout_session_required, origins
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20, $21,
            $22, $23, $24, $25, $26)
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
        client.required_level.as_str(),
        client.backchannel_logout_uri,
        client.backchannel_logout_session_required,
        client.frontchannel_logout_uri,
        client.frontchannel_logout_session_required,
        &client.origins(),
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Writes a client's settings, all but whether it is enabled, unless somebody else changed them since `client.revision`
/// was read: then `false`.
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
            policy_uri = $17, tos_uri = $18, updated_at = $19, required_acr = $20, backchannel_logout_uri = $21,
            backchannel_logout_session_required = $22, frontchannel_logout_uri = $23,
            frontchannel_logout_session_required = $24, origins = $25, revision = revision + 1
        where client_id = $1 and revision = $2
        ",
        client.client_id, client.revision, client.name, client.auth_method.as_str(), &grant_types,
        &client.redirect_uris, &client.post_logout_redirect_uris, client.scopes.as_slice(),
        client.id_token_signed_response_alg.as_str(), client.access_token_lifetime, client.refresh_token_idle_lifetime,
        client.refresh_token_lifetime, client.introspects_api, client.introspects_all, &client.contacts,
        client.client_uri, client.policy_uri, client.tos_uri, now, client.required_level.as_str(),
        client.backchannel_logout_uri, client.backchannel_logout_session_required, client.frontchannel_logout_uri,
        client.frontchannel_logout_session_required, &client.origins(),
    );
    Ok(updated.execute(db).await?.rows_affected() == 1)
}

/// Switches a client on or off. Its access tokens that were made before are dead from now on; no clock that is behind
/// brings them back.
///
/// # Errors
/// The database refused.
pub async fn switch(db: impl PgExecutor<'_>, client_id: &str, enabled: bool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "
        update clients set
            enabled = $2, tokens_not_before = greatest(tokens_not_before, $3), updated_at = $3, revision = revision + 1
        where client_id = $1
        ",
        client_id,
        enabled,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Ends every access token of every client that was made before now.
///
/// # Errors
/// The database refused.
pub async fn end_all_tokens(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("update clients set tokens_not_before = greatest(tokens_not_before, $1)", now)
        .execute(db)
        .await
        .map(|_| ())
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
