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
        let [next, active, retiring] = [next, active, retiring].map(|key| KeySet::new(&[key], &master_key).unwrap());

        let claims: Value = serde_json::from_str(CLAIMS).unwrap();
        let token = active.sign(algorithm, Typ::IdToken, &claims).unwrap();
        for set in [&next, &active, &retiring] {
            let verified = set.verify(&token, Typ::IdToken).unwrap();
            assert_eq!((verified.algorithm, verified.claims.sub.as_str()), (algorithm, "s"));
            assert_eq!(verified.read::<Value>().unwrap(), claims);
            assert_eq!(set.jwks().body, active.jwks().body);
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
fn do_07_an_unknown_kid_is_refused_before_there_is_work() {
    let key = fixture();
    let unknown = json!({"alg": "ES256", "typ": "at+jwt", "kid": "unknown"}).to_string();
    for (header, refusal) in [(key.header(), InvalidJwt::WrongSignature), (unknown, InvalidJwt::UnknownKey)] {
        let token = format!("{}.{}.no-signature", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode("no JSON"));
        assert_eq!(key.set.verify(&token, Typ::AccessToken).err(), Some(refusal));
    }
}

#[test]
fn the_public_key_is_no_mac_key() {
    let key = fixture(); // JW-04
    let jwks: Value = serde_json::from_slice(&key.set.jwks().body).unwrap();
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
    let refused = |keys: &[SigningKey], master_key: &MasterKey| KeySet::new(keys, master_key).err().unwrap().problem;

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
    assert_ne!(one.jwks().etag, two.jwks().etag);
    assert!(one.jwks().etag.len() == 45 && one.jwks().etag.starts_with('"') && one.jwks().etag.ends_with('"'));
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
