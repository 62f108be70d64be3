//! The keys of an installation as one immutable snapshot: what signs, what verifies, what is published.

use std::collections::HashMap;

use aws_lc_rs::error::KeyRejected;
use serde::Serialize;
use serde_json::json;

use super::jwk::Published;
use super::jwt::{InvalidJwt, Typ, UnverifiedJwt, VerifiedJwt};
use super::master_key::{MasterKey, WrongKeyOrContext};
use super::signer::{SignError, Signer};
use super::signing_key::{KeyState, SigningKey};
use super::verifying_key::{UnusableJwk, VerifyingKey, pem_of};
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// Keys from which no set can be made.
#[derive(Debug, thiserror::Error)]
#[error("the signing key {kid} cannot be used: {problem}")]
pub struct UnusableKey {
    /// The key that is to blame.
    pub kid: String,
    /// What is wrong with it.
    pub problem: KeyProblem,
}

/// What can be wrong with a stored key.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum KeyProblem {
    #[error(transparent)]
    Sealed(#[from] WrongKeyOrContext),
    #[error("its private key is malformed ({0})")]
    PrivateKey(#[from] KeyRejected),
    #[error(transparent)]
    PublicKey(#[from] UnusableJwk),
    #[error("it is to sign and has no private key")]
    NoPrivateKey,
    #[error("another active key has its algorithm")]
    SecondActive,
    #[error("another key has its kid")]
    SecondOfItsName,
}

/// All keys, parsed and rendered once.
pub struct KeySet {
    signers: HashMap<SigningAlgorithm, Signer>,
    verifying_keys: HashMap<String, VerifyingKey>,
    jwks: Published,
    pem: Published,
}

impl KeySet {
    /// Opens the keys. Those that are next are opened too, so that a rotation cannot bring a bad surprise.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`] names the first that is unusable.
    pub fn new(keys: &[SigningKey], master_key: &MasterKey) -> Result<Self, UnusableKey> {
        let public_jwks: Vec<_> = keys.iter().map(|key| &key.public_jwk).collect();
        let jwks = Published::new(json!({ "keys": public_jwks }).to_string());
        let (signers, verifying_keys) = (HashMap::new(), HashMap::new());
        let mut set = Self { signers, verifying_keys, jwks, pem: Published::new(String::new()) };
        let mut pem = String::new();
        for key in keys {
            let added = set.add(key, master_key);
            let added = added.and_then(|()| Ok(pem_of(&key.kid, &key.public_jwk, key.algorithm)?));
            pem += &added.map_err(|problem| UnusableKey { kid: key.kid.clone(), problem })?;
        }
        set.pem = Published::new(pem);
        Ok(set)
    }

    /// Signs the claims with the active key of an algorithm.
    ///
    /// # Errors
    ///
    /// [`SignError`].
    pub fn sign(&self, algorithm: SigningAlgorithm, typ: Typ, claims: &impl Serialize) -> Result<String, SignError> {
        self.signers.get(&algorithm).ok_or(SignError::NoActiveKey(algorithm))?.sign(typ, claims)
    }

    /// Verifies a token that should be one of ours, and of this type. Its time and issuer are not looked at.
    ///
    /// # Errors
    ///
    /// [`InvalidJwt`]; an unknown `kid` is refused before any cryptography.
    pub fn verify(&self, token: &str, expected: Typ) -> Result<VerifiedJwt, InvalidJwt> {
        let token = UnverifiedJwt::parse(token)?;
        let key = token.kid().and_then(|kid| self.verifying_keys.get(kid)).ok_or(InvalidJwt::UnknownKey)?;
        token.verify(key, expected)
    }

    /// The JWK Set (RFC 7517 §5) with the public half of every key.
    #[must_use]
    pub fn jwks(&self) -> &Published {
        &self.jwks
    }

    /// The same keys as PEM, one block for each, its `kid` in a comment before it.
    #[must_use]
    pub fn pem(&self) -> &Published {
        &self.pem
    }

    fn add(&mut self, key: &SigningKey, master_key: &MasterKey) -> Result<(), KeyProblem> {
        let verifying_key = VerifyingKey::from_jwk(&key.public_jwk, key.algorithm)?;
        if self.verifying_keys.insert(key.kid.clone(), verifying_key).is_some() {
            return Err(KeyProblem::SecondOfItsName);
        }
        if key.state == KeyState::Retiring {
            return Ok(());
        }
        let sealed = key.private_key.as_ref().ok_or(KeyProblem::NoPrivateKey)?;
        let pkcs8 = master_key.open(&SigningKey::seal_context(&key.kid), sealed)?;
        let signer = Signer::new(&key.kid, key.algorithm, &pkcs8)?;
        if key.state == KeyState::Active && self.signers.insert(key.algorithm, signer).is_some() {
            return Err(KeyProblem::SecondActive);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
