//! Proving a second factor: the session becomes stronger.

use axum::http::{HeaderMap, StatusCode};

use crate::{
    app::{Actor, App, InternalError},
    authentication::{
        device, factors, passkey,
        presence::Presence,
        session::{self, StartedSession},
        throttle::{self, Account, Admitted, Attempt, Kind, NotAdmitted, Refused},
    },
    protocol::assurance::Method,
    secret::SecretHash,
};

/// Why a session is not stronger.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorFailure {
    /// It is no code or passkey of this user, or was used before.
    #[error("the code or the passkey is wrong")]
    Wrong,
    /// Too many have failed.
    #[error(transparent)]
    Throttled(Refused),
    /// It could not be checked.
    #[error("the factor could not be checked")]
    Internal(InternalError),
}

impl SecondFactorFailure {
    /// How a page answers: the status, the key of what it says, and the seconds to wait, if any.
    ///
    /// # Errors
    /// It is ours to mend.
    pub fn explained(self, was_passkey: bool) -> Result<(StatusCode, &'static str, Option<i64>), InternalError> {
        match self {
            Self::Wrong if was_passkey => Ok((StatusCode::UNPROCESSABLE_ENTITY, "second-factor-wrong-passkey", None)),
            Self::Wrong => Ok((StatusCode::UNPROCESSABLE_ENTITY, "second-factor-wrong-code", None)),
            Self::Throttled(refused) => {
                let seconds = refused.retry_after.whole_seconds().max(1);
                Ok((StatusCode::TOO_MANY_REQUESTS, "second-factor-throttled", Some(seconds)))
            }
            Self::Internal(error) => Err(error),
        }
    }
}

impl<E: Into<InternalError>> From<E> for SecondFactorFailure {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// Takes a code of an app or a recovery code. Where only a passkey will do, no code counts, right or wrong.
///
/// # Errors
/// [`SecondFactorFailure`]
pub async fn by_code(
    app: &App,
    present: &Presence,
    code: &str,
    phishing_resistant: bool,
    headers: &HeaderMap,
    actor: &Actor,
) -> Result<StartedSession, SecondFactorFailure> {
    if code.is_empty() || phishing_resistant {
        return Err(SecondFactorFailure::Wrong);
    }
    let admitted = admit(app, present, headers, actor).await?;
    match factors::verify_code(app, present.user.user_id, code, actor, app.clock.now()).await? {
        Some(method) => {
            admitted.succeeded(app).await?;
            raise(app, present, method, actor).await
        }
        None => Err(SecondFactorFailure::Wrong),
    }
}

/// Takes the answer of a passkey of the session's user. Nothing there can be guessed, so no throttle stands in its way.
///
/// # Errors
/// [`SecondFactorFailure`]
pub async fn by_passkey(
    app: &App,
    present: &Presence,
    browser: &SecretHash,
    credential: &str,
    actor: &Actor,
) -> Result<StartedSession, SecondFactorFailure> {
    let user_id = present.user.user_id;
    match passkey::answer(app, browser, Some(user_id), credential, actor, app.clock.now()).await? {
        Some((proven, method)) if proven == user_id => raise(app, present, method, actor).await,
        _ => Err(SecondFactorFailure::Wrong),
    }
}

async fn admit(
    app: &App,
    present: &Presence,
    headers: &HeaderMap,
    actor: &Actor,
) -> Result<Admitted, SecondFactorFailure> {
    let attempt = Attempt {
        kind: Kind::SecondFactor,
        account: Some(Account::User(present.user.user_id)),
        client: None,
        address: actor.ip.as_deref().unwrap_or_default(),
        device_known: device::is_known(app, headers, present.user.user_id).await?,
    };
    throttle::attempt(app, &attempt, app.clock.now()).await.map_err(|error| match error {
        NotAdmitted::Refused(refused) => SecondFactorFailure::Throttled(refused),
        NotAdmitted::Internal(error) => SecondFactorFailure::Internal(error),
    })
}

async fn raise(
    app: &App,
    present: &Presence,
    method: Method,
    actor: &Actor,
) -> Result<StartedSession, SecondFactorFailure> {
    session::raise(app, present, method, actor).await?.ok_or(SecondFactorFailure::Wrong)
}
