//! How the database itself is, for `portcullis doctor`.

use sqlx::PgExecutor;
use time::OffsetDateTime;

/// What the database server says of itself.
pub struct Condition {
    /// Its clock.
    pub now: OffsetDateTime,
    /// Those of its settings that are off and would lose what was acknowledged when it crashes.
    pub unsafe_settings: Vec<String>,
}

/// Asks the server about itself.
///
/// # Errors
/// The database cannot be asked.
pub async fn read(db: impl PgExecutor<'_>) -> sqlx::Result<Condition> {
    sqlx::query_as!(
        Condition,
        r#"
        select clock_timestamp() as "now!", array(
            select name from pg_settings
            where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by 1
        ) as "unsafe_settings!"
        "#
    )
    .fetch_one(db)
    .await
}

/// The partitioned tables that have no partition for what comes after `now`.
///
/// # Errors
/// The database cannot be asked.
pub async fn tables_without_room(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        select parent.relname as "table!" from pg_partitioned_table
        join pg_class parent on parent.oid = partrelid
        left join pg_inherits on inhparent = partrelid
        left join pg_class child on child.oid = inhrelid
        where parent.relnamespace = current_schema()::regnamespace
        group by 1
        having coalesce(max(substring(child.relname from '[0-9]+$')::bigint), 0) <= $1
        order by 1
        "#,
        now.unix_timestamp(),
    )
    .fetch_all(db)
    .await
}

/// Which database it is.
#[derive(Debug)]
pub struct Server {
    /// The name of the database.
    pub database: String,
    /// The role that we use.
    pub role: String,
    /// The version of PostgreSQL.
    pub version: String,
}

/// Asks which database it is.
///
/// # Errors
/// The database cannot be asked.
pub async fn server(db: impl PgExecutor<'_>) -> sqlx::Result<Server> {
    sqlx::query_as!(
        Server,
        r#"
        select current_database() as "database!", current_user::text as "role!",
            current_setting('server_version') as "version!"
        "#
    )
    .fetch_one(db)
    .await
}
