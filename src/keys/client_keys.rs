//! What clients sign, checked with the keys that they registered.

use time::OffsetDateTime;

use super::{
    jwk::thumbprint,
    jwt::{InvalidJwt, Typ, UnverifiedJwt, VerifiedJwt},
    verifying_key::VerifyingKey,
};
use crate::protocol::{jwk_set::JwkSet, signing_algorithm::SigningAlgorithm};

/// A token that a client signed, and the thumbprint of the key that it used.
pub struct SignedByClient {
    /// The token.
    pub token: VerifiedJwt,
    /// RFC 7638
    pub key: String,
}

/// Checks that one of these keys signed a token of this type, with an algorithm that clients may use.
///
/// # Errors
/// [`InvalidJwt`]: of the last key that was tried.
pub fn verify(
    token: &UnverifiedJwt<'_>,
    keys: &JwkSet,
    expected: Typ,
    now: OffsetDateTime,
) -> Result<SignedByClient, InvalidJwt> {
    let algorithm =
        token.alg().parse::<SigningAlgorithm>().ok().filter(|used| SigningAlgorithm::OF_CLIENTS.contains(used));
    let algorithm = algorithm.ok_or(InvalidJwt::OtherAlgorithm)?;
    let mut why = InvalidJwt::UnknownKey;
    for jwk in keys.for_signature(token.kid(), algorithm, now) {
        let Ok(key) = VerifyingKey::from_jwk(jwk, algorithm) else { continue };
        match token.verify(&key, expected) {
            Ok(token) => return Ok(SignedByClient { token, key: thumbprint(jwk).unwrap_or_default() }),
            Err(error) => why = error,
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        keys::{Signer, generate},
        protocol::fixtures::at,
    };

    fn signed_with(algorithm: SigningAlgorithm, typ: Typ, claims: &Value) -> (String, Value) {
        let key = generate(algorithm).unwrap();
        let signer = Signer::new(&key.kid, algorithm, &key.private_key).unwrap();
        (signer.sign(typ, claims).unwrap(), key.public_jwk)
    }

    fn verified(token: &str, keys: Vec<Value>) -> Result<String, InvalidJwt> {
        let token = UnverifiedJwt::parse(token).unwrap();
        verify(&token, &JwkSet { keys }, Typ::ClientAssertion, at(0)).map(|signed| signed.key)
    }

    fn claims() -> Value {
        json!({"iss": "app", "sub": "app", "aud": "https://id.example", "exp": 100, "jti": "1"})
    }

    /// CA-17
    #[test]
    fn ca_17_a_client_signs_with_its_own_key_and_an_algorithm_that_clients_use() {
        use SigningAlgorithm::{EdDsa, Es256, Ps256, Rs256};
        for algorithm in [Es256, Ps256, EdDsa] {
            let (token, key) = signed_with(algorithm, Typ::ClientAssertion, &claims());
            let (other, others) = signed_with(algorithm, Typ::ClientAssertion, &claims());
            let mut renamed = key.clone();
            renamed["kid"] = "other".into();

            assert_eq!(verified(&token, vec![others.clone(), key.clone()]).unwrap(), thumbprint(&key).unwrap());
            assert_eq!(verified(&token, vec![others]), Err(InvalidJwt::UnknownKey));
            assert_eq!(verified(&token, vec![renamed]), Err(InvalidJwt::UnknownKey));
            let mut disguised = key.clone();
            disguised["kid"] = UnverifiedJwt::parse(&other).unwrap().kid().into();
            assert_eq!(verified(&other, vec![disguised]), Err(InvalidJwt::WrongSignature));
        }
        let (token, key) = signed_with(Rs256, Typ::ClientAssertion, &claims());
        assert_eq!(verified(&token, vec![key]), Err(InvalidJwt::OtherAlgorithm));
        let (token, key) = signed_with(Es256, Typ::AccessToken, &claims());
        assert_eq!(verified(&token, vec![key]), Err(InvalidJwt::OtherTyp));
    }
}
