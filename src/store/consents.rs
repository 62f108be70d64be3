//! The table `consents`: what people allowed clients, remembered.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::protocol::{interaction::Consent, scope::Scope};

/// What this person allowed this client.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, user_id: Uuid, client_id: &str) -> sqlx::Result<Option<Consent>> {
    let row =
        sqlx::query!("select scopes, given_at from consents where user_id = $1 and client_id = $2", user_id, client_id);
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let scope = Scope::from_names(row.scopes).map_err(|_| super::malformed("scopes"))?;
    Ok(Some(Consent { scope, given_at: row.given_at }))
}

/// Remembers that the person allowed these scopes, beside those of before.
///
/// # Errors
/// The database refused.
pub async fn give(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    client_id: &str,
    scope: &Scope,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into consents (user_id, client_id, scopes, given_at) values ($1, $2, $3, $4)
        on conflict (user_id, client_id) do update set
            scopes = array(select distinct unnest(consents.scopes || excluded.scopes)),
            given_at = excluded.given_at
        ",
        user_id,
        client_id,
        scope.as_slice(),
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Forgets what the person allowed this client. `false`: nothing.
///
/// # Errors
/// The database refused.
pub async fn withdraw(db: impl PgExecutor<'_>, user_id: Uuid, client_id: &str) -> sqlx::Result<bool> {
    let withdrawn = sqlx::query!("delete from consents where user_id = $1 and client_id = $2", user_id, client_id);
    Ok(withdrawn.execute(db).await?.rows_affected() == 1)
}
