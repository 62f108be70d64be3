//! Passwords and authenticator apps of a realm's users.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::Credential;
use crate::policy::moving::password::{Digest, ForeignPassword, Function, Recipe};

/// Bytes of an authenticator app's secret here.
pub(super) const TOTP_BYTES: usize = 20;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PasswordData {
    hash_iterations: u32,
    algorithm: String,
    additional_parameters: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordSecret {
    value: String,
    salt: String,
}

/// The hash of a password, or why it does not come.
pub(super) fn password(credential: &Credential) -> Result<ForeignPassword, String> {
    let unreadable = || "its hash cannot be read".to_owned();
    let data = serde_json::from_str::<PasswordData>(&credential.credential_data).map_err(|_| unreadable())?;
    let secret = serde_json::from_str::<PasswordSecret>(&credential.secret_data).map_err(|_| unreadable())?;
    let parameter = |name: &str| data.additional_parameters.get(name).and_then(|values| values.first());
    let number = |name: &str| parameter(name).and_then(|value| value.parse().ok()).ok_or_else(unreadable);
    let function = match data.algorithm.as_str() {
        "pbkdf2" => Function::Pbkdf2(Digest::Sha1, data.hash_iterations),
        "pbkdf2-sha256" => Function::Pbkdf2(Digest::Sha256, data.hash_iterations),
        "pbkdf2-sha512" => Function::Pbkdf2(Digest::Sha512, data.hash_iterations),
        "argon2" if parameter("type").is_some_and(|kind| kind == "id") && is_current(parameter("version")) => {
            Function::Argon2id(number("memory")?, data.hash_iterations, number("parallelism")?)
        }
        _ => return Err("it is hashed by neither PBKDF2 nor argon2id 1.3".to_owned()),
    };
    let output = STANDARD.decode(&secret.value).map_err(|_| unreadable())?;
    let recipe =
        Recipe { function, salt: STANDARD.decode(&secret.salt).map_err(|_| unreadable())?, length: output.len() };
    recipe.check().map_err(|why| why.to_string())?;
    Ok(ForeignPassword { recipe, output })
}

fn is_current(version: Option<&String>) -> bool {
    version.is_none_or(|version| version == "1.3")
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OtpData {
    sub_type: String,
    digits: u32,
    period: u32,
    algorithm: String,
    secret_encoding: Option<String>,
}

/// What an authenticator app makes its codes from. `None`: they are of another kind than those that are taken here.
pub(super) fn totp(credential: &Credential) -> Option<Zeroizing<[u8; TOTP_BYTES]>> {
    #[derive(Deserialize)]
    struct Secret {
        value: Zeroizing<String>,
    }
    let data = serde_json::from_str::<OtpData>(&credential.credential_data).ok()?;
    let secret = serde_json::from_str::<Secret>(&credential.secret_data).ok()?.value;
    let is_ours =
        (data.sub_type.as_str(), data.digits, data.period, data.algorithm.as_str()) == ("totp", 6, 30, "HmacSHA1");
    let bytes = match data.secret_encoding.as_deref() {
        None => Zeroizing::new(secret.as_bytes().to_vec()),
        Some("BASE32") => Zeroizing::new(totp_rs::Secret::try_from_base32(&*secret).ok()?.as_ref().to_vec()),
        Some(_) => return None,
    };
    let bytes = <[u8; TOTP_BYTES]>::try_from(bytes.as_slice()).ok().filter(|_| is_ours)?;
    Some(Zeroizing::new(bytes))
}
