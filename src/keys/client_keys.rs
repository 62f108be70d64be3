//! What clients sign, checked with the keys that they registered.

use serde_json::{Map, Value};
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

/// Checks that one of these keys signed an assertion of who the client is, with an algorithm that clients may use.
///
/// # Errors
/// [`InvalidJwt`]: of the last key that was tried.
pub fn verify_assertion(
    token: &UnverifiedJwt<'_>,
    keys: &JwkSet,
    now: OffsetDateTime,
) -> Result<SignedByClient, InvalidJwt> {
    let (token, key) =
        try_keys(token, keys, &SigningAlgorithm::OF_CLIENTS, now, |key| token.verify(key, Typ::ClientAssertion))?;
    Ok(SignedByClient { token, key })
}

/// Checks that one of these keys signed an authorization request. What it says.
///
/// # Errors
/// [`InvalidJwt`]: of the last key that was tried.
pub fn verify_request(
    token: &UnverifiedJwt<'_>,
    keys: &JwkSet,
    now: OffsetDateTime,
) -> Result<Map<String, Value>, InvalidJwt> {
    let ((_, members), _) =
        try_keys(token, keys, &SigningAlgorithm::ALL, now, |key| token.open(key, Typ::RequestObject))?;
    Ok(members)
}

/// Tries the keys that a token may have been signed with. What came of it, and the thumbprint of the key.
fn try_keys<T>(
    token: &UnverifiedJwt<'_>,
    keys: &JwkSet,
    allowed: &[SigningAlgorithm],
    now: OffsetDateTime,
    verify: impl Fn(&VerifyingKey) -> Result<T, InvalidJwt>,
) -> Result<(T, String), InvalidJwt> {
    let algorithm = token.alg().parse::<SigningAlgorithm>().ok().filter(|used| allowed.contains(used));
    let algorithm = algorithm.ok_or(InvalidJwt::OtherAlgorithm)?;
    let mut why = InvalidJwt::UnknownKey;
    for jwk in keys.for_signature(token.kid(), algorithm, now) {
        let Ok(key) = VerifyingKey::from_jwk(jwk, algorithm) else { continue };
        match verify(&key) {
            Ok(verified) => return Ok((verified, thumbprint(jwk).unwrap_or_default())),
            Err(error) => why = error,
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        verify_assertion(&token, &JwkSet { keys }, at(0)).map(|signed| signed.key)
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

    /// RS256 is for requests of clients that registered a key for it, and for nothing else.
    #[test]
    fn a_request_may_be_signed_with_rs256_if_the_key_says_so() {
        let (token, key) = signed_with(SigningAlgorithm::Rs256, Typ::RequestObject, &claims());
        let token = UnverifiedJwt::parse(&token).unwrap();
        let verified = |key: Value| verify_request(&token, &JwkSet { keys: vec![key] }, at(0));

        let mut for_any = key.clone();
        for_any.as_object_mut().unwrap().remove("alg");
        assert_eq!(verified(key).unwrap()["sub"], "app");
        assert_eq!(verified(for_any), Err(InvalidJwt::UnknownKey));
    }
}
