//! What is sealed by the master key, in whatever table it lies. The tables differ in their names only, so the statements are
//! made of these.

use sqlx::{AssertSqlSafe, PgExecutor};

/// A column of sealed values.
pub struct Sealed {
    /// Its table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    key: &'static str,
    key_type: &'static str,
}

/// Each of them: a test compares them with what is sealed.
pub const COLUMNS: [Sealed; 6] = [
    Sealed { table: "signing_keys", column: "private_key", key: "kid", key_type: "text" },
    Sealed { table: "client_secrets", column: "sealed_hash", key: "secret_id", key_type: "uuid" },
    Sealed { table: "totp_factors", column: "secret", key: "factor_id", key_type: "uuid" },
    Sealed { table: "outbox", column: "content", key: "mail_id", key_type: "uuid" },
    Sealed { table: "link_requests", column: "content", key: "request_id", key_type: "uuid" },
    Sealed { table: "waiting", column: "content", key: "waiting_id", key_type: "uuid" },
];

impl Sealed {
    /// Some values that do not begin like `header`, each with the key of its row, by these keys, from behind this one.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn others(
        &self,
        db: impl PgExecutor<'_>,
        header: &[u8],
        after: Option<&str>,
    ) -> sqlx::Result<Vec<(String, Vec<u8>)>> {
        let Self { table, column, key, key_type } = self;
        let statement = format!(
            "select {key}::text, {column} from {table}
             where substring({column} for length($1)) <> $1 and ($2 is null or {key} > $2::{key_type})
             order by {key} limit 200"
        );
        sqlx::query_as(AssertSqlSafe(statement)).bind(header).bind(after).fetch_all(db).await
    }

    /// Puts one value in the place of another, if that is still there.
    ///
    /// # Errors
    /// The database refused.
    pub async fn replace(&self, db: impl PgExecutor<'_>, row: &str, from: &[u8], to: &[u8]) -> sqlx::Result<bool> {
        let Self { table, column, key, key_type } = self;
        let statement = format!("update {table} set {column} = $3 where {key} = $1::{key_type} and {column} = $2");
        let replaced = sqlx::query(AssertSqlSafe(statement)).bind(row).bind(from).bind(to).execute(db).await?;
        Ok(replaced.rows_affected() == 1)
    }
}
