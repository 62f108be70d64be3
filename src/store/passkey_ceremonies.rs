//! The table `passkey_ceremonies`: challenges that wait for an authenticator's answer.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::malformed;
use crate::secret::SecretHash;

/// What a ceremony is for, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CeremonyPurpose {
    /// This user adds a passkey.
    Register(Uuid),
    /// This user, whose password was right, proves a second factor.
    SecondFactor(Uuid),
    /// Somebody signs in by a passkey alone.
    SignIn,
}

impl CeremonyPurpose {
    const fn columns(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Register(user_id) => ("register", Some(user_id)),
            Self::SecondFactor(user_id) => ("second_factor", Some(user_id)),
            Self::SignIn => ("sign_in", None),
        }
    }

    fn of_columns(purpose: &str, user_id: Option<Uuid>) -> Option<Self> {
        match (purpose, user_id) {
            ("register", Some(user_id)) => Some(Self::Register(user_id)),
            ("second_factor", Some(user_id)) => Some(Self::SecondFactor(user_id)),
            ("sign_in", None) => Some(Self::SignIn),
            _ => None,
        }
    }
}

/// A ceremony that waits.
pub struct Ceremony {
    /// The hash of its challenge.
    pub challenge: SecretHash,
    /// The browser that it is for.
    pub browser: SecretHash,
    /// What it is for.
    pub purpose: CeremonyPurpose,
    /// What the answer is checked by.
    pub state: Value,
    /// When it is too late to answer.
    pub expires_at: OffsetDateTime,
}

/// Keeps a ceremony, and removes a few of those that nobody answered in time: the table never grows beyond what waits.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, ceremony: &Ceremony, now: OffsetDateTime) -> sqlx::Result<()> {
    let (purpose, user_id) = ceremony.purpose.columns();
    sqlx::query!(
        "
        with past as (
            select challenge_hash from passkey_ceremonies where expires_at <= $7 limit 10 for update skip locked
        ), gone as (
            delete from passkey_ceremonies using past where passkey_ceremonies.challenge_hash = past.challenge_hash
        )
        insert into passkey_ceremonies (challenge_hash, browser_hash, purpose, user_id, state, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        ",
        ceremony.challenge.as_bytes(),
        ceremony.browser.as_bytes(),
        purpose,
        user_id,
        ceremony.state,
        ceremony.expires_at,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Takes the ceremony of this challenge. `None`: it was taken before, has expired, is another browser's, or never was.
///
/// # Errors
/// The database refused.
pub async fn take(
    db: impl PgExecutor<'_>,
    challenge: &SecretHash,
    browser: &SecretHash,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(CeremonyPurpose, Value)>> {
    let taken = sqlx::query!(
        "
        delete from passkey_ceremonies where challenge_hash = $1 and browser_hash = $2 and expires_at > $3
        returning purpose, user_id, state
        ",
        challenge.as_bytes(),
        browser.as_bytes(),
        now,
    );
    let Some(row) = taken.fetch_optional(db).await? else { return Ok(None) };
    let purpose = CeremonyPurpose::of_columns(&row.purpose, row.user_id).ok_or_else(|| malformed("purpose"))?;
    Ok(Some((purpose, row.state)))
}
