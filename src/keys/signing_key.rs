//! A signing key as it is kept, and its life.

use std::str::FromStr;

use serde_json::Value;
use time::OffsetDateTime;

use super::master_key::SealContext;
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// Where a key stands in its life. Verifiers learn of it before it signs, and know it until its last token has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyState {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more; its private key is erased.
    Retiring,
}

/// The text names no state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is next, active or retiring")]
pub struct UnknownKeyState;

impl FromStr for KeyState {
    type Err = UnknownKeyState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "next" => Ok(Self::Next),
            "active" => Ok(Self::Active),
            "retiring" => Ok(Self::Retiring),
            _ => Err(UnknownKeyState),
        }
    }
}

/// A signing key as it lies in the database.
#[derive(Clone)]
pub struct SigningKey {
    /// Its name, unique among all keys.
    pub kid: String,
    /// The only algorithm it is for.
    pub algorithm: SigningAlgorithm,
    /// Where it stands in its life.
    pub state: KeyState,
    /// What is published of it.
    pub public_jwk: Value,
    /// PKCS #8, sealed by the master key for [`SigningKey::seal_context`]. None once it retires.
    pub private_key: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it began to sign.
    pub activated_at: Option<OffsetDateTime>,
    /// When it ceased to sign.
    pub retired_at: Option<OffsetDateTime>,
}

impl SigningKey {
    /// Where the private key of this name is stored.
    #[must_use]
    pub fn seal_context(kid: &str) -> SealContext<'_> {
        SealContext { table: "signing_keys", row: kid, purpose: "private_key" }
    }
}
