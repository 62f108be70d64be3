//! DPoP proofs: what one must say ([RFC 9449 §4.3]). That its key signed it is for `keys` to check.
//!
//! [RFC 9449 §4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3

mod uri;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{
    error::{TokenError, TokenErrorCode},
    signing_algorithm::SigningAlgorithm,
};
use crate::secret::Secret;

/// What may sign a proof: only asymmetric algorithms, and not RS256 (FAPI 2.0 Security Profile §5.4.1).
pub const ALGORITHMS: [SigningAlgorithm; 3] =
    [SigningAlgorithm::Es256, SigningAlgorithm::Ps256, SigningAlgorithm::EdDsa];

/// How old a proof may be that brings no nonce of ours.
const OLDEST: Duration = Duration::seconds(60);

/// How far its maker's clock may be ahead.
const AHEAD: Duration = Duration::seconds(10);

/// The longest `jti`, in bytes.
const LONGEST_JTI: usize = 256;

/// The greatest integer that every JSON reader keeps exact: 2^53.
const MAX_INTEGER: u64 = 1 << 53;

/// The claims of a proof. What else it says is not looked at, `nbf` and `exp` neither: they are no part of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "RFC 9449 §4.2 describes them")]
pub struct ProofClaims {
    pub jti: String,
    pub htm: String,
    pub htu: String,
    pub iat: i64,
    pub ath: Option<String>,
    pub nonce: Option<String>,
}

/// The request that a proof is for.
#[derive(Clone, Copy)]
pub struct ProvenRequest<'a> {
    /// Its method.
    pub method: &'a str,
    /// Under which URL we are called there: by our issuer, never by what the request says of its host.
    pub url: &'a str,
    /// The access token that it presents, if any.
    pub access_token: Option<&'a str>,
}

/// Why a proof does not prove anything here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RefusedProof {
    #[error("the claim {0} of the DPoP proof is missing or malformed")]
    Claim(&'static str),
    #[error("the DPoP proof is for another method: htm must be that of the request")]
    OtherMethod,
    #[error("the DPoP proof is for another URL: htu must be that of the request, by our issuer")]
    OtherUrl,
    #[error("the DPoP proof is for another access token: ath must be BASE64URL(SHA256(access token))")]
    OtherToken,
    #[error("the DPoP proof is too old, or from the future: its iat must be the time of the request")]
    OtherTime,
}

impl ProofClaims {
    /// Reads them.
    ///
    /// # Errors
    /// [`RefusedProof::Claim`]
    pub fn read(payload: &Map<String, Value>) -> Result<Self, RefusedProof> {
        let optional = |name| match payload.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(RefusedProof::Claim(name)),
        };
        let text = |name| optional(name)?.ok_or(RefusedProof::Claim(name));
        let jti = text("jti")?;
        if !(1..=LONGEST_JTI).contains(&jti.len()) {
            return Err(RefusedProof::Claim("jti"));
        }
        let iat = payload.get("iat").and_then(Value::as_u64).filter(|&seconds| seconds <= MAX_INTEGER);
        let iat = iat.and_then(|seconds| i64::try_from(seconds).ok()).ok_or(RefusedProof::Claim("iat"))?;
        Ok(Self { jti, htm: text("htm")?, htu: text("htu")?, iat, ath: optional("ath")?, nonce: optional("nonce")? })
    }

    /// Checks that the proof is for this request (§4.3, numbers 8, 9 and 12).
    ///
    /// # Errors
    /// What it is for in its place.
    pub fn check_request(&self, request: ProvenRequest<'_>) -> Result<(), RefusedProof> {
        if self.htm != request.method {
            return Err(RefusedProof::OtherMethod);
        }
        if !uri::are_same(&self.htu, request.url) {
            return Err(RefusedProof::OtherUrl);
        }
        let Some(token) = request.access_token else { return Ok(()) };
        let ath = self.ath.as_ref().ok_or(RefusedProof::Claim("ath"))?;
        if *ath != URL_SAFE_NO_PAD.encode(Secret::presented(token).hash().as_bytes()) {
            return Err(RefusedProof::OtherToken);
        }
        Ok(())
    }

    /// The time that the proof is of: that of the nonce, if it has one of ours, which says more than its maker's clock
    /// (§4.3, number 11); otherwise its `iat`, which must be about now.
    ///
    /// # Errors
    /// [`RefusedProof::OtherTime`]
    pub fn check_time(
        &self,
        nonce: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<OffsetDateTime, RefusedProof> {
        if let Some(made_at) = nonce {
            return Ok(made_at);
        }
        let iat = OffsetDateTime::from_unix_timestamp(self.iat).map_err(|_| RefusedProof::Claim("iat"))?;
        let age = now.unix_timestamp() - iat.unix_timestamp();
        let is_now = (-AHEAD.whole_seconds()..=OLDEST.whole_seconds()).contains(&age);
        if is_now { Ok(iat) } else { Err(RefusedProof::OtherTime) }
    }
}

/// What a client is told that is registered for tokens that are bound to its key (`dpop_bound_access_tokens`), and sent no
/// proof.
#[must_use]
pub fn proof_demanded() -> TokenError {
    let why = "this client is registered for tokens that are bound to a key: send a DPoP proof (RFC 9449)";
    TokenError::new(TokenErrorCode::InvalidDpopProof, why)
}

#[cfg(test)]
mod tests;
