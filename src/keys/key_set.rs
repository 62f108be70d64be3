//! The keys of an installation as one immutable snapshot: what signs, what verifies, what is published.

use std::collections::HashMap;

use aws_lc_rs::error::KeyRejected;
use axum::body::Bytes;
use serde::Serialize;

use super::jwk::RenderedJwks;
use super::jwt::{InvalidJwt, Typ, UnverifiedJwt, VerifiedJwt};
use super::master_key::{MasterKey, WrongKeyOrContext};
use super::signer::{SignError, Signer};
use super::signing_key::{KeyState, SigningKey};
use super::verifying_key::{UnusableJwk, VerifyingKey};
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
    jwks: RenderedJwks,
}

impl KeySet {
    /// Opens the keys. Those that are next are opened too, so that a rotation cannot bring a bad surprise.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`] names the first that is unusable.
    pub fn new(keys: &[SigningKey], master_key: &MasterKey) -> Result<Self, UnusableKey> {
        let public_jwks: Vec<_> = keys.iter().map(|key| &key.public_jwk).collect();
        let jwks = RenderedJwks::new(&public_jwks);
        let mut set = Self { signers: HashMap::new(), verifying_keys: HashMap::new(), jwks };
        for key in keys {
            set.add(key, master_key).map_err(|problem| UnusableKey { kid: key.kid.clone(), problem })?;
        }
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
        let key = self.verifying_keys.get(token.kid()).ok_or(InvalidJwt::UnknownKey)?;
        token.verify(key, expected)
    }

    /// The JWK Set (RFC 7517 §5) with the public half of every key.
    #[must_use]
    pub fn jwks(&self) -> &Bytes {
        &self.jwks.json
    }

    /// The entity tag of [`KeySet::jwks`], in its quotes.
    #[must_use]
    pub fn jwks_etag(&self) -> &str {
        &self.jwks.etag
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
mod tests {
    use super::*;
    use aws_lc_rs::hmac;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use time::OffsetDateTime;

    use crate::keys::generate;

    const CLAIMS: &str = r#"{"iss":"i","sub":"s","aud":"a","exp":1}"#;

    /// One active ES256 key, and the means to sign with it what our own signer never would.
    struct Fixture {
        set: KeySet,
        kid: String,
        private_key: EcdsaKeyPair,
    }

    fn fixture() -> Fixture {
        let master_key = MasterKey::generate().unwrap();
        let key = generate(SigningAlgorithm::Es256).unwrap();
        let private_key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.private_key).unwrap();
        let key = SigningKey { state: KeyState::Active, ..key.seal(&master_key, NOW).unwrap() };
        let set = KeySet::new(std::slice::from_ref(&key), &master_key).unwrap();
        Fixture { set, kid: key.kid, private_key }
    }

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    impl Fixture {
        fn forge(&self, header: &str, payload: &str) -> String {
            let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
            let signed = format!("{header}.{payload}");
            let signature = self.private_key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
        }

        fn header(&self) -> String {
            json!({"alg": "ES256", "typ": "at+jwt", "kid": self.kid}).to_string()
        }

        fn refusal(&self, header: &str, payload: &str) -> Option<InvalidJwt> {
            self.set.verify(&self.forge(header, payload), Typ::AccessToken).err()
        }
    }

    #[test]
    fn every_algorithm_signs_what_it_verifies_and_only_while_active() {
        let master_key = MasterKey::generate().unwrap();
        for algorithm in SigningAlgorithm::ALL {
            let next = generate(algorithm).unwrap().seal(&master_key, NOW).unwrap();
            let active = SigningKey { state: KeyState::Active, ..next.clone() };
            let retiring = SigningKey { state: KeyState::Retiring, private_key: None, ..next.clone() };
            let [next, active, retiring] =
                [next, active, retiring].map(|key| KeySet::new(&[key], &master_key).unwrap());

            let claims: Value = serde_json::from_str(CLAIMS).unwrap();
            let token = active.sign(algorithm, Typ::IdToken, &claims).unwrap();
            for set in [&next, &active, &retiring] {
                let verified = set.verify(&token, Typ::IdToken).unwrap();
                assert_eq!((verified.algorithm, verified.claims.sub.as_str()), (algorithm, "s"));
                assert_eq!(verified.read::<Value>().unwrap(), claims);
                assert_eq!(set.jwks(), active.jwks());
            }
            for set in [&next, &retiring] {
                let refused = set.sign(algorithm, Typ::IdToken, &claims);
                assert!(matches!(refused, Err(SignError::NoActiveKey(refused)) if refused == algorithm));
            }
        }
    }

    #[test]
    fn a_token_passes_only_as_what_it_is() {
        let key = fixture();
        let kid = &key.kid;
        let header = key.header();
        let with = |change: Value| {
            let mut header: Value = serde_json::from_str(&header).unwrap();
            header.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            header.to_string()
        };
        for (header, refusal) in [
            (header.clone(), None),
            (with(json!({"typ": "application/AT+JWT", "jku": "https://evil.example", "jwk": {}})), None), // CA-18
            (with(json!({"typ": "JWT"})), Some(InvalidJwt::OtherTyp)), // an ID token is no access token
            (with(json!({"typ": "logout+jwt"})), Some(InvalidJwt::OtherTyp)),
            (json!({"alg": "ES256", "kid": kid}).to_string(), Some(InvalidJwt::OtherTyp)),
            (with(json!({"alg": "none"})), Some(InvalidJwt::OtherAlgorithm)), // CA-17
            (with(json!({"alg": "ES384"})), Some(InvalidJwt::OtherAlgorithm)),
            (with(json!({"alg": "RS256"})), Some(InvalidJwt::OtherAlgorithm)),
            (with(json!({"kid": "../../../../dev/null"})), Some(InvalidJwt::UnknownKey)), // JW-10
            (with(json!({"kid": "' or 1=1 --"})), Some(InvalidJwt::UnknownKey)),
            (with(json!({"kid": "x".repeat(10_000)})), Some(InvalidJwt::UnknownKey)),
            (with(json!({"kid": "x".repeat(1 << 20)})), Some(InvalidJwt::TooLong)),
            (with(json!({"crit": ["exp"]})), Some(InvalidJwt::Extension)), // JW-06
        ] {
            assert_eq!(key.refusal(&header, CLAIMS), refusal, "{}", &header[..header.len().min(200)]);
        }
    }

    #[test]
    fn a_good_signature_does_not_excuse_a_bad_payload() {
        let key = fixture();
        for (payload, refusal) in [
            (r"[]", InvalidJwt::MalformedPayload),
            (r#"{"iss":"i","sub":"s","sub":"admin","aud":"a","exp":1}"#, InvalidJwt::MalformedPayload), // JW-09
            (r#"{"iss":"i","sub":"s","exp":1}"#, InvalidJwt::MalformedClaim("aud")),                    // JW-07
            (r#"{"iss":"i","sub":"s","aud":"a","exp":1e300}"#, InvalidJwt::MalformedClaim("exp")),      // M1
            (r#"{"iss":"i","sub":"s","aud":"a","exp":9223372036854775808}"#, InvalidJwt::MalformedClaim("exp")),
        ] {
            assert_eq!(key.refusal(&key.header(), payload), Some(refusal), "{payload}");
        }
    }

    #[test]
    fn a_signature_of_something_else_does_not_pass() {
        let key = fixture();
        let token = key.forge(&key.header(), CLAIMS);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let foreign = Fixture { kid: key.kid.clone(), ..fixture() };
        for forged in [
            format!("{signed}."),
            format!("{signed}.{}", &signature[..80]),
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
            format!("{signed}.{signature}="),
            token.replacen(signed.split_once('.').unwrap().1, &URL_SAFE_NO_PAD.encode(CLAIMS.replace('s', "t")), 1),
            foreign.forge(&foreign.header(), CLAIMS),
        ] {
            assert_eq!(key.set.verify(&forged, Typ::AccessToken).err(), Some(InvalidJwt::WrongSignature), "{forged}");
        }
    }

    #[test]
    fn the_public_key_is_no_mac_key() {
        let key = fixture(); // JW-04
        let jwks: Value = serde_json::from_slice(key.set.jwks()).unwrap();
        let jwk = &jwks["keys"][0];
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": key.kid}).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(CLAIMS));
        for secret in [jwk.to_string().into_bytes(), point, key.kid.clone().into_bytes(), vec![]] {
            let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
            let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac));
            assert_eq!(key.set.verify(&forged, Typ::AccessToken).err(), Some(InvalidJwt::OtherAlgorithm));
        }
    }

    #[test]
    fn keys_that_do_not_fit_together_make_no_set() {
        let master_key = MasterKey::generate().unwrap();
        let [one, two] = [SigningAlgorithm::Es256; 2].map(|algorithm| {
            let key = generate(algorithm).unwrap().seal(&master_key, NOW).unwrap();
            SigningKey { state: KeyState::Active, ..key }
        });
        let refused =
            |keys: &[SigningKey], master_key: &MasterKey| KeySet::new(keys, master_key).err().unwrap().problem;

        assert!(matches!(refused(&[one.clone(), two.clone()], &master_key), KeyProblem::SecondActive));
        assert!(matches!(refused(&[one.clone(), one.clone()], &master_key), KeyProblem::SecondOfItsName));
        let foreign = MasterKey::generate().unwrap();
        assert!(matches!(refused(std::slice::from_ref(&one), &foreign), KeyProblem::Sealed(_)));
        // CR-03: the ciphertexts of two rows exchanged.
        let exchanged = SigningKey { private_key: two.private_key.clone(), ..one.clone() };
        assert!(matches!(refused(&[exchanged], &master_key), KeyProblem::Sealed(_)));
        let without = SigningKey { private_key: None, ..one };
        assert!(matches!(refused(&[without], &master_key), KeyProblem::NoPrivateKey));
        let leaking = SigningKey { public_jwk: json!({"kty": "EC", "d": "AA"}), ..two };
        assert!(matches!(refused(&[leaking], &master_key), KeyProblem::PublicKey(UnusableJwk::NotPublic)));
    }

    #[test]
    fn the_entity_tag_follows_the_keys() {
        let [one, two] = [fixture().set, fixture().set];
        assert_ne!(one.jwks_etag(), two.jwks_etag());
        assert!(one.jwks_etag().len() == 45 && one.jwks_etag().starts_with('"') && one.jwks_etag().ends_with('"'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_change_of_a_token_passes_or_panics(at in any::<prop::sample::Index>(), other in any::<char>()) {
            let key = fixture();
            let token = key.forge(&key.header(), CLAIMS);
            let at = at.index(token.len());
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            prop_assert_eq!(key.set.verify(&changed, Typ::AccessToken).is_ok(), changed == token);
        }
    }
}
