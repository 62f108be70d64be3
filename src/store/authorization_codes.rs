//! The table `authorization_codes`.

use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::parsed;
use crate::{
    protocol::{
        authorization_code::{CodeRecord, IssuedCode},
        claims_request::ClaimsRequest,
        grant::Grant,
        pkce::CodeChallenge,
        scope::Scope,
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

/// Keeps a new code.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, code: &NewCode<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into authorization_codes (code_id, secret_hash, grant_id, client_id, redirect_uri, code_challenge, issued_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        ",
        code.handle.id, code.handle.hash.as_bytes(), code.grant_id, code.client_id, code.redirect_uri,
        code.code_challenge.as_str(), code.issued_at, code.expires_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// A code, with the grant behind it. Reading takes nothing: [`take`] does.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, code: &Handle) -> sqlx::Result<Option<IssuedCode>> {
    let row = sqlx::query!(
        r#"
        select code.secret_hash, code.redirect_uri, code.code_challenge, code.expires_at as code_expires_at, code.redeemed_at,
            (select ended_at from sessions where sessions.session_id = grants.session_id) as session_ended_at,
            grants.*, claims as "claims_request: Json<ClaimsRequest>"
        from authorization_codes code join grants using (grant_id)
        where code_id = $1
        "#,
        code.id,
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    let grant = Grant {
        grant_id: row.grant_id,
        client_id: row.client_id,
        user_id: row.user_id,
        session_id: row.session_id,
        scope: Scope::from_names(row.scopes).map_err(|_| super::malformed("scopes"))?,
        resources: row.resources,
        claims: row.claims_request.0,
        nonce: row.nonce,
        authenticated_at: row.authenticated_at,
        amr: row.amr,
        acr: row.acr,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
    };
    let record = CodeRecord {
        hash: SecretHash::from_bytes(&row.secret_hash).ok_or_else(|| super::malformed("secret_hash"))?,
        redirect_uri: row.redirect_uri,
        code_challenge: parsed("code_challenge", &row.code_challenge)?,
        expires_at: row.code_expires_at,
        redeemed: row.redeemed_at.is_some(),
        session_ended: row.session_ended_at.is_some(),
        grant,
    };
    Ok(Some(record.into()))
}

/// Takes a code out of circulation. `false`: it was used before, or its grant has been revoked in the meantime.
///
/// One statement, so of requests that race with the same code only one gets it.
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
