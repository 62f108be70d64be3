//! Signing, where every token request pays for it: one buffer, nothing prepared twice.

use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::write::EncoderStringWriter;
use serde::Serialize;

use super::jwt::Typ;
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// Room for the payload of a usual token as base64url, so that its buffer is allocated once.
const USUAL_PAYLOAD: usize = 1024;

/// A private key, ready to sign.
pub struct Signer {
    key: PrivateKey,
    /// One for each kind of token, in their order.
    headers: [String; Typ::ALL.len()],
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// There is no active key for the algorithm.
    #[error("no active key signs {}", .0.as_str())]
    NoActiveKey(SigningAlgorithm),
    /// The claims cannot be written as JSON.
    #[error("the claims could not be written as JSON")]
    Claims(#[from] serde_json::Error),
    /// The library failed.
    #[error("the library could not sign")]
    Library(#[from] Unspecified),
}

enum PrivateKey {
    Es256(EcdsaKeyPair),
    Rsa(rsa::KeyPair, &'static dyn RsaEncoding),
    EdDsa(Ed25519KeyPair),
}

impl Signer {
    /// Reads the private key (PKCS #8, DER) and prepares its headers.
    ///
    /// # Errors
    ///
    /// [`KeyRejected`] if it is not a key for this algorithm.
    pub fn new(kid: &str, algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, KeyRejected> {
        let key = match algorithm {
            SigningAlgorithm::Es256 => {
                PrivateKey::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?)
            }
            SigningAlgorithm::Rs256 => PrivateKey::Rsa(rsa::KeyPair::from_pkcs8(pkcs8)?, &RSA_PKCS1_SHA256),
            SigningAlgorithm::Ps256 => PrivateKey::Rsa(rsa::KeyPair::from_pkcs8(pkcs8)?, &RSA_PSS_SHA256),
            SigningAlgorithm::EdDsa => PrivateKey::EdDsa(Ed25519KeyPair::from_pkcs8(pkcs8)?),
        };
        let header = |typ: Typ| {
            let header = serde_json::json!({"alg": algorithm.as_str(), "typ": typ.name(), "kid": kid});
            URL_SAFE_NO_PAD.encode(header.to_string()) + "."
        };
        Ok(Self { key, headers: Typ::ALL.map(header) })
    }

    /// Makes a compact JWS of the claims (RFC 7515 §7.1).
    ///
    /// # Errors
    ///
    /// [`SignError`], but never for want of a key.
    pub fn sign(&self, typ: Typ, claims: &impl Serialize) -> Result<String, SignError> {
        let header = &self.headers[typ as usize];
        let mut token = String::with_capacity(header.len() + USUAL_PAYLOAD + self.key.encoded_signature_length());
        token.push_str(header);
        let mut payload = EncoderStringWriter::from_consumer(token, &URL_SAFE_NO_PAD);
        serde_json::to_writer(&mut payload, claims)?;
        let mut token = payload.into_inner();
        self.key.append_signature(&mut token)?;
        Ok(token)
    }
}

impl PrivateKey {
    /// Signs the text and appends the signature to it, behind a dot.
    fn append_signature(&self, text: &mut String) -> Result<(), Unspecified> {
        let message = text.as_bytes();
        match self {
            Self::Es256(key) => append(text, key.sign(&SystemRandom::new(), message)?.as_ref()),
            Self::EdDsa(key) => append(text, key.try_sign(message)?.as_ref()),
            Self::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &SystemRandom::new(), message, &mut signature)?;
                append(text, &signature);
            }
        }
        Ok(())
    }

    fn encoded_signature_length(&self) -> usize {
        let bytes = match self {
            Self::Es256(_) | Self::EdDsa(_) => 64,
            Self::Rsa(key, _) => key.public_modulus_len(),
        };
        1 + bytes.div_ceil(3) * 4
    }
}

fn append(text: &mut String, signature: &[u8]) {
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate;
    use serde_json::{Value, json};

    #[test]
    fn other_libraries_accept_what_we_sign() {
        for algorithm in SigningAlgorithm::ALL {
            let key = generate(algorithm).unwrap();
            let signer = Signer::new(&key.kid, algorithm, &key.private_key).unwrap();
            let claims = json!({"sub": "alice", "exp": 4_000_000_000_u64});
            for typ in [Typ::AccessToken, Typ::IdToken] {
                let token = signer.sign(typ, &claims).unwrap();
                assert_eq!(
                    read_with_jsonwebtoken(&token, algorithm, &key.public_jwk),
                    (typ.name().into(), claims.clone())
                );
                assert_eq!(read_with_josekit(&token, algorithm, &key.public_jwk), claims);
            }
        }
    }

    #[test]
    fn a_long_payload_is_signed_like_a_short_one() {
        let key = generate(SigningAlgorithm::EdDsa).unwrap();
        let signer = Signer::new(&key.kid, SigningAlgorithm::EdDsa, &key.private_key).unwrap();
        for length in [0, 1, 2, 3, 10_000] {
            let claims = json!({"exp": 4_000_000_000_u64, "padding": "x".repeat(length)});
            let token = signer.sign(Typ::IdToken, &claims).unwrap();
            assert_eq!(read_with_jsonwebtoken(&token, SigningAlgorithm::EdDsa, &key.public_jwk).1, claims);
        }
    }

    #[test]
    fn a_private_key_of_another_kind_is_rejected() {
        let p256 = generate(SigningAlgorithm::Es256).unwrap().private_key;
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256, SigningAlgorithm::EdDsa] {
            assert!(Signer::new("k", algorithm, &p256).is_err(), "{algorithm:?}");
        }
        assert!(Signer::new("k", SigningAlgorithm::Es256, &p256[1..]).is_err());
    }

    fn read_with_jsonwebtoken(token: &str, algorithm: SigningAlgorithm, jwk: &Value) -> (String, Value) {
        let key = jsonwebtoken::DecodingKey::from_jwk(&serde_json::from_value(jwk.clone()).unwrap()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(algorithm.as_str().parse().unwrap());
        validation.validate_aud = false;
        let read = jsonwebtoken::decode(token, &key, &validation).unwrap();
        assert_eq!(read.header.kid.as_deref(), jwk["kid"].as_str());
        (read.header.typ.unwrap(), read.claims)
    }

    fn read_with_josekit(token: &str, algorithm: SigningAlgorithm, jwk: &Value) -> Value {
        use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256};
        let jwk = josekit::jwk::Jwk::from_map(jwk.as_object().unwrap().clone()).unwrap();
        let verifier: Box<dyn JwsVerifier> = match algorithm {
            SigningAlgorithm::Es256 => Box::new(ES256.verifier_from_jwk(&jwk).unwrap()),
            SigningAlgorithm::Rs256 => Box::new(RS256.verifier_from_jwk(&jwk).unwrap()),
            SigningAlgorithm::Ps256 => Box::new(PS256.verifier_from_jwk(&jwk).unwrap()),
            SigningAlgorithm::EdDsa => Box::new(EdDSA.verifier_from_jwk(&jwk).unwrap()),
        };
        let (payload, _) = josekit::jwt::decode_with_verifier(token, &*verifier).unwrap();
        Value::Object(payload.claims_set().clone())
    }
}
