//! Adding a passkey.

use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{Credential, RegisterPublicKeyCredential, SecurityKeyRegistration};

use super::{NO_CHALLENGE, Refusal, keep, relying_party, restored, take};
use crate::{
    app::InternalError,
    authentication::factor_change::{self, Owner},
    clock::time_ordered_id,
    policy::event::Event,
    protocol::assurance::Method,
    registry::ChangeError,
    secret::SecretHash,
    store::{
        factors::FactorKind,
        passkey_ceremonies::CeremonyPurpose,
        passkeys::{self, PasskeyRow},
    },
};

/// Where the make of the authenticator stands in its data (WebAuthn §6.5.1), behind the RP id's hash, flags and counter.
const AAGUID: std::ops::Range<usize> = 37..53;

/// What became of a wish to add a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// It counts, and proves this much already.
    Done(Method),
    /// The browser's answer is not acceptable, or came too late.
    Refused,
    /// It is registered already.
    Known,
    /// The user has as many factors as anybody may have.
    Full,
}

/// Begins a ceremony: the options for `navigator.credentials.create()`. `None`: this server has no host name, which
/// passkeys need.
///
/// # Errors
/// The database refused.
pub async fn registration(owner: &Owner<'_>, browser: &SecretHash) -> Result<Option<Value>, InternalError> {
    let Owner { app, user, now, .. } = *owner;
    let Some(party) = relying_party(app) else { return Ok(None) };
    let known = passkeys::of_user(&app.db, user.user_id).await?.into_iter().map(|row| row.credential_id);
    let display_name = user.profile.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&user.username);
    let (options, state) = party
        .start_securitykey_registration(user.user_id, &user.username, display_name, Some(known.collect()), None, None)
        .map_err(InternalError::bug)?;
    keep(app, browser, CeremonyPurpose::Register(user.user_id), &options.public_key.challenge, &state, now).await?;
    Ok(Some(widened(json!(options))))
}

/// Keeps the passkey that the browser made: a `PublicKeyCredential` as JSON, in answer to [`registration`].
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub async fn register(
    owner: &Owner<'_>,
    browser: &SecretHash,
    name: &str,
    credential: &str,
) -> Result<Registration, ChangeError> {
    let (row, method) = match checked(owner, browser, name, credential).await? {
        Ok(checked) => checked,
        Err(refusal) => return refused(owner, &refusal.reason, Registration::Refused).await,
    };
    let mut tx = factor_change::begin_change(owner).await?;
    if !factor_change::has_room(&mut tx, owner).await? {
        return Ok(Registration::Full);
    }
    if !passkeys::insert(&mut *tx, &row, owner.now).await? {
        drop(tx);
        return refused(owner, "it is registered already", Registration::Known).await;
    }
    factor_change::added(owner, tx, FactorKind::Passkey, name).await?;
    Ok(Registration::Done(method))
}

/// What the library asks for, for every kind of authenticator: it is to name its owner where it can (so that it serves
/// alone), and then only after it made sure of them; as a second factor it may do without (CTAP 2.1 §12.1).
fn widened(mut options: Value) -> Value {
    let asked = &mut options["publicKey"];
    asked["authenticatorSelection"]["residentKey"] = "preferred".into();
    asked["extensions"]["credentialProtectionPolicy"] = "userVerificationOptionalWithCredentialIDList".into();
    asked["hints"] = json!([]);
    options
}

async fn checked(
    owner: &Owner<'_>,
    browser: &SecretHash,
    name: &str,
    sent: &str,
) -> Result<Result<(PasskeyRow, Method), Refusal>, InternalError> {
    let Owner { app, user, now, .. } = *owner;
    let refusal = |reason| Ok(Err(Refusal::new(Some(user.user_id), reason)));
    let Some(party) = relying_party(app) else { return refusal("there are none here") };
    let Ok(sent) = serde_json::from_str::<RegisterPublicKeyCredential>(sent) else {
        return refusal("the answer is malformed");
    };
    let taken = take(app, browser, &sent.response.client_data_json, now).await?;
    let Some((_, state)) = taken.filter(|(purpose, _)| *purpose == CeremonyPurpose::Register(user.user_id)) else {
        return refusal(NO_CHALLENGE);
    };
    let key = match party.finish_securitykey_registration(&sent, &restored::<SecurityKeyRegistration>(state)?) {
        Ok(key) => Credential::from(key),
        Err(error) => return Ok(Err(Refusal::by_library(Some(user.user_id), &error))),
    };
    let method = Method::Passkey { verified: key.user_verified };
    let row = PasskeyRow {
        passkey_id: time_ordered_id(now),
        user_id: user.user_id,
        credential_id: key.cred_id.clone(),
        name: name.to_owned(),
        credential: serde_json::to_value(&key).map_err(InternalError::bug)?,
        counter: key.counter.into(),
        backup_eligible: key.backup_eligible,
        backed_up: key.backup_state,
        aaguid: aaguid(&sent.response.attestation_object),
        attestation: json!(key.attestation_format).as_str().unwrap_or_default().to_owned(),
    };
    Ok(Ok((row, method)))
}

async fn refused(owner: &Owner<'_>, reason: &str, outcome: Registration) -> Result<Registration, ChangeError> {
    owner.app.record(owner.event(Event::FactorNotAdded).because(format!("passkey: {reason}"))).await?;
    Ok(outcome)
}

/// The make of the authenticator, from an attestation object that was checked; nil if it does not say.
fn aaguid(attestation_object: &[u8]) -> Uuid {
    let object = serde_cbor_2::from_slice::<serde_cbor_2::Value>(attestation_object).ok();
    let data = match object {
        Some(serde_cbor_2::Value::Map(mut parts)) => parts.remove(&serde_cbor_2::Value::Text("authData".into())),
        _ => None,
    };
    match data {
        Some(serde_cbor_2::Value::Bytes(data)) => data.get(AAGUID).and_then(|make| Uuid::from_slice(make).ok()),
        _ => None,
    }
    .unwrap_or_default()
}
