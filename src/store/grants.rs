//! The table `grants`. Every code and token hangs on one, so that one update revokes them all.

use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::protocol::grant::Grant;

/// Keeps a new grant.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, grant: &Grant) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into grants (grant_id, client_id, user_id, session_id, scopes, resources, claims, nonce, authenticated_at,
            amr, acr, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ",
        grant.grant_id, grant.client_id, grant.user_id, grant.session_id, grant.scope.as_slice(), &grant.resources,
        Json(&grant.claims) as _, grant.nonce, grant.authenticated_at, &grant.amr, grant.acr, grant.created_at, grant.expires_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// A person and the grant's claims request, for an answer of the userinfo endpoint.
///
/// # Errors
/// The database cannot be asked.
pub async fn claims_request(
    db: impl PgExecutor<'_>,
    grant_id: Uuid,
) -> sqlx::Result<Option<crate::protocol::claims_request::ClaimsRequest>> {
    let row = sqlx::query_scalar!(
        r#"select claims as "claims: Json<crate::protocol::claims_request::ClaimsRequest>" from grants
           where grant_id = $1 and revoked_at is null"#,
        grant_id,
    );
    Ok(row.fetch_optional(db).await?.map(|claims| claims.0))
}

/// Whose grants are revoked.
#[derive(Clone, Copy)]
pub enum GrantsOf<'a> {
    /// This one.
    Grant(Uuid),
    /// Those of a person, for one client or for all.
    User(Uuid, Option<&'a str>),
    /// Those of a client.
    Client(&'a str),
    /// Those that a sign-in gave and that end with it: all but offline ones.
    Session(Uuid),
}

/// Revokes grants, with every code and token that hangs on them, and tells the other nodes. Says how many.
///
/// # Errors
/// The database refused.
pub async fn revoke(db: impl PgExecutor<'_>, grants: GrantsOf<'_>, now: OffsetDateTime) -> sqlx::Result<Vec<Uuid>> {
    let (grant, user, client, session) = match grants {
        GrantsOf::Grant(grant) => (Some(grant), None, None, None),
        GrantsOf::User(user, client) => (None, Some(user), client, None),
        GrantsOf::Client(client) => (None, None, Some(client), None),
        GrantsOf::Session(session) => (None, None, None, Some(session)),
    };
    sqlx::query_scalar!(
        r#"
        with revoked as (
            update grants set revoked_at = $5
            where revoked_at is null and ($1::uuid is null or grant_id = $1) and ($2::uuid is null or user_id = $2)
              and ($3::text is null or client_id = $3)
              and ($4::uuid is null or session_id = $4 and not 'offline_access' = any(scopes))
              and coalesce($1::text, $2::text, $3, $4::text) is not null
            returning grant_id
        )
        insert into revocations (revoked_id, kind)
        select grant_id, 'grant' from revoked
        on conflict do nothing
        returning revoked_id
        "#,
        grant,
        user,
        client,
        session,
        now,
    )
    .fetch_all(db)
    .await
}
