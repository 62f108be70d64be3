//! The table `passkeys`: WebAuthn credentials.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// A passkey (WebAuthn Level 3 §4, "credential record").
#[expect(missing_docs, reason = "the names say it")]
pub struct PasskeyRow {
    pub passkey_id: Uuid,
    pub user_id: Uuid,
    pub credential_id: Vec<u8>,
    pub name: String,
    /// As it was registered. The columns below are newer than what it says of them.
    pub credential: Value,
    /// How often the authenticator has signed; zero if it does not count.
    pub counter: i64,
    /// It can leave its device.
    pub backup_eligible: bool,
    /// It has.
    pub backed_up: bool,
    /// The make of the authenticator, as it says itself; nil if it does not.
    pub aaguid: Uuid,
    /// The format of the authenticator's statement about itself.
    pub attestation: String,
}

/// Keeps a new passkey. `false`: it is registered already, maybe to somebody else.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, passkey: &PasskeyRow, now: OffsetDateTime) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into passkeys (passkey_id, user_id, credential_id, name, credential, counter, backup_eligible, backed_up,
            aaguid, attestation, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (credential_id) do nothing
        ",
        passkey.passkey_id,
        passkey.user_id,
        passkey.credential_id,
        passkey.name,
        passkey.credential,
        passkey.counter,
        passkey.backup_eligible,
        passkey.backed_up,
        passkey.aaguid,
        passkey.attestation,
        now,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// The user's passkeys.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_user(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Vec<PasskeyRow>> {
    sqlx::query_as!(
        PasskeyRow,
        "
        select passkey_id, user_id, credential_id, name, credential, counter, backup_eligible, backed_up, aaguid, attestation
        from passkeys where user_id = $1 order by passkey_id
        ",
        user_id,
    )
    .fetch_all(db)
    .await
}

/// The passkey with this credential id, if its owner may sign in.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, credential_id: &[u8]) -> sqlx::Result<Option<PasskeyRow>> {
    sqlx::query_as!(
        PasskeyRow,
        "
        select passkey_id, user_id, credential_id, name, credential, counter, backup_eligible, backed_up, aaguid, attestation
        from passkeys join users using (user_id) where credential_id = $1 and enabled
        ",
        credential_id,
    )
    .fetch_optional(db)
    .await
}

/// Notes a use. `false`: the counter did not rise, so somebody has a copy of the key; or the passkey is gone.
///
/// # Errors
/// The database refused.
pub async fn note_use(
    db: impl PgExecutor<'_>,
    passkey_id: Uuid,
    counter: i64,
    backed_up: bool,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let noted = sqlx::query!(
        "
        update passkeys set counter = $2, backed_up = $3, last_used_at = $4
        where passkey_id = $1 and (counter < $2 or (counter = 0 and $2 = 0))
        ",
        passkey_id,
        counter,
        backed_up,
        now,
    );
    Ok(noted.execute(db).await?.rows_affected() == 1)
}
