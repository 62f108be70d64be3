//! The signature algorithms we use ([RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)). What is not
//! here (`none`, HS256 and its kin, RSA with SHA-1) cannot be chosen or accepted.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::client::values::UnknownValue;

/// A signature algorithm, by its JOSE name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256: our default.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256: what OpenID Connect libraries assume for ID tokens.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSA PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// What clients may sign with: what FAPI 2.0 §5.4.1 allows, so no PKCS #1 v1.5.
    pub const OF_CLIENTS: [Self; 3] = [Self::Ps256, Self::Es256, Self::EdDsa];

    /// Its JOSE name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl FromStr for SigningAlgorithm {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text).ok_or(UnknownValue)
    }
}
