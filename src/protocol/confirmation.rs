//! What a token is bound to ([RFC 7800 §3.1]): whoever presents it proves that they hold the same thing ([RFC 9449 §6]).
//!
//! [RFC 7800 §3.1]: https://www.rfc-editor.org/rfc/rfc7800#section-3.1
//! [RFC 9449 §6]: https://www.rfc-editor.org/rfc/rfc9449#section-6

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::error::TokenErrorCode;

/// The SHA-256 of what is held, as base64url: of a public key, the thumbprint of RFC 7638. It is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint(String);

/// The text is not the base64url form of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a thumbprint is 43 base64url characters: the SHA-256 of the key by RFC 7638, without padding")]
pub struct MalformedThumbprint;

impl Thumbprint {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Thumbprint {
    type Err = MalformedThumbprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digest = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        if is_digest { Ok(Self(text.to_owned())) } else { Err(MalformedThumbprint) }
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = MalformedThumbprint;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The claim `cnf`: one member, named after what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// A key, which is proven by a DPoP proof with each request (RFC 9449 §6.1).
    #[serde(rename = "jkt")]
    Key(Thumbprint),
    /// A certificate, which is shown in the handshake below each request (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(Thumbprint),
}

/// What somebody proved to hold, in the request that presents a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proven {
    /// The key of the DPoP proof.
    pub key: Option<Thumbprint>,
    /// The certificate that the client shows.
    pub certificate: Option<Thumbprint>,
}

impl Proven {
    /// Nothing.
    pub const NOTHING: Self = Self { key: None, certificate: None };

    /// What an access token is bound to that is given to whoever proved this: the key before the certificate, which a client
    /// may show to prove who it is and nothing more.
    #[must_use]
    pub fn confirmation(&self) -> Option<Confirmation> {
        let key = self.key.clone().map(Confirmation::Key);
        key.or_else(|| self.certificate.clone().map(Confirmation::Certificate))
    }
}

/// Why a token, a code or a refresh token does not belong to whoever presents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unconfirmed {
    /// Nothing was proven.
    #[error("it is bound to a key: send a DPoP proof")]
    NoProof,
    /// Another key was.
    #[error("it is bound to another key than that of the DPoP proof")]
    OtherKey,
    /// No certificate was shown.
    #[error("it is bound to a certificate: show that")]
    NoCertificate,
    /// Another certificate was.
    #[error("it is bound to another certificate than the one that was shown")]
    OtherCertificate,
    /// It is bound to nothing, so that a proof says nothing about it.
    #[error("it is not bound to a key: present it as a bearer token")]
    NotBound,
}

impl From<Unconfirmed> for TokenErrorCode {
    /// RFC 9449 §5 has an error for a proof that is not there; another key is a matter of the grant.
    fn from(unconfirmed: Unconfirmed) -> Self {
        match unconfirmed {
            Unconfirmed::NoProof => Self::InvalidDpopProof,
            Unconfirmed::OtherKey
            | Unconfirmed::NoCertificate
            | Unconfirmed::OtherCertificate
            | Unconfirmed::NotBound => Self::InvalidGrant,
        }
    }
}

impl Confirmation {
    /// The key, if it is one.
    #[must_use]
    pub const fn key(&self) -> Option<&Thumbprint> {
        match self {
            Self::Key(thumbprint) => Some(thumbprint),
            Self::Certificate(_) => None,
        }
    }

    /// Whether an access token that says this, or nothing, belongs to whoever proved that (RFC 9449 §7.1, §7.2).
    ///
    /// # Errors
    /// Why not.
    pub fn check(bound_to: Option<&Self>, proven: &Proven) -> Result<(), Unconfirmed> {
        match bound_to {
            None | Some(Self::Certificate(_)) if proven.key.is_some() => Err(Unconfirmed::NotBound),
            None => Ok(()),
            Some(Self::Key(key)) => check_key(Some(key), proven.key.as_ref()),
            Some(Self::Certificate(bound)) => match &proven.certificate {
                None => Err(Unconfirmed::NoCertificate),
                Some(shown) if shown == bound => Ok(()),
                Some(_) => Err(Unconfirmed::OtherCertificate),
            },
        }
    }
}

/// Whether what is bound to this key, or to none, may be used by whoever proved that one. Codes and refresh tokens that are
/// bound to none are taken with any key: the access token that they give is bound to it then (RFC 9449 §5).
///
/// # Errors
/// Why not.
pub fn check_key(bound_to: Option<&Thumbprint>, proven: Option<&Thumbprint>) -> Result<(), Unconfirmed> {
    match (bound_to, proven) {
        (Some(_), None) => Err(Unconfirmed::NoProof),
        (Some(bound), Some(proven)) if bound != proven => Err(Unconfirmed::OtherKey),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 9449 §6.1
    const KEY: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

    #[test]
    fn a_thumbprint_is_the_text_of_a_digest() {
        for (text, is_one) in [
            (KEY, true),
            ("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4J", false), // bits that nobody reads
            (&KEY[1..], false),
            (&format!("{KEY}="), false),
            (&KEY.replace('-', "+"), false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Thumbprint>().is_ok(), is_one, "{text}");
        }
    }

    #[test]
    fn the_claim_has_the_form_of_the_rfc() {
        let key = Confirmation::Key(KEY.parse().unwrap());
        assert_eq!(serde_json::to_value(&key).unwrap(), json!({ "jkt": KEY }));
        for (claim, read) in [
            (json!({ "jkt": KEY }), Some(key)),
            (json!({ "jkt": "short" }), None),
            (json!({ "x5t#S256": KEY }), Some(Confirmation::Certificate(KEY.parse().unwrap()))),
            (json!({ "jkt": KEY, "x5t#S256": KEY }), None),
            (json!({}), None),
            (json!("jkt"), None),
        ] {
            assert_eq!(serde_json::from_value(claim.clone()).ok(), read, "{claim}");
        }
    }

    #[test]
    fn a_token_belongs_to_whoever_proves_what_it_is_bound_to() {
        let key = KEY.parse::<Thumbprint>().unwrap();
        let other = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".parse::<Thumbprint>().unwrap();
        let bound = Some(Confirmation::Key(key.clone()));
        for (cnf, proven, refusal) in [
            (&None, None, None),
            (&None, Some(&key), Some(Unconfirmed::NotBound)),
            (&bound, None, Some(Unconfirmed::NoProof)),
            (&bound, Some(&other), Some(Unconfirmed::OtherKey)),
            (&bound, Some(&key), None),
        ] {
            let proven = Proven { key: proven.cloned(), certificate: None };
            assert_eq!(Confirmation::check(cnf.as_ref(), &proven).err(), refusal, "{cnf:?} {proven:?}");
        }
        let shown = Some(Confirmation::Certificate(key.clone()));
        for (cnf, certificate, proof, refusal) in [
            (&shown, Some(&key), None, None),
            (&shown, Some(&other), None, Some(Unconfirmed::OtherCertificate)),
            (&shown, None, None, Some(Unconfirmed::NoCertificate)),
            (&shown, Some(&key), Some(&key), Some(Unconfirmed::NotBound)),
            (&bound, Some(&key), None, Some(Unconfirmed::NoProof)),
            (&None, Some(&key), None, None),
        ] {
            let proven = Proven { key: proof.cloned(), certificate: certificate.cloned() };
            assert_eq!(Confirmation::check(cnf.as_ref(), &proven).err(), refusal, "{cnf:?} {proven:?}");
        }
        assert_eq!(check_key(None, Some(&key)), Ok(()), "a code or refresh token takes any");
    }
}
