//! What hangs on something that is about to go.

use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Up to here things are counted exactly. What is more is [`MOST`] and one.
pub const MOST: i64 = 1000;

/// What hangs on something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Impact {
    /// Clients that are registered for it.
    pub clients: i64,
    /// Roles that give it.
    pub roles: i64,
    /// Users who have it by a role.
    pub users: i64,
    /// Users who allowed it.
    pub consents: i64,
    /// When it was last used by what they allowed.
    pub last_used: Option<OffsetDateTime>,
}

/// What hangs on these scopes.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_scopes(db: impl PgExecutor<'_>, scopes: &[String]) -> sqlx::Result<Impact> {
    sqlx::query_as!(
        Impact,
        r#"
        select
            (select count(*) from (select from clients where scopes && $1 limit $2) found) as "clients!",
            (select count(distinct role) from role_scopes where scope = any ($1)) as "roles!",
            (
                select count(*) from (
                    select distinct user_id from user_roles
                    where role in (select role from role_scopes where scope = any ($1)) limit $2
                ) found
            ) as "users!",
            (select count(*) from (select from consents where scopes && $1 limit $2) found) as "consents!",
            (select max(last_used_at) from (select last_used_at from consents where scopes && $1 limit $2) found) as last_used
        "#,
        scopes,
        MOST + 1,
    )
    .fetch_one(db)
    .await
}

/// What hangs on a client.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_client(db: impl PgExecutor<'_>, client_id: &str) -> sqlx::Result<Impact> {
    sqlx::query_as!(
        Impact,
        r#"
        select 0::bigint as "clients!", 0::bigint as "roles!", 0::bigint as "users!", count(*) as "consents!",
            greatest(
                max(last_used_at),
                (select max(uses.last_used_at) from client_secret_uses uses join client_secrets using (secret_id)
                 where client_secrets.client_id = $1),
                (select max(uses.last_used_at) from client_key_uses uses where uses.client_id = $1)
            ) as last_used
        from (select last_used_at from consents where client_id = $1 limit $2) found
        "#,
        client_id,
        MOST + 1,
    )
    .fetch_one(db)
    .await
}

/// How many users have a role.
///
/// # Errors
/// The database cannot be asked.
pub async fn users_of_role(db: impl PgExecutor<'_>, role: &str) -> sqlx::Result<i64> {
    let users = sqlx::query_scalar!(
        r#"select count(*) as "users!" from (select from user_roles where role = $1 limit $2) found"#,
        role,
        MOST + 1,
    );
    users.fetch_one(db).await
}
