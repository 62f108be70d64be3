//! The table `refresh_tokens`: one row for all refresh tokens of a grant.

use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{audit_events::AuditEvent, grants::grant_of, malformed, parsed, users};
use crate::{
    model::user::User,
    protocol::{
        claims_request::ClaimsRequest,
        confirmation::Thumbprint,
        refresh_token::{Family, IssuedRefreshToken, Predecessor},
    },
    secret::{RefreshToken, SecretHash},
};

/// A token with its standing in its family, the grant behind it and the user who gave it. `None`: we did not issue it.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, token: &RefreshToken) -> sqlx::Result<Option<(IssuedRefreshToken, User)>> {
    let row = sqlx::query!(
        r#"
        select mark_hash, secret_hash, previous_hash, rotated_at, family.dpop_jkt, issued_at,
            family.expires_at as family_expires_at,
            grants.grant_id, client_id, user_id, session_id, scopes, resources,
            claims as "claims_request: Json<ClaimsRequest>", nonce, authenticated_at, amr, acr, created_at,
            grants.expires_at, revoked_at,
            (select to_jsonb(person) from users_with_roles person where person.user_id = grants.user_id) as "person!: Json<users::Row>"
        from refresh_tokens family cross join grants
        where family.grant_id = $1 and grants.grant_id = $1
        "#,
        token.grant_id,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let predecessor = match (row.previous_hash, row.rotated_at) {
        (Some(hash), Some(rotated_at)) => Some(Predecessor { hash: hash_of("previous_hash", &hash)?, rotated_at }),
        _ => None,
    };
    let family = Family {
        mark_hash: hash_of("mark_hash", &row.mark_hash)?,
        leaf_hash: hash_of("secret_hash", &row.secret_hash)?,
        predecessor,
        dpop_jkt: row.dpop_jkt.map(|key| parsed("dpop_jkt", &key)).transpose()?,
        issued_at: row.issued_at,
        expires_at: row.family_expires_at,
    };
    let Some(standing) = family.standing_of(token) else { return Ok(None) };
    Ok(Some((IssuedRefreshToken { standing, family, grant: grant_of!(row) }, row.person.into())))
}

/// Puts a family in the place of the one that was found, and writes the event of it. `false`: another request was
/// faster or the grant has been revoked, and nothing was written.
///
/// One statement, so that of racing requests only one gets through, and one round trip.
///
/// # Errors
/// The database refused.
pub async fn replace(
    db: impl PgExecutor<'_>,
    grant_id: Uuid,
    found: &Family,
    family: &Family,
    event: &AuditEvent,
) -> sqlx::Result<bool> {
    let predecessor = family.predecessor.as_ref();
    let replaced = sqlx::query_scalar!(
        r#"
        with taken as (
            update refresh_tokens family
            set secret_hash = $3, previous_hash = $4, rotated_at = $5, issued_at = $6, expires_at = $7, dpop_jkt = $9
            from grants
            where family.grant_id = $1 and secret_hash = $2 and grants.grant_id = $1 and revoked_at is null
            returning family.grant_id
        ), event as (
            insert into audit_events
            select event.* from taken, jsonb_populate_record(null::audit_events, $8) event
        )
        select count(*) = 1 as "taken!" from taken
        "#,
        grant_id,
        found.leaf_hash.as_bytes(),
        family.leaf_hash.as_bytes(),
        predecessor.map(|predecessor| predecessor.hash.as_bytes()),
        predecessor.map(|predecessor| predecessor.rotated_at),
        family.issued_at,
        family.expires_at,
        Json(event) as _,
        family.dpop_jkt.as_ref().map(Thumbprint::as_str),
    );
    replaced.fetch_one(db).await
}

fn hash_of(column: &'static str, bytes: &[u8]) -> sqlx::Result<SecretHash> {
    SecretHash::from_bytes(bytes).ok_or_else(|| malformed(column))
}
