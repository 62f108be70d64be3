//! DPoP proofs: JWTs that bring the key which signed them ([RFC 9449 §4.2]), and the nonces that we ask for in them.
//!
//! [RFC 9449 §4.2]: https://www.rfc-editor.org/rfc/rfc9449#section-4.2

pub mod nonce;

use super::jwk::thumbprint;
use super::jwt::{Compact, InvalidJwt, is_type};
use super::verifying_key::{UnusableJwk, VerifyingKey};
use crate::protocol::confirmation::Thumbprint;
use crate::protocol::dpop::{ALGORITHMS, ProofClaims, RefusedProof};

/// The type of a proof, as it stands in its header.
const TYP: &str = "dpop+jwt";

/// A proof whose signature is that of the key in its header. For which request it is, and of when, is not looked at.
#[derive(Debug)]
pub struct SignedProof {
    /// The key that signed it.
    pub key: Thumbprint,
    /// What it says.
    pub claims: ProofClaims,
}

/// Why a text is no proof of any key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum InvalidProof {
    #[error("the DPoP proof is no JWT that is taken here: {0}")]
    Jwt(#[from] InvalidJwt),
    #[error("the alg of the DPoP proof must be ES256, PS256 or EdDSA")]
    Algorithm,
    #[error("the DPoP proof has no public key in its header (jwk)")]
    NoKey,
    #[error("the key of the DPoP proof is not taken: {0}")]
    Key(#[from] UnusableJwk),
    #[error(transparent)]
    Claims(#[from] RefusedProof),
}

impl SignedProof {
    /// Reads a proof and checks that the key which it brings has signed it (RFC 9449 §4.3, numbers 2 to 7).
    ///
    /// This is the one kind of JWT that brings its own key: it says nothing but who holds that key.
    ///
    /// # Errors
    ///
    /// [`InvalidProof`]; what its key and its header are refused for, before any cryptography.
    pub fn read(text: &str) -> Result<Self, InvalidProof> {
        let jws = Compact::parse(text)?;
        if !jws.typ.as_ref().is_some_and(|typ| is_type(typ, TYP)) {
            return Err(InvalidJwt::OtherTyp.into());
        }
        let algorithm = ALGORITHMS.into_iter().find(|algorithm| algorithm.as_str() == jws.alg);
        let algorithm = algorithm.ok_or(InvalidProof::Algorithm)?;
        let jwk = jws.header.get("jwk").filter(|jwk| jwk.is_object()).ok_or(InvalidProof::NoKey)?;
        let key = VerifyingKey::from_jwk(jwk, algorithm)?;
        let thumbprint = thumbprint(jwk).and_then(|text| text.parse().ok()).ok_or(InvalidProof::NoKey)?;
        let (_, claims) = jws.verify(&key)?;
        Ok(Self { key: thumbprint, claims: ProofClaims::read(&claims)? })
    }
}

#[cfg(test)]
mod tests;
