use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::keys::{GeneratedKey, Signer, generate, signer::SignError};
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// The proof of RFC 9449 §4.1.
const OF_THE_RFC: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

struct Maker {
    algorithm: SigningAlgorithm,
    sign: Sign,
    jwk: Value,
}

impl Maker {
    fn new() -> Self {
        Self::with(SigningAlgorithm::Es256)
    }

    fn with(algorithm: SigningAlgorithm) -> Self {
        let GeneratedKey { private_key, public_jwk: mut jwk, .. } = generate(algorithm).unwrap();
        for name in ["kid", "use", "alg"] {
            jwk.as_object_mut().unwrap().remove(name);
        }
        let random = SystemRandom::new();
        let rsa = |encoding: &'static dyn RsaEncoding| -> Sign {
            let key = rsa::KeyPair::from_pkcs8(&private_key).unwrap();
            Box::new(move |message| {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            })
        };
        let sign: Sign = match algorithm {
            SigningAlgorithm::Es256 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private_key).unwrap();
                Box::new(move |message| key.sign(&random, message).unwrap().as_ref().to_vec())
            }
            SigningAlgorithm::EdDsa => {
                let key = Ed25519KeyPair::from_pkcs8(&private_key).unwrap();
                Box::new(move |message| key.sign(message).as_ref().to_vec())
            }
            SigningAlgorithm::Ps256 => rsa(&RSA_PSS_SHA256),
            SigningAlgorithm::Rs256 => rsa(&RSA_PKCS1_SHA256),
        };
        Self { algorithm, sign, jwk }
    }

    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": self.algorithm.as_str(), "jwk": self.jwk})
    }

    fn sign(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = (self.sign)(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn payload() -> String {
    json!({"jti": "1", "htm": "POST", "htu": "https://id.example/oauth2/token", "iat": 1}).to_string()
}

#[test]
fn the_example_of_the_rfc_is_a_proof() {
    let proof = SignedProof::read(OF_THE_RFC).unwrap();
    assert_eq!(proof.key.as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "RFC 9449 §6.1");
    assert_eq!((proof.claims.jti.as_str(), proof.claims.iat), ("-BwC3ESc6acc2lTc", 1_562_262_616));
}

/// DP-03
#[test]
fn dp_03_three_algorithms_sign_proofs_and_rs256_does_not() {
    for algorithm in SigningAlgorithm::ALL {
        let maker = Maker::with(algorithm);
        let read = SignedProof::read(&maker.sign(&maker.header().to_string(), &payload()));
        if algorithm == SigningAlgorithm::Rs256 {
            assert_eq!(read.err(), Some(InvalidProof::Algorithm));
        } else {
            assert_eq!(Some(read.unwrap().key.as_str()), thumbprint(&maker.jwk).as_deref(), "{algorithm:?}");
        }
    }
}

/// DP-03
#[test]
fn dp_03_a_header_that_is_not_that_of_a_proof_is_refused() {
    let maker = Maker::new();
    let private = json!({"kty": "EC", "crv": "P-256", "x": maker.jwk["x"], "y": maker.jwk["y"], "d": "AA"});
    for (member, value, refusal) in [
        ("typ", json!("dpop+jwt"), None),
        ("typ", json!("Application/DPoP+JWT"), None),
        ("typ", json!("JWT"), Some(InvalidJwt::OtherTyp.into())),
        ("typ", json!("at+jwt"), Some(InvalidJwt::OtherTyp.into())),
        ("typ", json!(null), Some(InvalidJwt::MalformedHeader.into())),
        ("alg", json!("none"), Some(InvalidProof::Algorithm)),
        ("alg", json!("HS256"), Some(InvalidProof::Algorithm)),
        ("alg", json!("RS256"), Some(InvalidProof::Algorithm)),
        ("alg", json!("ES384"), Some(InvalidProof::Algorithm)),
        ("alg", json!("PS256"), Some(UnusableJwk::MalformedMember("kty").into())),
        ("alg", json!(1), Some(InvalidJwt::MalformedHeader.into())),
        ("jwk", json!(null), Some(InvalidProof::NoKey)),
        ("jwk", json!("key"), Some(InvalidProof::NoKey)),
        ("jwk", json!([maker.jwk]), Some(InvalidProof::NoKey)),
        ("jwk", json!({}), Some(UnusableJwk::MalformedMember("kty").into())),
        ("jwk", json!({"kty": "oct", "k": "AA"}), Some(UnusableJwk::NotPublic.into())),
        ("jwk", private, Some(UnusableJwk::NotPublic.into())),
        ("kid", json!(7), None),
        ("crit", json!([]), Some(InvalidJwt::Extension.into())),
        ("more", json!({"a": 1}), None),
    ] {
        let mut header = maker.header();
        header[member] = value.clone();
        let proof = maker.sign(&header.to_string(), &payload());
        assert_eq!(SignedProof::read(&proof).err(), refusal, "{member}: {value}");
    }
    let twice = maker.header().to_string().replacen('{', r#"{"jwk":{"kty":"EC"},"#, 1);
    assert_eq!(SignedProof::read(&maker.sign(&twice, &payload())).err(), Some(InvalidJwt::MalformedHeader.into()));
}

/// DP-03, DP-05
#[test]
fn a_proof_is_signed_by_the_key_that_it_brings() {
    let (maker, other) = (Maker::new(), Maker::new());
    let proof = other.sign(&maker.header().to_string(), &payload());
    assert_eq!(SignedProof::read(&proof).err(), Some(InvalidJwt::WrongSignature.into()));
    let (signed, _) = proof.rsplit_once('.').unwrap();
    for (signature, refusal) in [
        ("", InvalidJwt::WrongSignature),
        ("AA", InvalidJwt::WrongSignature),
        (&URL_SAFE_NO_PAD.encode([0; 64]), InvalidJwt::WrongSignature),
        ("AA.AA", InvalidJwt::NotCompact),
    ] {
        assert_eq!(SignedProof::read(&format!("{signed}.{signature}")).err(), Some(refusal.into()));
    }
    for said in ["[]", "null", "", r#"{"jti":"1","jti":"2","htm":"POST","htu":"a:b","iat":1}"#] {
        let proof = maker.sign(&maker.header().to_string(), said);
        assert_eq!(SignedProof::read(&proof).err(), Some(InvalidJwt::MalformedPayload.into()), "{said}");
    }
    let proof = maker.sign(&maker.header().to_string(), r#"{"jti":"1"}"#);
    assert_eq!(SignedProof::read(&proof).err(), Some(RefusedProof::Claim("iat").into()));
}

/// DP-13
#[test]
fn dp_13_a_key_that_is_none_is_refused_at_once() {
    let maker = Maker::new();
    let rsa = |bytes: usize, exponent: &[u8]| {
        let modulus = URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
        json!({"kty": "RSA", "n": modulus, "e": URL_SAFE_NO_PAD.encode(exponent)})
    };
    let zero = URL_SAFE_NO_PAD.encode([0; 32]);
    for (algorithm, jwk, refusal) in [
        (
            "ES256",
            json!({"kty": "EC", "crv": "P-256", "x": maker.jwk["x"], "y": maker.jwk["x"]}),
            UnusableJwk::Rejected,
        ),
        ("ES256", json!({"kty": "EC", "crv": "P-256", "x": zero, "y": zero}), UnusableJwk::Rejected),
        ("PS256", rsa(256, &[1]), UnusableJwk::Rejected),
        ("PS256", rsa(2048, &[1, 0, 1]), UnusableJwk::RsaLength),
        ("PS256", rsa(128, &[1, 0, 1]), UnusableJwk::RsaLength),
    ] {
        let header = json!({"typ": "dpop+jwt", "alg": algorithm, "jwk": jwk});
        let proof = maker.sign(&header.to_string(), &payload());
        assert_eq!(SignedProof::read(&proof).err(), Some(refusal.into()), "{algorithm} {jwk:.60}");
    }
}

#[test]
fn what_we_sign_ourselves_is_no_proof() -> Result<(), SignError> {
    let key = generate(SigningAlgorithm::Es256).unwrap();
    let signer = Signer::new(&key.kid, SigningAlgorithm::Es256, &key.private_key).unwrap();
    for typ in [crate::keys::Typ::AccessToken, crate::keys::Typ::IdToken, crate::keys::Typ::LogoutToken] {
        let token = signer.sign(typ, &json!({"jti": "1"}))?;
        assert_eq!(SignedProof::read(&token).err(), Some(InvalidJwt::OtherTyp.into()));
    }
    Ok(())
}

proptest! {
    /// DP-05
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), header in any::<String>(), payload in any::<String>()) {
        prop_assert!(SignedProof::read(&text).is_err());
        let token = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        prop_assert!(SignedProof::read(&token).is_err());
    }
}
