//! New signing keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use josekit::JoseError;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::jwk::thumbprint;
use super::master_key::{MasterKey, SealFailed};
use super::signing_key::{KeyState, SigningKey};
use crate::protocol::signing_algorithm::SigningAlgorithm;

const RSA_BITS: u32 = 3072;

/// A key that only memory knows yet.
pub struct GeneratedKey {
    /// Its thumbprint (RFC 7638). A key serves one algorithm, so this names both.
    pub kid: String,
    /// The only algorithm it is for.
    pub algorithm: SigningAlgorithm,
    /// What everybody may know, for the JWK Set.
    pub public_jwk: Value,
    /// The private key as PKCS #8, DER.
    pub private_key: Zeroizing<Vec<u8>>,
}

/// No key could be made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The library failed.
    #[error("the key could not be generated")]
    Library(#[from] JoseError),
    /// The library's JWK lacks a member that its kind of key has.
    #[error("the generated key has no thumbprint")]
    NoThumbprint,
    /// The library's PEM is none.
    #[error("the generated key could not be read back")]
    Pem(#[from] base64::DecodeError),
}

/// Makes a key for this algorithm: P-256, Ed25519, or RSA with 3072 bits and the exponent 65537.
///
/// An RSA key takes up to seconds: not for a thread that others wait for.
///
/// # Errors
///
/// See [`GenerateError`]; none is expected.
pub fn generate(algorithm: SigningAlgorithm) -> Result<GeneratedKey, GenerateError> {
    let pair: Box<dyn KeyPair> = match algorithm {
        SigningAlgorithm::Es256 => Box::new(EcKeyPair::generate(EcCurve::P256)?),
        SigningAlgorithm::EdDsa => Box::new(EdKeyPair::generate(EdCurve::Ed25519)?),
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => Box::new(RsaKeyPair::generate(RSA_BITS)?),
    };
    let mut public_jwk = public_members(&*pair);
    let kid = thumbprint(&public_jwk).ok_or(GenerateError::NoThumbprint)?;
    public_jwk["use"] = "sig".into();
    public_jwk["alg"] = algorithm.as_str().into();
    public_jwk["kid"] = kid.as_str().into();

    let private_key = pkcs8(&*pair)?;
    Ok(GeneratedKey { kid, algorithm, public_jwk, private_key })
}

/// A key for a client, which keeps the private half: for us it is gone once it was shown.
pub struct ClientKey {
    /// Its public half as a JWK.
    pub public_jwk: Value,
    /// All of it as a JWK.
    pub private_jwk: Zeroizing<String>,
}

/// Makes a key with which a client signs what it sends to us: P-256, for ES256.
///
/// # Errors
///
/// See [`GenerateError`]; none is expected.
pub fn generate_for_client() -> Result<ClientKey, GenerateError> {
    let pair = EcKeyPair::generate(EcCurve::P256)?;
    let mut public_jwk = public_members(&pair);
    let kid = thumbprint(&public_jwk).ok_or(GenerateError::NoThumbprint)?;
    let mut private_jwk = pair.to_jwk_key_pair();
    private_jwk.set_key_use("sig");
    private_jwk.set_algorithm(SigningAlgorithm::Es256.as_str());
    private_jwk.set_key_id(&kid);
    public_jwk["use"] = "sig".into();
    public_jwk["alg"] = SigningAlgorithm::Es256.as_str().into();
    public_jwk["kid"] = kid.into();
    Ok(ClientKey { public_jwk, private_jwk: Zeroizing::new(private_jwk.to_string()) })
}

impl GeneratedKey {
    /// Makes it the row of the database that is next to become active.
    ///
    /// # Errors
    ///
    /// [`SealFailed`] as [`MasterKey::seal`] says.
    pub fn seal(self, master_key: &MasterKey, now: OffsetDateTime) -> Result<SigningKey, SealFailed> {
        let private_key = master_key.seal(&SigningKey::seal_context(&self.kid), &self.private_key)?;
        Ok(SigningKey {
            kid: self.kid,
            algorithm: self.algorithm,
            state: KeyState::Next,
            public_jwk: self.public_jwk,
            private_key: Some(private_key),
            created_at: now,
            activated_at: None,
            retired_at: None,
        })
    }
}

/// The members that make the public key, taken by name, so that none of a private key can come along.
fn public_members(pair: &dyn KeyPair) -> Value {
    let exported = pair.to_jwk_public_key();
    let names = ["kty", "crv", "x", "y", "n", "e"];
    let members = names.iter().filter_map(|&name| {
        let value = exported.parameter(name)?;
        Some((name.to_owned(), value.clone()))
    });
    Value::Object(members.collect::<Map<_, _>>())
}

/// The private key as PKCS #8, DER, out of josekit's PEM: its DER of a P-256 key is of another form (SEC 1).
fn pkcs8(pair: &dyn KeyPair) -> Result<Zeroizing<Vec<u8>>, base64::DecodeError> {
    let pem = Zeroizing::new(pair.to_pem_private_key());
    let lines = pem.split(|&byte| byte == b'\n').filter(|line| !line.starts_with(b"-"));
    let body: Zeroizing<Vec<u8>> = Zeroizing::new(lines.flatten().copied().collect());
    STANDARD.decode(&*body).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_signs_with_the_key_that_was_made_for_it() {
        let key = generate_for_client().unwrap();
        let private: Value = serde_json::from_str(&key.private_jwk).unwrap();

        assert!(private["d"].is_string() && key.public_jwk.get("d").is_none());
        for (name, value) in key.public_jwk.as_object().unwrap() {
            assert_eq!(&private[name], value, "{name}");
        }
    }

    #[test]
    fn a_generated_key_publishes_what_verifiers_need_and_nothing_else() {
        for (algorithm, kty, members) in [
            (SigningAlgorithm::Es256, "EC", &["alg", "crv", "kid", "kty", "use", "x", "y"][..]),
            (SigningAlgorithm::EdDsa, "OKP", &["alg", "crv", "kid", "kty", "use", "x"]),
            (SigningAlgorithm::Rs256, "RSA", &["alg", "e", "kid", "kty", "n", "use"]),
            (SigningAlgorithm::Ps256, "RSA", &["alg", "e", "kid", "kty", "n", "use"]),
        ] {
            let key = generate(algorithm).unwrap();
            let jwk = key.public_jwk.as_object().unwrap();

            let mut names: Vec<_> = jwk.keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, members);
            assert_eq!((&jwk["kty"], &jwk["use"]), (&kty.into(), &"sig".into()));
            assert_eq!((&jwk["alg"], &jwk["kid"]), (&algorithm.as_str().into(), &key.kid.clone().into()));
            if kty == "RSA" {
                assert_eq!(jwk["e"], "AQAB");
                assert_eq!(jwk["n"].as_str().unwrap().len(), 512, "3072 bits");
            }
        }
    }

    #[test]
    fn no_two_keys_are_the_same() {
        let [one, two] = [generate(SigningAlgorithm::Es256).unwrap(), generate(SigningAlgorithm::Es256).unwrap()];
        assert_ne!(one.kid, two.kid);
    }
}
