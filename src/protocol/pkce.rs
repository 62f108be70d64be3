//! Proof key for code exchange ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)), method S256.
//!
//! There is no type for the `plain` method, so it cannot be accepted by mistake.

use std::str::FromStr;

use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use time::Duration;
use zeroize::Zeroizing;

/// A client that sends the same challenge again within this time uses it for more than one request, which makes it known
/// to more than it should be (RFC 9700 §2.1.1).
pub const REUSE_WINDOW: Duration = Duration::hours(24);

/// The secret a client keeps until it redeems its code (RFC 7636 §4.1).
pub struct CodeVerifier(Zeroizing<String>);

/// The text is not 43 to 128 unreserved characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("code_verifier must be 43 to 128 of the characters A-Z a-z 0-9 - . _ ~")]
pub struct MalformedCodeVerifier;

impl FromStr for CodeVerifier {
    type Err = MalformedCodeVerifier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(MalformedCodeVerifier)
        }
    }
}

/// The SHA-256 of a [`CodeVerifier`], which travels with the authorization request (RFC 7636 §4.2).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeChallenge(String);

/// The text is not the base64url form of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("code_challenge must be 43 base64url characters: BASE64URL(SHA256(code_verifier)), without padding")]
pub struct MalformedCodeChallenge;

impl CodeChallenge {
    /// The challenge that belongs to a verifier.
    #[must_use]
    pub fn of(verifier: &CodeVerifier) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.0.as_bytes())))
    }

    /// Whether this is the verifier that the challenge was made from (RFC 7636 §4.6). Takes the same time for all.
    #[must_use]
    pub fn matches(&self, verifier: &CodeVerifier) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), Self::of(verifier).0.as_bytes()).is_ok()
    }

    /// The text, as a column holds it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CodeChallenge {
    type Err = MalformedCodeChallenge;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digest = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        if is_digest { Ok(Self(text.to_owned())) } else { Err(MalformedCodeChallenge) }
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = MalformedCodeChallenge;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CodeChallenge> for String {
    fn from(challenge: CodeChallenge) -> Self {
        challenge.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_rfc_holds() {
        let verifier: CodeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".parse().unwrap();
        assert_eq!(CodeChallenge::of(&verifier).as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn pk_03_pk_07_pk_09_malformed_texts_are_refused() {
        for text in ["x".repeat(42), "x".repeat(129), format!("{} ", "x".repeat(43)), "é".repeat(30), "\0".repeat(43)]
        {
            assert!(text.parse::<CodeVerifier>().is_err(), "{text:?}");
        }
        let good = CodeChallenge::of(&"x".repeat(43).parse().ok().unwrap());
        for text in [
            &good.0[..42],
            &format!("{}A", good.0),
            &"x".repeat(128),
            &format!("{}=", &good.0[..42]),
            &format!("{}+", &good.0[..42]),
            &format!("{}/", &good.0[..42]),
        ] {
            assert!(text.parse::<CodeChallenge>().is_err(), "{text:?}");
        }
        let itself: CodeVerifier = good.0.parse().ok().unwrap();
        assert!(!good.matches(&itself), "the plain method");
    }

    proptest! {
        #[test]
        fn only_its_own_verifier_matches(one in "[A-Za-z0-9._~-]{43,128}", two in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = CodeChallenge::of(&one.parse().ok().unwrap());
            prop_assert!(challenge.matches(&one.parse().ok().unwrap()));
            prop_assert_eq!(challenge.matches(&two.parse().ok().unwrap()), one == two);
        }
    }
}
