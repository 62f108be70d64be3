//! The tables `apis` and `scopes`.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{parsed, sayable};
use crate::model::registry::Api;

struct Row {
    api_id: Uuid,
    identifier: String,
    name: String,
    access_token_lifetime: Option<i32>,
    roles_in_token: bool,
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
        select api_id, identifier, name, access_token_lifetime, roles_in_token, required_acr, created_at, revision,
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
    let row = sqlx::query_as!(
        Row,
        r#"
        select api_id, identifier, name, access_token_lifetime, roles_in_token, required_acr, created_at, revision,
            array(select scopes.name from scopes where scopes.api_id = apis.api_id order by 1) as "scope_names!",
            array(select description from scopes where scopes.api_id = apis.api_id order by scopes.name) as "scope_descriptions!"
        from apis where api_id = $1
        "#,
        api_id,
    );
    row.fetch_optional(db).await?.map(Api::try_from).transpose()
}

/// The APIs that own one of these scopes, and the one that is known by `name`, its id or its identifier.
///
/// # Errors
/// The database cannot be asked.
pub async fn concerned(db: impl PgExecutor<'_>, scopes: &[String], name: Option<&str>) -> sqlx::Result<Vec<Api>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select api_id, identifier, name, access_token_lifetime, roles_in_token, required_acr, created_at, revision,
            array(select scopes.name from scopes where scopes.api_id = apis.api_id order by 1) as "scope_names!",
            array(select description from scopes where scopes.api_id = apis.api_id order by scopes.name) as "scope_descriptions!"
        from apis
        where api_id in (select scopes.api_id from scopes where scopes.name = any($1)) or identifier = $2 or api_id = $3
        "#,
        &sayable(scopes),
        name.filter(|name| !name.contains('\0')),
        name.and_then(|name| Uuid::try_parse(name).ok()),
    );
    rows.fetch_all(db).await?.into_iter().map(Api::try_from).collect()
}

/// Adds an API, without its scopes. `false`: its identifier is taken.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, api: &Api) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into apis (api_id, identifier, name, access_token_lifetime, roles_in_token, created_at, required_acr)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
        ",
        api.api_id,
        api.identifier,
        api.name,
        api.access_token_lifetime,
        api.roles_in_token,
        api.created_at,
        api.required_level.as_str(),
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Writes an API's settings, unless somebody else changed them since `api.revision` was read: then `false`.
///
/// # Errors
/// The database refused.
pub async fn update(db: impl PgExecutor<'_>, api: &Api) -> sqlx::Result<bool> {
    let updated = sqlx::query!(
        "
        update apis set name = $3, access_token_lifetime = $4, roles_in_token = $5, required_acr = $6, revision = revision + 1
        where api_id = $1 and revision = $2
        ",
        api.api_id,
        api.revision,
        api.name,
        api.access_token_lifetime,
        api.roles_in_token,
        api.required_level.as_str(),
    );
    Ok(updated.execute(db).await?.rows_affected() == 1)
}

/// Removes an API. Its scopes go with it, from roles too.
///
/// # Errors
/// The database refused.
pub async fn delete(db: impl PgExecutor<'_>, api_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from apis where api_id = $1", api_id).execute(db).await.map(|_| ())
}

/// Makes these the scopes of an API, each with its description. Says which are gone, from roles too.
/// `Err` in the value: this scope belongs to another API.
///
/// # Errors
/// The database refused.
pub async fn set_scopes(
    db: &mut PgConnection,
    api_id: Uuid,
    scopes: &BTreeMap<String, String>,
    now: OffsetDateTime,
) -> sqlx::Result<Result<Vec<String>, String>> {
    let (names, descriptions): (Vec<_>, Vec<_>) = scopes.iter().map(|(n, d)| (n.clone(), d.clone())).unzip();
    let taken =
        sqlx::query_scalar!("select name from scopes where name = any($1) and api_id <> $2 limit 1", &names, api_id);
    if let Some(taken) = taken.fetch_optional(&mut *db).await? {
        return Ok(Err(taken));
    }
    let gone =
        sqlx::query_scalar!("delete from scopes where api_id = $1 and name <> all($2) returning name", api_id, &names);
    let gone = gone.fetch_all(&mut *db).await?;
    sqlx::query!(
        "
        insert into scopes (name, api_id, description, registered_at)
        select name, $2, description, $4 from unnest($1::text[], $3::text[]) as given (name, description)
        on conflict (name) do update set description = excluded.description
        ",
        &names,
        api_id,
        &descriptions,
        now,
    )
    .execute(db)
    .await?;
    Ok(Ok(gone))
}
