//! Connections to PostgreSQL.

use std::time::Duration;

use sqlx::{
    Executor, PgPool,
    migrate::{Migrate, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// The migrations that this program was built with.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// A pool whose connections wait for nothing long: a caller gets an error in time instead.
///
/// sqlx 0.9.0 can hand a connection back inside a transaction if `begin()` is cancelled; what the next user writes is
/// then acknowledged and lost. So each connection is rolled back before it returns to the pool (sqlx issue 4385; goes
/// with the first fixed release), and [`crate::web::server`] never cancels a request that has begun.
#[must_use]
pub fn pool(options: PgConnectOptions, max_connections: u32) -> PgPool {
    let options = options.application_name("portcullis").options([
        ("statement_timeout", "2s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("timezone", "UTC"),
    ]);
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(2))
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.execute("begin; rollback").await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options)
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
    connection.ensure_migrations_table("_sqlx_migrations").await?;
    let applied = connection.list_applied_migrations("_sqlx_migrations").await?;
    let known = MIGRATIONS.iter().filter(|migration| !migration.migration_type.is_down_migration());
    let known = known.map(|migration| (migration.version, &migration.checksum)).collect::<Vec<_>>();

    let missing = known.iter().filter(|(version, sum)| {
        !applied.iter().any(|migration| migration.version == *version && migration.checksum == **sum)
    });
    let foreign = applied.iter().filter(|migration| !known.iter().any(|(version, _)| *version == migration.version));
    Ok(missing.map(|(version, _)| *version).chain(foreign.map(|migration| migration.version)).collect())
}
