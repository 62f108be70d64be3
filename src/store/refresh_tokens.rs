//! The table `refresh_tokens`.

use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{audit_events::AuditEvent, grants::grant_of, users};
use crate::{
    policy::user::User,
    protocol::{
        claims_request::ClaimsRequest,
        refresh_token::{IssuedRefreshToken, Rotation, TokenState},
    },
    secret::{Handle, SecretHash},
};

/// A refresh token to be kept.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewRefreshToken {
    pub handle: Handle,
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// A token, with its place in its family, the grant behind it and the person who gave it. `None`: there is none, or its
/// secret is another.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, token: &Handle) -> sqlx::Result<Option<(IssuedRefreshToken, User)>> {
    let row = sqlx::query!(
        r#"
        select token.secret_hash, token.issued_at, token.expires_at as token_expires_at, token.rotated_at, token.child_id,
            token.killed_at,
            coalesce((select child.rotated_at is not null or child.killed_at is not null
                      from refresh_tokens child where child.token_id = token.child_id), true) as "child_used!",
            grant_id, grants.client_id, grants.user_id, session_id, scopes, resources, claims as "claims_request: Json<ClaimsRequest>",
            nonce, authenticated_at, amr, acr, grants.created_at, grants.expires_at, revoked_at,
            to_jsonb(person) as "person!: Json<users::Row>"
        from refresh_tokens token join grants using (grant_id) join users_with_roles person using (user_id)
        where token.token_id = $1
        "#,
        token.id,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let hash = SecretHash::from_bytes(&row.secret_hash).ok_or_else(|| super::malformed("secret_hash"))?;
    if hash != token.hash {
        return Ok(None);
    }
    let state = match (row.killed_at, row.rotated_at, row.child_id) {
        (Some(_), ..) => TokenState::Killed,
        (None, Some(at), Some(successor)) => TokenState::Rotated { at, successor, successor_used: row.child_used },
        _ => TokenState::Live,
    };
    let issued = IssuedRefreshToken {
        token_id: token.id,
        hash,
        issued_at: row.issued_at,
        expires_at: row.token_expires_at,
        state,
        grant: grant_of!(row),
    };
    Ok(Some((issued, row.person.into())))
}

/// Carries out what was decided about a token, and writes the event of it. `false`: another request was faster, and
/// nothing was written.
///
/// One conditional statement each, so that of racing requests only one gets through, and one round trip.
///
/// # Errors
/// The database refused.
pub async fn rotate(
    db: impl PgExecutor<'_>,
    token_id: Uuid,
    rotation: Rotation,
    successor: &NewRefreshToken,
    event: &AuditEvent,
) -> sqlx::Result<bool> {
    match rotation {
        Rotation::Keep { .. } => extend_idle(db, token_id, successor.expires_at, event).await,
        Rotation::Replace => replace(db, token_id, successor, event).await,
        Rotation::ReplaceAgain { lost } => replace_again(db, token_id, lost, successor, event).await,
    }
}

async fn extend_idle(
    db: impl PgExecutor<'_>,
    token_id: Uuid,
    end: OffsetDateTime,
    event: &AuditEvent,
) -> sqlx::Result<bool> {
    let extended = sqlx::query_scalar!(
        r#"
        with taken as (
            update refresh_tokens set expires_at = $2
            where token_id = $1 and rotated_at is null and killed_at is null
            returning token_id
        ), event as (
            insert into audit_events
            select event.* from taken, jsonb_populate_record(null::audit_events, $3) event
        )
        select count(*) = 1 as "taken!" from taken
        "#,
        token_id,
        end,
        Json(event) as _,
    );
    extended.fetch_one(db).await
}

async fn replace(
    db: impl PgExecutor<'_>,
    token_id: Uuid,
    successor: &NewRefreshToken,
    event: &AuditEvent,
) -> sqlx::Result<bool> {
    let replaced = sqlx::query_scalar!(
        r#"
        with taken as (
            update refresh_tokens set rotated_at = $5, child_id = $2
            from grants
            where grants.grant_id = refresh_tokens.grant_id and token_id = $1
              and rotated_at is null and killed_at is null and revoked_at is null
            returning grants.grant_id
        ), successor as (
            insert into refresh_tokens (token_id, secret_hash, grant_id, parent_id, issued_at, expires_at)
            select $2, $3, grant_id, $1, $5, $4 from taken
        ), event as (
            insert into audit_events
            select event.* from taken, jsonb_populate_record(null::audit_events, $6) event
        )
        select count(*) = 1 as "taken!" from taken
        "#,
        token_id,
        successor.handle.id,
        successor.handle.hash.as_bytes(),
        successor.expires_at,
        successor.issued_at,
        Json(event) as _,
    );
    replaced.fetch_one(db).await
}

/// The grace still counts from the first rotation: `rotated_at` stays.
async fn replace_again(
    db: impl PgExecutor<'_>,
    token_id: Uuid,
    lost: Uuid,
    successor: &NewRefreshToken,
    event: &AuditEvent,
) -> sqlx::Result<bool> {
    let replaced = sqlx::query_scalar!(
        r#"
        with killed as (
            update refresh_tokens set killed_at = $5
            where token_id = $7 and rotated_at is null and killed_at is null
            returning token_id
        ), taken as (
            update refresh_tokens set child_id = $2
            from grants, killed
            where grants.grant_id = refresh_tokens.grant_id and refresh_tokens.token_id = $1
              and child_id = killed.token_id and revoked_at is null
            returning grants.grant_id
        ), successor as (
            insert into refresh_tokens (token_id, secret_hash, grant_id, parent_id, issued_at, expires_at)
            select $2, $3, grant_id, $1, $5, $4 from taken
        ), event as (
            insert into audit_events
            select event.* from taken, jsonb_populate_record(null::audit_events, $6) event
        )
        select count(*) = 1 as "taken!" from taken
        "#,
        token_id,
        successor.handle.id,
        successor.handle.hash.as_bytes(),
        successor.expires_at,
        successor.issued_at,
        Json(event) as _,
        lost,
    );
    replaced.fetch_one(db).await
}
