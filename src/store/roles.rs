//! The tables `roles` and `role_scopes`.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::{parsed, sayable};
use crate::model::{office::Office, registry::Role};

struct Row {
    name: String,
    description: String,
    office: Option<String>,
    required_acr: String,
    revision: i32,
    scopes: Vec<String>,
}

impl TryFrom<Row> for Role {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            name: row.name,
            description: row.description,
            office: row.office.map(|office| parsed("office", &office)).transpose()?,
            required_level: parsed("required_acr", &row.required_acr)?,
            revision: row.revision,
            scopes: row.scopes.into_iter().collect(),
        })
    }
}

/// Every role with its scopes.
///
/// # Errors
/// The database cannot be asked.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Role>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select name, description, required_acr, revision,
            coalesce(office, case when administrative then 'administrator' end) as office,
            array(select scope from role_scopes where role = roles.name) as "scopes!"
        from roles order by name
        "#
    );
    rows.fetch_all(db).await?.into_iter().map(Role::try_from).collect()
}

/// Those of these roles that there are, with their scopes.
///
/// # Errors
/// The database cannot be asked.
pub async fn named(db: impl PgExecutor<'_>, names: &[String]) -> sqlx::Result<Vec<Role>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select name, description, required_acr, revision,
            coalesce(office, case when administrative then 'administrator' end) as office,
            array(select scope from role_scopes where role = roles.name) as "scopes!"
        from roles where name = any($1)
        "#,
        &sayable(names),
    );
    rows.fetch_all(db).await?.into_iter().map(Role::try_from).collect()
}

/// One role with its scopes.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, name: &str) -> sqlx::Result<Option<Role>> {
    Ok(named(db, &[name.to_owned()]).await?.pop())
}

/// Holds roles until the transaction ends, and reads them: nobody else changes those in `changed`, nobody removes those
/// that `stay`.
///
/// # Errors
/// The database refused.
pub async fn lock(db: &mut PgConnection, changed: &[String], stay: &[String]) -> sqlx::Result<Vec<Role>> {
    if !changed.is_empty() {
        sqlx::query!("select name from roles where name = any($1) order by name for update", changed)
            .fetch_all(&mut *db)
            .await?;
    }
    if !stay.is_empty() {
        sqlx::query!("select name from roles where name = any($1) order by name for key share", stay)
            .fetch_all(&mut *db)
            .await?;
    }
    let names = [changed, stay].concat();
    if names.is_empty() { Ok(Vec::new()) } else { named(db, &names).await }
}

/// Adds a role, without its scopes. `false`: its name is taken.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, role: &Role, now: OffsetDateTime) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into roles (name, description, office, administrative, created_at, required_acr)
        values ($1, $2, $3, $3 is not distinct from 'administrator', $4, $5)
        on conflict do nothing
        ",
        role.name,
        role.description,
        role.office.map(Office::as_str),
        now,
        role.required_level.as_str(),
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Writes a role's settings but its scopes. The transaction holds the role.
///
/// # Errors
/// The database refused.
pub async fn update(db: impl PgExecutor<'_>, role: &Role) -> sqlx::Result<()> {
    let updated = sqlx::query!(
        "update roles set description = $2, required_acr = $3, revision = $4 where name = $1",
        role.name,
        role.description,
        role.required_level.as_str(),
        role.revision,
    );
    updated.execute(db).await.map(|_| ())
}

/// Gives another revision to the roles that have one of these scopes, which are about to go.
///
/// # Errors
/// The database refused.
pub async fn raise_revisions(db: impl PgExecutor<'_>, scopes: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        "
        with held as materialized (
            select name from roles where name in (select role from role_scopes where scope = any($1))
            order by name for no key update
        )
        update roles set revision = revision + 1 where name in (select name from held)
        ",
        scopes,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Removes a role; its users lose it.
///
/// # Errors
/// The database refused.
pub async fn delete(db: impl PgExecutor<'_>, name: &str) -> sqlx::Result<()> {
    sqlx::query!("delete from roles where name = $1", name).execute(db).await.map(|_| ())
}

/// Makes these the scopes of a role. Those that no API owns are passed over.
///
/// # Errors
/// The database refused.
pub async fn set_scopes(db: &mut PgConnection, role: &Role) -> sqlx::Result<()> {
    let scopes = role.scopes.iter().cloned().collect::<Vec<_>>();
    sqlx::query!("delete from role_scopes where role = $1 and scope <> all($2)", role.name, &scopes)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into role_scopes (role, scope) select $1, name from scopes where name = any($2) on conflict do nothing",
        role.name,
        &scopes,
    )
    .execute(db)
    .await
    .map(|_| ())
}
