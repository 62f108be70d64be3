//! The table `refresh_tokens`.

use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    protocol::{
        claims_request::ClaimsRequest,
        grant::Grant,
        refresh_token::{IssuedRefreshToken, Rotation, TokenState},
        scope::Scope,
    },
    secret::{Handle, SecretHash},
};

/// A refresh token to be kept.
#[expect(missing_docs, reason = "the names say it")]
pub struct NewRefreshToken {
    pub handle: Handle,
    pub grant_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Keeps a new token.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, token: &NewRefreshToken) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into refresh_tokens (token_id, secret_hash, grant_id, parent_id, issued_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        ",
        token.handle.id,
        token.handle.hash.as_bytes(),
        token.grant_id,
        token.parent_id,
        token.issued_at,
        token.expires_at,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// A token, with its place in its family and the grant behind it. `None`: there is none, or its secret is another.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, token: &Handle) -> sqlx::Result<Option<IssuedRefreshToken>> {
    let row = sqlx::query!(
        r#"
        select token.secret_hash, token.issued_at, token.expires_at as token_expires_at, token.rotated_at, token.child_id,
            token.killed_at,
            coalesce((select child.rotated_at is not null or child.killed_at is not null
                      from refresh_tokens child where child.token_id = token.child_id), true) as "child_used!",
            grants.*, claims as "claims_request: Json<ClaimsRequest>"
        from refresh_tokens token join grants using (grant_id)
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
    Ok(Some(IssuedRefreshToken {
        token_id: token.id,
        hash,
        issued_at: row.issued_at,
        expires_at: row.token_expires_at,
        state,
        grant,
    }))
}

/// Carries out what was decided about a token. `false`: another request was faster, and nothing was changed.
///
/// Each step is one conditional statement, so that of racing requests only one gets through.
///
/// # Errors
/// The database refused.
pub async fn rotate(
    db: &mut PgConnection,
    token_id: Uuid,
    rotation: Rotation,
    successor: &NewRefreshToken,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let taken = match rotation {
        Rotation::Keep { extend } => !extend || extend_idle(&mut *db, token_id, successor.expires_at).await?,
        Rotation::Replace => replace(&mut *db, token_id, successor.handle.id, now).await?,
        Rotation::ReplaceAgain { lost } => {
            kill(&mut *db, lost, now).await? && replace_again(&mut *db, token_id, lost, successor.handle.id).await?
        }
    };
    if taken && !matches!(rotation, Rotation::Keep { .. }) {
        insert(db, successor).await?;
    }
    Ok(taken)
}

async fn extend_idle(db: &mut PgConnection, token_id: Uuid, end: OffsetDateTime) -> sqlx::Result<bool> {
    let extended = sqlx::query!(
        "update refresh_tokens set expires_at = $2 where token_id = $1 and rotated_at is null and killed_at is null",
        token_id,
        end,
    );
    Ok(extended.execute(db).await?.rows_affected() == 1)
}

async fn replace(db: &mut PgConnection, token_id: Uuid, successor: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let replaced = sqlx::query!(
        "
        update refresh_tokens set rotated_at = $3, child_id = $2
        from grants
        where grants.grant_id = refresh_tokens.grant_id and token_id = $1
          and rotated_at is null and killed_at is null and revoked_at is null
        ",
        token_id,
        successor,
        now,
    );
    Ok(replaced.execute(db).await?.rows_affected() == 1)
}

/// The grace still counts from the first rotation: `rotated_at` stays.
async fn replace_again(db: &mut PgConnection, token_id: Uuid, lost: Uuid, successor: Uuid) -> sqlx::Result<bool> {
    let replaced = sqlx::query!(
        "
        update refresh_tokens set child_id = $3
        from grants
        where grants.grant_id = refresh_tokens.grant_id and token_id = $1 and child_id = $2 and revoked_at is null
        ",
        token_id,
        lost,
        successor,
    );
    Ok(replaced.execute(db).await?.rows_affected() == 1)
}

async fn kill(db: &mut PgConnection, token_id: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let killed = sqlx::query!(
        "update refresh_tokens set killed_at = $2 where token_id = $1 and rotated_at is null and killed_at is null",
        token_id,
        now,
    );
    Ok(killed.execute(db).await?.rows_affected() == 1)
}
