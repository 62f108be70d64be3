//! The table `authorization_codes`.

use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{audit_events::AuditEvent, grants::grant_of, parsed, refresh_tokens::NewRefreshToken, users};
use crate::{
    policy::user::User,
    protocol::{
        authorization_code::{CodeRecord, IssuedCode},
        claims_request::ClaimsRequest,
        pkce::{CodeChallenge, REUSE_WINDOW},
    },
    secret::{Handle, SecretHash},
};

/// A code to be kept.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewCode<'a> {
    pub handle: Handle,
    pub grant_id: Uuid,
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub code_challenge: &'a CodeChallenge,
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Keeps a new code. Says whether the client sent its challenge before, within [`REUSE_WINDOW`].
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, code: &NewCode<'_>) -> sqlx::Result<bool> {
    let is_reused = sqlx::query_scalar!(
        r#"
        insert into authorization_codes (code_id, secret_hash, grant_id, client_id, redirect_uri, code_challenge, issued_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        returning exists (
            select from authorization_codes earlier
            where earlier.code_challenge = $6 and earlier.client_id = $4 and earlier.issued_at > $9
        ) as "is_reused!"
        "#,
        code.handle.id,
        code.handle.hash.as_bytes(),
        code.grant_id,
        code.client_id,
        code.redirect_uri,
        code.code_challenge.as_str(),
        code.issued_at,
        code.expires_at,
        code.issued_at - REUSE_WINDOW,
    );
    is_reused.fetch_one(db).await
}

/// A code, with the grant behind it and the person who gave it. Reading takes nothing: [`redeem`] and [`take`] do.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, code: &Handle) -> sqlx::Result<Option<(IssuedCode, User)>> {
    let row = sqlx::query!(
        r#"
        select code.secret_hash, code.redirect_uri, code.code_challenge, code.expires_at as code_expires_at, code.redeemed_at,
            (select ended_at from sessions where sessions.session_id = grants.session_id) as session_ended_at,
            grant_id, grants.client_id, grants.user_id, session_id, scopes, resources, claims as "claims_request: Json<ClaimsRequest>",
            nonce, authenticated_at, amr, acr, grants.created_at, grants.expires_at, revoked_at,
            to_jsonb(person) as "person!: Json<users::Row>"
        from authorization_codes code join grants using (grant_id) join users_with_roles person using (user_id)
        where code_id = $1
        "#,
        code.id,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let record = CodeRecord {
        hash: SecretHash::from_bytes(&row.secret_hash).ok_or_else(|| super::malformed("secret_hash"))?,
        redirect_uri: row.redirect_uri,
        code_challenge: parsed("code_challenge", &row.code_challenge)?,
        expires_at: row.code_expires_at,
        redeemed: row.redeemed_at.is_some(),
        session_ended: row.session_ended_at.is_some(),
        grant: grant_of!(row),
    };
    Ok(Some((record.into(), row.person.into())))
}

/// Takes a code, and keeps the refresh token that it is redeemed for and the event of it. `false`: it was used before,
/// or its grant has been revoked in the meantime, and nothing was written.
///
/// One statement, so of requests that race with the same code only one gets it, and one round trip.
///
/// # Errors
/// The database refused.
pub async fn redeem(
    db: impl PgExecutor<'_>,
    code_id: Uuid,
    refresh_token: Option<&NewRefreshToken>,
    event: &AuditEvent,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let taken = sqlx::query_scalar!(
        r#"
        with taken as (
            update authorization_codes set redeemed_at = $2
            from grants
            where grants.grant_id = authorization_codes.grant_id
              and code_id = $1 and redeemed_at is null and revoked_at is null
            returning grants.grant_id
        ), token as (
            insert into refresh_tokens (token_id, secret_hash, grant_id, issued_at, expires_at)
            select $3, $4, grant_id, $2, $5 from taken where $3::uuid is not null
        ), event as (
            insert into audit_events
            select event.* from taken, jsonb_populate_record(null::audit_events, $6) event
        )
        select count(*) = 1 as "taken!" from taken
        "#,
        code_id,
        now,
        refresh_token.map(|token| token.handle.id),
        refresh_token.map(|token| token.handle.hash.as_bytes() as &[u8]),
        refresh_token.map(|token| token.expires_at),
        Json(event) as _,
    );
    taken.fetch_one(db).await
}

/// Takes a code out of circulation. `false`: it was used before, or its grant has been revoked in the meantime.
///
/// # Errors
/// The database refused.
pub async fn take(db: impl PgExecutor<'_>, code_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let taken = sqlx::query!(
        "
        update authorization_codes set redeemed_at = $2
        from grants
        where grants.grant_id = authorization_codes.grant_id
          and code_id = $1 and redeemed_at is null and revoked_at is null
        ",
        code_id,
        now,
    );
    Ok(taken.execute(db).await?.rows_affected() == 1)
}
