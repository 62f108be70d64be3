//! The factors that a user has beside the password: which there are, and how a code proves one.

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{factor_use::Use, recovery_code, totp};
use crate::{
    app::{Actor, App, InternalError},
    policy::assurance::Factors,
    protocol::assurance::Method,
    store::{factors, pool},
};

/// Which kinds of factors the user has.
///
/// # Errors
/// The database cannot be asked.
pub async fn of(app: &App, user_id: Uuid) -> sqlx::Result<Factors> {
    factors::of(&app.db, user_id).await
}

/// Uses up a code of an authenticator app or a recovery code. `None`: it is neither, or was used before.
///
/// # Errors
/// The database refused, or a secret does not open. Then nothing is used up.
pub async fn verify_code(
    app: &App,
    user_id: Uuid,
    code: &str,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<Option<Method>, InternalError> {
    let mut tx = pool::begin(&app.db).await?;
    let proven = if let Some(factor_id) = totp::verify(app, &mut tx, user_id, code, now).await? {
        Some((Method::Totp, json!({"kind": "totp", "factor_id": factor_id})))
    } else if recovery_code::verify(&mut tx, user_id, code, now).await? {
        Some((Method::RecoveryCode, json!({"kind": "recovery_code"})))
    } else {
        None
    };
    let used = Use { app, user_id: Some(user_id), actor, now };
    let event = match &proven {
        Some((_, factor)) => used.proven(factor.clone()),
        None => used.refused("the code is of no factor of this user, or was used before"),
    };
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(proven.map(|(method, _)| method))
}
