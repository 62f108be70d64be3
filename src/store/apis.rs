//! The tables `apis` and `scopes`.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::parsed;
use crate::model::registry::Api;

struct Row {
    api_id: Uuid,
    identifier: String,
    name: String,
    access_token_lifetime: Option<i32>,
    roles_in_token: bool,
    access_token_signing_alg: String,
    required_acr: String,
    created_at: OffsetDateTime,
    revision: i32,
    scope_names: Vec<String>,
    scope_descriptions: Vec<String>,
}

impl TryFrom<Row> for Api {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            api_id: row.api_id,
            identifier: row.identifier,
            name: row.name,
            access_token_lifetime: row.access_token_lifetime,
            roles_in_token: row.roles_in_token,
            access_token_signing_alg: parsed("access_token_signing_alg", &row.access_token_signing_alg)?,
            required_level: parsed("required_acr", &row.required_acr)?,
            scopes: row.scope_names.into_iter().zip(row.scope_descriptions).collect(),
            created_at: row.created_at,
            revision: row.revision,
        })
    }
}

/// Every API with its scopes.
///
/// # Errors
/// The database cannot be asked.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Api>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select api_id, identifier, name, access_token_lifetime, roles_in_token, access_token_signing_alg, required_acr, created_at,
            revision,
            array(select scopes.name from scopes where scopes.api_id = apis.api_id order by 1) as "scope_names!",
            array(select description from scopes where scopes.api_id = apis.api_id order by scopes.name) as "scope_descriptions!"
        from apis order by lower(name), api_id
        "#
    );
    rows.fetch_all(db).await?.into_iter().map(Api::try_from).collect()
}

/// One API with its scopes.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, api_id: Uuid) -> sqlx::Result<Option<Api>> {
    Ok(of(db, &[api_id]).await?.pop())
}

/// These APIs with their scopes.
///
/// # Errors
/// The database cannot be asked.
pub async fn of(db: impl PgExecutor<'_>, api_ids: &[Uuid]) -> sqlx::Result<Vec<Api>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select api_id, identifier, name, access_token_lifetime, roles_in_token, access_token_signing_alg, required_acr, created_at,
            revision,
            array(select scopes.name from scopes where scopes.api_id = apis.api_id order by 1) as "scope_names!",
            array(select description from scopes where scopes.api_id = apis.api_id order by scopes.name) as "scope_descriptions!"
        from apis where api_id = any($1)
        "#,
        api_ids,
    );
    rows.fetch_all(db).await?.into_iter().map(Api::try_from).collect()
}

/// Holds APIs and scopes until the transaction ends, and reads those APIs and the owners of those scopes. Nobody else
/// changes those in `changed`, nor their scopes; nobody removes those that are `named` by identifier or id, nor `scopes`.
///
/// # Errors
/// The database refused.
pub async fn lock(
    db: &mut PgConnection,
    changed: &[Uuid],
    named: &[String],
    scopes: &[String],
) -> sqlx::Result<Vec<Api>> {
    let mut held = changed.to_vec();
    if !changed.is_empty() {
        sqlx::query!("select api_id from apis where api_id = any($1) order by api_id for update", changed)
            .fetch_all(&mut *db)
            .await?;
        sqlx::query!("select name from scopes where api_id = any($1) order by name for update", changed)
            .fetch_all(&mut *db)
            .await?;
    }
    if !named.is_empty() {
        let ids = named.iter().filter_map(|name| Uuid::try_parse(name).ok()).collect::<Vec<_>>();
        let stay = sqlx::query_scalar!(
            "select api_id from apis where identifier = any($1) or api_id = any($2) order by api_id for key share",
            named,
            &ids,
        );
        held.extend(stay.fetch_all(&mut *db).await?);
    }
    if !scopes.is_empty() {
        let owners =
            sqlx::query_scalar!("select api_id from scopes where name = any($1) order by name for key share", scopes);
        held.extend(owners.fetch_all(&mut *db).await?);
    }
    held.sort_unstable();
    held.dedup();
    if held.is_empty() { Ok(Vec::new()) } else { of(db, &held).await }
}

/// Adds an API, without its scopes. `false`: its identifier is taken.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, api: &Api) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into apis (api_id, identifier, name, access_token_lifetime, roles_in_token, created_at, required_acr,
            access_token_signing_alg)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
        ",
        api.api_id,
        api.identifier,
        api.name,
        api.access_token_lifetime,
        api.roles_in_token,
        api.created_at,
        api.required_level.as_str(),
        api.access_token_signing_alg.as_str(),
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Writes an API's settings, which the transaction holds.
///
/// # Errors
/// The database refused.
pub async fn update(db: impl PgExecutor<'_>, api: &Api) -> sqlx::Result<()> {
    let updated = sqlx::query!(
        "
        update apis set name = $3, access_token_lifetime = $4, roles_in_token = $5, required_acr = $6, revision = $2,
            access_token_signing_alg = $7
        where api_id = $1
        ",
        api.api_id,
        api.revision,
        api.name,
        api.access_token_lifetime,
        api.roles_in_token,
        api.required_level.as_str(),
        api.access_token_signing_alg.as_str(),
    );
    updated.execute(db).await.map(|_| ())
}

/// Removes an API with its scopes.
///
/// # Errors
/// The database refused.
pub async fn delete(db: impl PgExecutor<'_>, api_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from apis where api_id = $1", api_id).execute(db).await.map(|_| ())
}

/// Makes these the scopes of an API, each with its description. A name that is gone is taken from roles too. `Err` in the
/// value: this scope belongs to another API.
///
/// # Errors
/// The database refused.
pub async fn set_scopes(
    db: &mut PgConnection,
    api_id: Uuid,
    scopes: &BTreeMap<String, String>,
    now: OffsetDateTime,
) -> sqlx::Result<Result<(), String>> {
    let (names, descriptions): (Vec<_>, Vec<_>) = scopes.iter().map(|(n, d)| (n.clone(), d.clone())).unzip();
    sqlx::query!("delete from scopes where api_id = $1 and name <> all($2)", api_id, &names).execute(&mut *db).await?;
    let written = sqlx::query_scalar!(
        "
        insert into scopes (name, api_id, description, registered_at)
        select name, $2, description, $4 from unnest($1::text[], $3::text[]) as given (name, description) order by name
        on conflict (name) do update set description = excluded.description where scopes.api_id = excluded.api_id
        returning name
        ",
        &names,
        api_id,
        &descriptions,
        now,
    );
    let written = written.fetch_all(db).await?;
    Ok(names.into_iter().find(|name| !written.contains(name)).map_or(Ok(()), Err))
}
