//! The table `authorization_codes`.

use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{audit_events::AuditEvent, grants::grant_of, parsed, users};
use crate::{
    model::user::User,
    protocol::{
        authorization_code::{CodeRecord, IssuedCode},
        claims_request::ClaimsRequest,
        confirmation::Thumbprint,
        pkce::{CodeChallenge, REUSE_WINDOW},
        refresh_token::Family,
    },
    secret::{Handle, SecretHash},
};

/// A code to be kept.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewCode<'a> {
    /// Its id is that of its grant.
    pub handle: Handle,
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub code_challenge: &'a CodeChallenge,
    pub dpop_jkt: Option<&'a Thumbprint>,
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
        insert into authorization_codes
            (grant_id, secret_hash, client_id, redirect_uri, code_challenge, issued_at, expires_at, dpop_jkt)
        values ($1, $2, $3, $4, $5, $6, $7, $9)
        returning exists (
            select from authorization_codes earlier
            where earlier.code_challenge = $5 and earlier.client_id = $3 and earlier.issued_at > $8
        ) as "is_reused!"
        "#,
        code.handle.id,
        code.handle.hash.as_bytes(),
        code.client_id,
        code.redirect_uri,
        code.code_challenge.as_str(),
        code.issued_at,
        code.expires_at,
        code.issued_at - REUSE_WINDOW,
        code.dpop_jkt.map(Thumbprint::as_str),
    );
    is_reused.fetch_one(db).await
}

/// A code, with the grant behind it and the user who gave it. Reading takes nothing: [`redeem`] and [`take`] do.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, code: &Handle) -> sqlx::Result<Option<(IssuedCode, User)>> {
    let row = sqlx::query!(
        r#"
        select code.secret_hash, code.redirect_uri, code.code_challenge, code.dpop_jkt, code.expires_at as code_expires_at,
            code.redeemed_at,
            (select ended_at from sessions where sessions.session_id = grants.session_id) as session_ended_at,
            grants.grant_id, grants.client_id, grants.user_id, session_id, scopes, resources, claims as "claims_request: Json<ClaimsRequest>",
            nonce, authenticated_at, amr, acr, grants.created_at, grants.expires_at, revoked_at,
            (select to_jsonb(person) from users_with_roles person where person.user_id = grants.user_id) as "person!: Json<users::Row>"
        from authorization_codes code cross join grants
        where code.grant_id = $1 and grants.grant_id = $1
        "#,
        code.id,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let record = CodeRecord {
        hash: SecretHash::from_bytes(&row.secret_hash).ok_or_else(|| super::malformed("secret_hash"))?,
        redirect_uri: row.redirect_uri,
        code_challenge: parsed("code_challenge", &row.code_challenge)?,
        dpop_jkt: row.dpop_jkt.map(|key| parsed("dpop_jkt", &key)).transpose()?,
        expires_at: row.code_expires_at,
        redeemed: row.redeemed_at.is_some(),
        session_ended: row.session_ended_at.is_some(),
        grant: grant_of!(row),
    };
    Ok(Some((record.into(), row.person.into())))
}

/// Takes the code of a grant, and keeps the refresh token that it is redeemed for and the event of it. `false`: it was used before,
/// or its grant has been revoked in the meantime, and nothing was written.
///
/// One statement, so of requests that race with the same code only one gets it, and one round trip.
///
/// # Errors
/// The database refused.
pub async fn redeem(
    db: impl PgExecutor<'_>,
    grant_id: Uuid,
    refresh_tokens: Option<&Family>,
    event: &AuditEvent,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let taken = sqlx::query_scalar!(
        r#"
        with taken as (
            update authorization_codes code set redeemed_at = $2
            from grants
            where code.grant_id = $1 and redeemed_at is null and grants.grant_id = $1 and revoked_at is null
            returning code.grant_id
        ), family as (
            insert into refresh_tokens (grant_id, mark_hash, secret_hash, issued_at, expires_at, dpop_jkt)
            select grant_id, $3, $4, $2, $5, $7 from taken where $3::bytea is not null
        ), event as (
            insert into audit_events
            select event.* from taken, jsonb_populate_record(null::audit_events, $6) event
        )
        select count(*) = 1 as "taken!" from taken
        "#,
        grant_id,
        now,
        refresh_tokens.map(|family| family.mark_hash.as_bytes()),
        refresh_tokens.map(|family| family.leaf_hash.as_bytes()),
        refresh_tokens.map(|family| family.expires_at),
        Json(event) as _,
        refresh_tokens.and_then(|family| family.dpop_jkt.as_ref()).map(Thumbprint::as_str),
    );
    taken.fetch_one(db).await
}

/// Takes the code of a grant out of circulation. `false`: it was used before, or its grant has been revoked in the meantime.
///
/// # Errors
/// The database refused.
pub async fn take(db: impl PgExecutor<'_>, grant_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let taken = sqlx::query!(
        "
        update authorization_codes code set redeemed_at = $2
        from grants
        where code.grant_id = $1 and redeemed_at is null and grants.grant_id = $1 and revoked_at is null
        ",
        grant_id,
        now,
    );
    Ok(taken.execute(db).await?.rows_affected() == 1)
}
