//! Passkeys (WebAuthn Level 3): as the second factor, or alone, where the device itself makes sure of the user.
//!
//! A challenge is for one browser, one purpose and five minutes, and the first answer takes it, right or wrong (LG-27).
//! webauthn-rs holds an answer to the specification: origin, challenge, signature, presence, verification, counter.

mod registration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, Credential, DiscoverableAuthentication, PublicKeyCredential, SecurityKey,
    SecurityKeyAuthentication, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

pub use registration::{Registration, register, registration};

use super::factor_use::Use;
use crate::{
    app::{Actor, App, InternalError},
    protocol::assurance::Method,
    secret::{Secret, SecretHash},
    store::{
        passkey_ceremonies::{self, Ceremony, CeremonyPurpose},
        passkeys::{self, PasskeyRow},
        pool,
    },
};

/// How long a browser has to answer a challenge.
const ANSWER_WITHIN: Duration = Duration::minutes(5);

/// Begins a ceremony: the options for `navigator.credentials.get()`.
///
/// With a user, for one of their passkeys as the second factor; without, for any passkey that names its owner and
/// makes sure of them. `None`: the user has no passkey, or this server has no host name, which passkeys need.
///
/// # Errors
/// The database refused.
pub async fn challenge(
    app: &App,
    browser: &SecretHash,
    user_id: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<Option<Value>, InternalError> {
    let Some(party) = relying_party(app) else { return Ok(None) };
    let Some(user_id) = user_id else {
        let (options, state) = party.start_discoverable_authentication().map_err(InternalError::bug)?;
        keep(app, browser, CeremonyPurpose::SignIn, &options.public_key.challenge, &state, now).await?;
        return Ok(Some(json!({"publicKey": options.public_key}))); // how it asks is the page's affair
    };
    let keys = passkeys::of_user(&app.db, user_id).await?;
    if keys.is_empty() {
        return Ok(None);
    }
    let keys =
        keys.iter().map(|row| Ok(credential(row)?.into())).collect::<Result<Vec<SecurityKey>, InternalError>>()?;
    let (mut options, state) = party.start_securitykey_authentication(&keys).map_err(InternalError::bug)?;
    options.public_key.hints = None; // any authenticator will do
    keep(app, browser, CeremonyPurpose::SecondFactor(user_id), &options.public_key.challenge, &state, now).await?;
    Ok(Some(json!(options)))
}

/// Checks what a browser answered to a [`challenge`] for the same user or for none: a `PublicKeyCredential` as JSON.
/// Says whose passkey it was, for an enabled account only. Every answer is recorded, and none is accepted twice.
///
/// # Errors
/// The database refused.
pub async fn answer(
    app: &App,
    browser: &SecretHash,
    user_id: Option<Uuid>,
    credential: &str,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<Option<(Uuid, Method)>, InternalError> {
    let purpose = user_id.map_or(CeremonyPurpose::SignIn, CeremonyPurpose::SecondFactor);
    match checked(app, browser, purpose, credential, now).await? {
        Ok((row, result)) => accept(app, &row, &result, actor, now).await,
        Err(refusal) => {
            let used = Use { app, user_id: refusal.user_id, actor, now };
            app.record(used.refused(&format!("passkey: {}", refusal.reason))).await?;
            Ok(None)
        }
    }
}

const NO_CHALLENGE: &str = "the challenge is unknown, of another browser or purpose, used, or old";
const FRAMED: &str = "it was given in a page of another site";
const COPIED: &str = "its counter went back: there is a copy of the key";

/// Why an answer does not count, and whose it was as far as that is known.
struct Refusal {
    user_id: Option<Uuid>,
    reason: String,
}

impl Refusal {
    fn new(user_id: Option<Uuid>, reason: &str) -> Self {
        Self { user_id, reason: reason.to_owned() }
    }

    /// By the name of the library's error: some of its messages repeat what was sent.
    fn by_library(user_id: Option<Uuid>, error: &WebauthnError) -> Self {
        let name = format!("{error:?}");
        let name = name.split(['(', ' ']).next().unwrap_or_default();
        Self::new(user_id, if matches!(error, WebauthnError::CredentialPossibleCompromise) { COPIED } else { name })
    }
}

async fn checked(
    app: &App,
    browser: &SecretHash,
    purpose: CeremonyPurpose,
    sent: &str,
    now: OffsetDateTime,
) -> Result<Result<(PasskeyRow, AuthenticationResult), Refusal>, InternalError> {
    let Some(party) = relying_party(app) else { return Ok(Err(Refusal::new(None, "there are none here"))) };
    let Ok(sent) = serde_json::from_str::<PublicKeyCredential>(sent) else {
        return Ok(Err(Refusal::new(None, "the answer is malformed")));
    };
    let taken = take(app, browser, &sent.response.client_data_json, now).await?;
    let Some((_, state)) = taken.filter(|(made_for, _)| *made_for == purpose) else {
        return Ok(Err(Refusal::new(None, NO_CHALLENGE)));
    };
    let handle = sent.get_user_unique_id().map(|handle| Uuid::from_slice(handle).ok());
    let owner = match purpose {
        CeremonyPurpose::SecondFactor(user_id) if handle.is_none_or(|handle| handle == Some(user_id)) => Some(user_id),
        CeremonyPurpose::SignIn => handle.flatten(),
        CeremonyPurpose::SecondFactor(_) | CeremonyPurpose::Register(_) => None,
    };
    let Some(row) = passkeys::find(&app.db, sent.get_credential_id()).await?.filter(|row| Some(row.user_id) == owner)
    else {
        return Ok(Err(Refusal::new(owner, "it is no passkey of this user, or they may not sign in")));
    };
    if client_data(&sent.response.client_data_json)["crossOrigin"] == true {
        return Ok(Err(Refusal::new(owner, FRAMED))); // the library looks at this at registration only
    }
    let key = credential(&row)?;
    let result = if purpose == CeremonyPurpose::SignIn {
        let state = restored::<DiscoverableAuthentication>(state)?;
        party.finish_discoverable_authentication_v2(&sent, state, key)
    } else {
        party.finish_securitykey_authentication(&sent, &restored::<SecurityKeyAuthentication>(state)?)
    };
    Ok(result.map(|result| (row, result)).map_err(|error| Refusal::by_library(owner, &error)))
}

/// Notes the use. Whoever comes second with the same counter has a copy of the key.
async fn accept(
    app: &App,
    row: &PasskeyRow,
    result: &AuthenticationResult,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<Option<(Uuid, Method)>, InternalError> {
    let method = Method::Passkey { verified: result.user_verified() };
    let used = Use { app, user_id: Some(row.user_id), actor, now };
    let mut tx = pool::begin(&app.db).await?;
    let counter = i64::from(result.counter());
    let is_newest = passkeys::note_use(&mut *tx, row.passkey_id, counter, result.backup_state(), now).await?;
    let event = if is_newest {
        used.proven(json!({"kind": "passkey", "factor_id": row.passkey_id}))
    } else {
        used.refused(&format!("passkey: {COPIED}"))
    };
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    Ok(is_newest.then_some((row.user_id, method)))
}

/// This server as WebAuthn's relying party: the configured issuer, whatever a request says. `None`: the issuer's host is
/// an address, for which there are no passkeys.
fn relying_party(app: &App) -> Option<Webauthn> {
    let origin = app.issuer().parse::<Url>().ok()?;
    let builder = WebauthnBuilder::new(origin.domain()?, &origin).ok()?;
    builder.rp_name(&app.settings.name).timeout(ANSWER_WITHIN.unsigned_abs()).build().ok()
}

/// Keeps what the answer to a challenge will be checked by.
async fn keep(
    app: &App,
    browser: &SecretHash,
    purpose: CeremonyPurpose,
    challenge: &[u8],
    state: &impl Serialize,
    now: OffsetDateTime,
) -> Result<(), InternalError> {
    let ceremony = Ceremony {
        challenge: Secret::presented(&URL_SAFE_NO_PAD.encode(challenge)).hash(),
        browser: *browser,
        purpose,
        state: serde_json::to_value(state).map_err(InternalError::bug)?,
        expires_at: now + ANSWER_WITHIN,
    };
    Ok(passkey_ceremonies::insert(&app.db, &ceremony, now).await?)
}

/// Takes the ceremony that the browser's client data answers.
async fn take(
    app: &App,
    browser: &SecretHash,
    sent: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<Option<(CeremonyPurpose, Value)>> {
    let client_data = client_data(sent);
    let Some(challenge) = client_data["challenge"].as_str() else { return Ok(None) };
    passkey_ceremonies::take(&app.db, &Secret::presented(challenge).hash(), browser, now).await
}

/// What the browser says of a ceremony (WebAuthn §5.8.1). Null, if it is malformed.
fn client_data(sent: &[u8]) -> Value {
    serde_json::from_slice(sent).unwrap_or_default()
}

fn restored<S: DeserializeOwned>(state: Value) -> Result<S, InternalError> {
    serde_json::from_value(state).map_err(InternalError::bug)
}

/// The passkey as the library knows it, with what changed since it was registered.
fn credential(row: &PasskeyRow) -> Result<Credential, InternalError> {
    let registered: Credential = serde_json::from_value(row.credential.clone()).map_err(InternalError::bug)?;
    let counter = u32::try_from(row.counter).map_err(InternalError::bug)?;
    Ok(Credential { counter, backup_state: row.backed_up, ..registered })
}
