//! What the registry and the outbox have that somebody should look at. No answer costs more where there is more of it:
//! beyond a thousand, nobody is told how many.

use sqlx::PgExecutor;
use time::OffsetDateTime;

/// The most that are counted.
pub const MOST: i64 = 1000;

/// Clients that share something, with the names of a few.
#[derive(Debug, Default)]
pub struct SomeClients {
    /// How many, [`MOST`] and one at most.
    pub count: i64,
    /// The first of them: id and name.
    pub first: Vec<(String, String)>,
}

impl SomeClients {
    fn of(rows: impl ExactSizeIterator<Item = (String, String)>) -> Self {
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        Self { count, first: rows.take(3).collect() }
    }
}

/// Enabled clients that have a secret now and will have none then, the first to end first.
///
/// # Errors
/// The database cannot be asked.
pub async fn clients_with_ending_secrets(
    db: impl PgExecutor<'_>,
    now: OffsetDateTime,
    then: OffsetDateTime,
) -> sqlx::Result<SomeClients> {
    let rows = sqlx::query!(
        r#"
        select client_id, name from clients join (
            select client_id, max(expires_at) as ends from client_secrets
            where expires_at > $1 and expires_at <= $2 group by client_id
        ) as ending using (client_id)
        where enabled and not exists (
            select from client_secrets
            where client_secrets.client_id = clients.client_id and (expires_at is null or expires_at > $2)
        )
        order by ends, client_id limit $3
        "#,
        now,
        then,
        MOST + 1,
    );
    Ok(SomeClients::of(rows.fetch_all(db).await?.into_iter().map(|row| (row.client_id, row.name))))
}

/// Enabled clients that prove who they are, by secrets or keys of which none was made or used since then.
///
/// # Errors
/// The database cannot be asked.
pub async fn unused_clients(db: impl PgExecutor<'_>, since: OffsetDateTime) -> sqlx::Result<SomeClients> {
    let rows = sqlx::query!(
        r#"
        select client_id, name from clients
        where enabled and created_at < $1
            and (
                metadata ->> 'token_endpoint_auth_method' = 'private_key_jwt'
                or exists (select from client_secrets where client_secrets.client_id = clients.client_id)
            )
            and not exists (
                select from client_secrets left join client_secret_uses using (secret_id)
                where client_secrets.client_id = clients.client_id and greatest(created_at, last_used_at) >= $1
            )
            and not exists (
                select from client_key_uses uses where uses.client_id = clients.client_id and last_used_at >= $1
            )
        limit $2
        "#,
        since,
        MOST + 1,
    );
    Ok(SomeClients::of(rows.fetch_all(db).await?.into_iter().map(|row| (row.client_id, row.name))))
}

/// Clients for which nobody can be asked.
///
/// # Errors
/// The database cannot be asked.
pub async fn clients_without_contacts(db: impl PgExecutor<'_>) -> sqlx::Result<SomeClients> {
    let rows = sqlx::query!(
        r#"
        select client_id, name from clients where coalesce(metadata -> 'contacts', '[]') = '[]'
        order by client_id limit $1
        "#,
        MOST + 1,
    );
    Ok(SomeClients::of(rows.fetch_all(db).await?.into_iter().map(|row| (row.client_id, row.name))))
}

/// How many mails were given up since then.
///
/// # Errors
/// The database cannot be asked.
pub async fn failed_mails(db: impl PgExecutor<'_>, since: OffsetDateTime) -> sqlx::Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from outbox where failed_at >= $1 limit $2) as failed"#,
        since,
        MOST + 1,
    );
    count.fetch_one(db).await
}

/// Whether there is any client, and whether any ever got a token, as far as that is remembered.
///
/// # Errors
/// The database cannot be asked.
pub async fn beginnings(db: impl PgExecutor<'_>) -> sqlx::Result<(bool, bool)> {
    let row = sqlx::query!(
        r#"
        select exists (select from clients) as "has_client!",
            exists (select from client_secret_uses) or exists (select from client_key_uses)
            or exists (select from consents where last_used_at is not null)
            or exists (select from counts where what = 'tokens') as "has_token!"
        "#
    );
    row.fetch_one(db).await.map(|row| (row.has_client, row.has_token))
}
