//! The privileges of the database role that serves, if it is not the one that owns the tables.
//!
//! It has none on partitions, so a partition can be reached through its table only, and none by default on what a
//! migration adds: `portcullis migrate` grants them each time.

use sqlx::{AssertSqlSafe, Executor, PgExecutor, PgPool};

use super::pool::begin;

/// What it only reads.
const READ_ONLY: [&str; 2] = ["_sqlx_migrations", "partition_rules"];
/// What it reads and adds to: the audit trail.
const APPEND_ONLY: [&str; 1] = ["audit_events"];

/// Why nothing could be granted.
#[derive(Debug, thiserror::Error)]
pub enum NotGranted {
    /// No role has this name.
    #[error("no database role is called {0}")]
    NoSuchRole(String),
    /// The database refused.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Gives a role what it needs to serve, and takes whatever else it has on our tables. Called as the owner of the tables.
///
/// # Errors
/// [`NotGranted`]
pub async fn grant(pool: &PgPool, role: &str) -> Result<(), NotGranted> {
    let mut tx = begin(pool).await?;
    // No partition comes or goes meanwhile.
    tx.execute("select pg_advisory_xact_lock(hashtext('portcullis partitions'))").await?;
    let quoted =
        sqlx::query_scalar!(r#"select quote_ident(rolname) as "role!" from pg_roles where rolname = $1"#, role);
    let quoted = quoted.fetch_optional(&mut *tx).await?.ok_or_else(|| NotGranted::NoSuchRole(role.to_owned()))?;
    let statements = sqlx::query_scalar!(
        r#"
        with tables as (
            select oid::regclass as name, relispartition,
                case when relkind = 'v' or relname = any ($2) then 'select' when relname = any ($3) then 'select, insert'
                else 'select, insert, update, delete' end as privileges
            from pg_class
            where relkind in ('r', 'p', 'v') and relnamespace = current_schema()::regnamespace
                and pg_has_role(relowner, 'usage')
        )
        select format('grant usage on schema %I to %s', current_schema(), $1::text) as "statement!"
        union all
        select format('revoke all on table %s from %s', string_agg(name::text, ', '), $1) from tables
        union all
        select format('grant %s on table %s to %s', privileges, string_agg(name::text, ', '), $1)
        from tables where not relispartition group by privileges
        union all
        select format('grant usage on sequence %s to %s', oid::regclass, $1)
        from pg_class
        where relkind = 'S' and relnamespace = current_schema()::regnamespace and pg_has_role(relowner, 'usage')
        union all
        select 'revoke execute on function make_partitions, drop_partitions from public' -- a restore may forget it
        union all
        select format('grant execute on function make_partitions, drop_partitions to %s', $1)
        "#,
        quoted,
        &READ_ONLY.map(str::to_owned),
        &APPEND_ONLY.map(str::to_owned),
    );
    for statement in statements.fetch_all(&mut *tx).await? {
        tx.execute(AssertSqlSafe(statement)).await?;
    }
    Ok(tx.commit().await?)
}

/// What the role of a connection may do.
pub struct Privileges {
    /// Its name.
    pub role: String,
    /// It is the owner of the tables, may take that role, or is a superuser: it may do everything.
    pub owns: bool,
    /// What it may do that would allow to falsify the audit trail, if it is not the owner.
    pub excess: Vec<String>,
    /// Tables and functions that it needs and may not use.
    pub lacking: Vec<String>,
}

/// Asks what the role of this connection may do. `None`: there are no tables yet.
///
/// # Errors
/// The database cannot be asked.
pub async fn read(db: impl PgExecutor<'_>) -> sqlx::Result<Option<Privileges>> {
    sqlx::query_as!(
        Privileges,
        r#"
        with record as (
            select oid, relowner, relnamespace from pg_class where oid = to_regclass('audit_events')
        ), tables as (
            select relname, relispartition, relkind = 'v' or relname = any ($1) as is_read, relname = any ($2) as is_appended,
                c.oid = record.oid or exists (select from pg_inherits where inhrelid = c.oid and inhparent = record.oid) as is_record,
                has_table_privilege(c.oid, 'select') as selects, has_table_privilege(c.oid, 'insert') as inserts,
                has_any_column_privilege(c.oid, 'update') as updates, has_table_privilege(c.oid, 'delete') as deletes,
                has_table_privilege(c.oid, 'truncate, trigger') as empties
            from pg_class c join record using (relowner, relnamespace)
            where relkind in ('r', 'p', 'v')
        )
        select current_user as "role!", pg_has_role(relowner, 'member') as "owns!",
            array(
                select relname || ' can be changed' from tables
                where (updates or deletes or empties) and (is_record or relname = any ($1))
                union all
                select current_schema() || ' takes new tables' where has_schema_privilege(current_schema(), 'create')
            ) as "excess!",
            array(
                select relname::text from tables
                where not relispartition
                    and not (selects and (inserts or is_read) and (updates and deletes or is_read or is_appended))
                union all
                select proname::text from pg_proc
                where pronamespace = relnamespace and proname in ('make_partitions', 'drop_partitions')
                    and not has_function_privilege(oid, 'execute')
                order by 1
            ) as "lacking!"
        from record
        "#,
        &READ_ONLY.map(str::to_owned),
        &APPEND_ONLY.map(str::to_owned),
    )
    .fetch_optional(db)
    .await
}
