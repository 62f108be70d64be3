//! What the tables `totp_factors`, `passkeys` and `recovery_codes` say of one user together.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{malformed, parsed};
use crate::{policy::assurance::Factors, protocol::assurance::Level};

/// What a factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorKind {
    /// An authenticator app.
    Totp,
    /// A passkey.
    Passkey,
}

impl FactorKind {
    /// Its name in the audit trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }
}

/// A factor as its owner knows it.
#[expect(missing_docs, reason = "the names say it")]
pub struct Factor {
    pub factor_id: Uuid,
    pub kind: FactorKind,
    pub name: String,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// Which kinds of factors the user has.
///
/// # Errors
/// The database cannot be asked.
pub async fn of(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Factors> {
    sqlx::query_as!(
        Factors,
        r#"
        select exists(select from totp_factors where user_id = $1 and confirmed_at is not null) as "totp!",
            exists(select from passkeys where user_id = $1) as "passkey!",
            exists(select from recovery_codes where user_id = $1 and used_at is null) as "recovery_code!"
        "#,
        user_id,
    )
    .fetch_one(db)
    .await
}

/// The user's factors, the oldest first.
///
/// # Errors
/// The database cannot be asked.
pub async fn list(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Vec<Factor>> {
    let rows = sqlx::query!(
        r#"
        select factor_id as "factor_id!", 'totp' as "kind!", name as "name!",
            created_at as "created_at!", last_used_at
        from totp_factors where user_id = $1 and confirmed_at is not null
        union all
        select passkey_id, 'passkey', name, created_at, last_used_at from passkeys where user_id = $1
        order by 1
        "#,
        user_id,
    );
    let rows = rows.fetch_all(db).await?.into_iter().map(|row| {
        Ok(Factor {
            factor_id: row.factor_id,
            kind: kind(&row.kind)?,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    });
    rows.collect()
}

/// How well the user has proven who they are in a session that is alive, and when the newest of their factors was
/// added, recovery codes too. `None`: the session has ended.
///
/// # Errors
/// The database cannot be asked.
pub async fn behind(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    session_id: Uuid,
) -> sqlx::Result<Option<(Level, Option<OffsetDateTime>)>> {
    let found = sqlx::query!(
        "
        select acr, greatest(
            (select max(confirmed_at) from totp_factors where user_id = $1),
            (select max(created_at) from passkeys where user_id = $1),
            (select max(made_at) from recovery_codes where user_id = $1)
        ) as newest
        from sessions where session_id = $2 and user_id = $1 and ended_at is null
        ",
        user_id,
        session_id,
    );
    let Some(row) = found.fetch_optional(db).await? else { return Ok(None) };
    Ok(Some((parsed("acr", &row.acr)?, row.newest)))
}

/// Gives a factor of the user another name. `None`: there is no such factor.
///
/// # Errors
/// The database refused.
pub async fn rename(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    factor_id: Uuid,
    name: &str,
) -> sqlx::Result<Option<FactorKind>> {
    let renamed = sqlx::query_scalar!(
        r#"
        with totp as (
            update totp_factors set name = $3 where user_id = $1 and factor_id = $2 and confirmed_at is not null
            returning 'totp' as kind
        ), passkey as (
            update passkeys set name = $3 where user_id = $1 and passkey_id = $2 returning 'passkey' as kind
        )
        select kind as "kind!" from totp union all select kind from passkey
        "#,
        user_id,
        factor_id,
        name,
    );
    renamed.fetch_optional(db).await?.as_deref().map(kind).transpose()
}

/// Removes a factor of the user. `None`: there is no such factor.
///
/// # Errors
/// The database refused.
pub async fn remove(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    factor_id: Uuid,
) -> sqlx::Result<Option<(FactorKind, String)>> {
    let removed = sqlx::query!(
        r#"
        with totp as (
            delete from totp_factors where user_id = $1 and factor_id = $2 and confirmed_at is not null
            returning 'totp' as kind, name
        ), passkey as (
            delete from passkeys where user_id = $1 and passkey_id = $2 returning 'passkey' as kind, name
        )
        select kind as "kind!", name as "name!" from totp union all select kind, name from passkey
        "#,
        user_id,
        factor_id,
    );
    let Some(row) = removed.fetch_optional(db).await? else { return Ok(None) };
    Ok(Some((kind(&row.kind)?, row.name)))
}

/// Removes every factor of the user, and the recovery codes. Says what the factors were called.
///
/// # Errors
/// The database refused.
pub async fn remove_all(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        with codes as (
            delete from recovery_codes where user_id = $1
        ), totp as (
            delete from totp_factors where user_id = $1 returning name, confirmed_at
        ), passkey as (
            delete from passkeys where user_id = $1 returning name
        )
        select name as "name!" from totp where confirmed_at is not null union all select name from passkey
        "#,
        user_id,
    )
    .fetch_all(db)
    .await
}

fn kind(text: &str) -> sqlx::Result<FactorKind> {
    match text {
        "totp" => Ok(FactorKind::Totp),
        "passkey" => Ok(FactorKind::Passkey),
        _ => Err(malformed("kind")),
    }
}
