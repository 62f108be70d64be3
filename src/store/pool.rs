//! Connections to PostgreSQL.

use std::time::Duration;

use sqlx::{
    Executor, PgPool, Postgres, Transaction,
    migrate::{Migrate, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// The migrations that this program was built with.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// A pool whose connections never wait long: the caller gets an error in time instead.
///
/// A statement is planned once per connection, not once per execution: planning over all partitions of a table costs several
/// times as much as running the statement. A search whose conditions vary uses [`begin_planning_anew`]. No statement is
/// compiled (JIT): that takes longer than any of them runs.
///
/// A statement about one row of a partitioned table reads related rows by `(select …)`, not by a join: the planner expects
/// one row from each partition, and joining that many it would read a table of some hundred users from end to end.
#[must_use]
pub fn pool(options: PgConnectOptions, max_connections: u32) -> PgPool {
    let options = options.application_name("portcullis").options([
        ("statement_timeout", "2s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("timezone", "UTC"),
        ("plan_cache_mode", "force_generic_plan"),
        ("jit", "off"),
    ]);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(2))
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

/// Begins a transaction. The only way to: a test sees to it.
///
/// sqlx 0.9.0 can hand a connection back inside a transaction if its own `begin()` is cancelled; what the next user
/// writes is then acknowledged and lost (sqlx issue 4385). So it runs in a task that nobody cancels. Goes with the first
/// fixed release.
///
/// # Errors
/// No connection can be had.
pub async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.begin().await }).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// Begins a transaction whose statements are planned for the values they are given: for lists with filters that may or
/// may not be there.
///
/// # Errors
/// No connection can be had.
pub async fn begin_planning_anew(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut tx = begin(pool).await?;
    tx.execute("set local plan_cache_mode = force_custom_plan").await?;
    Ok(tx)
}

/// Begins a transaction that writes nothing, and sees the database as it stood at one moment.
///
/// # Errors
/// No connection can be had.
pub async fn begin_reading(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = async move { pool.begin_with("begin isolation level repeatable read read only").await };
    tokio::spawn(begun).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// Lets this transaction take its time, in its statements and between them: for what an operator does to whole tables.
///
/// # Errors
/// The database refused.
pub async fn allow_time(tx: &mut Transaction<'_, Postgres>) -> sqlx::Result<()> {
    tx.execute("set local statement_timeout = '10min'; set local idle_in_transaction_session_timeout = '1min'")
        .await
        .map(|_| ())
}

/// Brings the schema up to date. Nodes that start together wait for one another.
///
/// # Errors
/// A migration failed, or one that was applied before has changed since.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    let mut connection = pool.acquire().await?;
    connection.execute("set statement_timeout = '10min'; set lock_timeout = '1min'").await?;
    let migrated = MIGRATIONS.run_direct(None, &mut *connection, false).await;
    connection.execute("reset statement_timeout; reset lock_timeout").await?;
    migrated
}

/// The migrations that are missing, or applied but unknown to this program, by their version.
///
/// # Errors
/// The database cannot be asked.
pub async fn pending_migrations(pool: &PgPool) -> Result<Vec<i64>, sqlx::migrate::MigrateError> {
    let mut connection = pool.acquire().await?;
    let is_there = sqlx::query_scalar!(r#"select to_regclass('_sqlx_migrations') is not null as "is_there!""#);
    let applied = if is_there.fetch_one(&mut *connection).await? {
        connection.list_applied_migrations("_sqlx_migrations").await?
    } else {
        Vec::new()
    };
    let known = MIGRATIONS.iter().filter(|migration| !migration.migration_type.is_down_migration());
    let known = known.map(|migration| (migration.version, &migration.checksum)).collect::<Vec<_>>();

    let missing = known.iter().filter(|(version, sum)| {
        !applied.iter().any(|migration| migration.version == *version && migration.checksum == **sum)
    });
    let foreign = applied.iter().filter(|migration| !known.iter().any(|(version, _)| *version == migration.version));
    Ok(missing.map(|(version, _)| *version).chain(foreign.map(|migration| migration.version)).collect())
}
