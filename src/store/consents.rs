//! The table `consents`: what users allowed clients, remembered.
//!
//! It holds scopes by their names. One that was registered since is another API's, whatever its name: it was not allowed.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::protocol::scope::Scope;

/// What this user has allowed this client so far.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, user_id: Uuid, client_id: &str) -> sqlx::Result<Option<Scope>> {
    let scopes = sqlx::query_scalar!(
        r#"
        select array(
            select held from unnest(scopes) held
            where not exists (select from scopes newer where newer.name = held and newer.registered_at > given_at)
        ) as "scopes!"
        from consents where user_id = $1 and client_id = $2
        "#,
        user_id,
        client_id,
    );
    let scopes = scopes.fetch_optional(db).await?;
    scopes.map(|scopes| Scope::from_names(scopes).map_err(|_| super::malformed("scopes"))).transpose()
}

/// Remembers that the user allowed these scopes, beside those of before.
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
            scopes = array(
                select held from unnest(consents.scopes) held
                where not exists (select from scopes newer where newer.name = held and newer.registered_at > consents.given_at)
                union select unnest(excluded.scopes)
            ),
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

/// Notes when consents were last used, each by its user and client; once an hour at most.
///
/// # Errors
/// The database refused.
pub async fn record_uses(db: impl PgExecutor<'_>, uses: &[((Uuid, String), OffsetDateTime)]) -> sqlx::Result<()> {
    let people = uses.iter().map(|((user, _), _)| *user).collect::<Vec<_>>();
    let clients = uses.iter().map(|((_, client), _)| client.clone()).collect::<Vec<_>>();
    let times = uses.iter().map(|(_, at)| *at).collect::<Vec<_>>();
    sqlx::query!(
        "
        update consents set last_used_at = used.at
        from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as used (user_id, client_id, at)
        where consents.user_id = used.user_id and consents.client_id = used.client_id
          and (last_used_at is null or last_used_at < used.at - interval '1 hour')
        ",
        &people,
        &clients,
        &times,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// What a user allowed a client, for the pages that show it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RememberedConsent {
    pub client_id: String,
    pub scopes: Vec<String>,
    pub given_at: OffsetDateTime,
    /// To the hour.
    pub last_used_at: Option<OffsetDateTime>,
}

/// What a user allowed, the newest first.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_user(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Vec<RememberedConsent>> {
    sqlx::query_as!(
        RememberedConsent,
        r#"
        select client_id, given_at, last_used_at, array(
            select held from unnest(scopes) held
            where not exists (select from scopes newer where newer.name = held and newer.registered_at > given_at)
        ) as "scopes!"
        from consents
        where user_id = $1 order by given_at desc, client_id
        "#,
        user_id,
    )
    .fetch_all(db)
    .await
}

/// Forgets what the user allowed this client. `false`: nothing.
///
/// # Errors
/// The database refused.
pub async fn withdraw(db: impl PgExecutor<'_>, user_id: Uuid, client_id: &str) -> sqlx::Result<bool> {
    let withdrawn = sqlx::query!("delete from consents where user_id = $1 and client_id = $2", user_id, client_id);
    Ok(withdrawn.execute(db).await?.rows_affected() == 1)
}
