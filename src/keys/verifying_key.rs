//! Public keys that verify, parsed once from their JWK.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::protocol::{jwk_set::is_secret, signing_algorithm::SigningAlgorithm};

/// The lengths of an RSA modulus that we accept, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key and the one algorithm it is for.
pub struct VerifyingKey {
    algorithm: SigningAlgorithm,
    key: ParsedPublicKey,
}

/// Why a JWK cannot verify signatures of an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum UnusableJwk {
    #[error("the JWK contains a private or symmetric key")]
    NotPublic,
    #[error("the JWK is meant for something else than this algorithm")]
    OtherPurpose,
    #[error("the member {0} of the JWK is missing or malformed")]
    MalformedMember(&'static str),
    #[error("the RSA key of the JWK has not 2048 to 8192 bits")]
    RsaLength,
    #[error("the JWK is not a valid public key")]
    Rejected,
}

impl VerifyingKey {
    /// Reads a public key from its JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2).
    ///
    /// # Errors
    ///
    /// [`UnusableJwk`].
    pub fn from_jwk(jwk: &Value, algorithm: SigningAlgorithm) -> Result<Self, UnusableJwk> {
        if is_secret(jwk) {
            return Err(UnusableJwk::NotPublic);
        }
        let says_otherwise = |name, expected: &str| jwk.get(name).is_some_and(|value| value != expected);
        if says_otherwise("use", "sig") || says_otherwise("alg", algorithm.as_str()) {
            return Err(UnusableJwk::OtherPurpose);
        }
        let key = match algorithm {
            SigningAlgorithm::Es256 => p256(jwk),
            SigningAlgorithm::EdDsa => ed25519(jwk),
            SigningAlgorithm::Rs256 => rsa(jwk, &RSA_PKCS1_2048_8192_SHA256),
            SigningAlgorithm::Ps256 => rsa(jwk, &RSA_PSS_2048_8192_SHA256),
        }?;
        Ok(Self { algorithm, key })
    }

    /// The algorithm it is for.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The key as PEM: a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) as text (RFC 7468 §13), for programs that read no JWK.
    ///
    /// # Errors
    ///
    /// [`UnusableJwk::Rejected`]: it has no such form.
    pub fn to_pem(&self) -> Result<String, UnusableJwk> {
        let der = AsDer::<PublicKeyX509Der<'_>>::as_der(&self.key).map_err(|_| UnusableJwk::Rejected)?;
        let text = STANDARD.encode(der.as_ref());
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for line in text.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line)); // base64 is ASCII
            pem.push('\n');
        }
        Ok(pem + "-----END PUBLIC KEY-----\n")
    }

    /// Whether the signature is that of this key for this message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

/// A public key as PEM, with its id in a comment before it.
///
/// # Errors
///
/// [`UnusableJwk`].
pub fn pem_of(kid: &str, jwk: &Value, algorithm: SigningAlgorithm) -> Result<String, UnusableJwk> {
    Ok(format!("# kid: {kid}\n{}", VerifyingKey::from_jwk(jwk, algorithm)?.to_pem()?))
}

fn p256(jwk: &Value) -> Result<ParsedPublicKey, UnusableJwk> {
    require(jwk, "kty", "EC")?;
    require(jwk, "crv", "P-256")?;
    // The uncompressed point of SEC 1 §2.3.3.
    let point = [&[4][..], &coordinate(jwk, "x")?, &coordinate(jwk, "y")?].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(rejected)
}

fn ed25519(jwk: &Value) -> Result<ParsedPublicKey, UnusableJwk> {
    require(jwk, "kty", "OKP")?;
    require(jwk, "crv", "Ed25519")?;
    ParsedPublicKey::new(&ED25519, coordinate(jwk, "x")?).map_err(rejected)
}

fn rsa(jwk: &Value, parameters: &'static RsaParameters) -> Result<ParsedPublicKey, UnusableJwk> {
    require(jwk, "kty", "RSA")?;
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let unused_bits = n.first().map_or(0, |first| first.leading_zeros() as usize);
    if !RSA_BITS.contains(&(n.len() * 8 - unused_bits)) {
        return Err(UnusableJwk::RsaLength);
    }
    if !is_exponent(&e) {
        return Err(UnusableJwk::Rejected);
    }
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).map_err(rejected)
}

/// Odd, greater than 1 and of 32 bits: under 1 everything is its own signature, and a long one is slow to verify.
fn is_exponent(e: &[u8]) -> bool {
    let exponent = e.iter().take(4).fold(0_u32, |exponent, &byte| exponent << 8 | u32::from(byte));
    e.len() <= 4 && exponent > 1 && exponent % 2 == 1
}

fn rejected(_: KeyRejected) -> UnusableJwk {
    UnusableJwk::Rejected
}

fn require(jwk: &Value, name: &'static str, value: &str) -> Result<(), UnusableJwk> {
    if jwk[name] == value { Ok(()) } else { Err(UnusableJwk::MalformedMember(name)) }
}

fn coordinate(jwk: &Value, name: &'static str) -> Result<[u8; 32], UnusableJwk> {
    bytes(jwk, name)?.try_into().map_err(|_| UnusableJwk::MalformedMember(name))
}

fn bytes(jwk: &Value, name: &'static str) -> Result<Vec<u8>, UnusableJwk> {
    let decoded = jwk[name].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    decoded.ok_or(UnusableJwk::MalformedMember(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changed(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
        jwk[member] = value.into();
        jwk
    }

    /// The key of RFC 8037 appendix A.2.
    fn ed25519_jwk() -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    }

    /// The key of RFC 7515 appendix A.3.1.
    fn p256_jwk() -> Value {
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        })
    }

    fn rsa_jwk(bytes: usize, first: u8, exponent: &[u8]) -> Value {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = first;
        json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent)})
    }

    fn verifies(jwk: &Value, algorithm: SigningAlgorithm, token: &str) -> bool {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        VerifyingKey::from_jwk(jwk, algorithm).unwrap().verifies(signed.as_bytes(), &signature)
    }

    #[test]
    fn the_examples_of_the_rfcs_verify_and_changed_ones_do_not() {
        let es256 = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
                     .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let eddsa = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc\
                     .hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

        assert!(verifies(&p256_jwk(), SigningAlgorithm::Es256, es256));
        assert!(verifies(&ed25519_jwk(), SigningAlgorithm::EdDsa, eddsa));

        assert!(!verifies(&p256_jwk(), SigningAlgorithm::Es256, &es256.replace("eyJp", "eyJq")));
        assert!(!verifies(&ed25519_jwk(), SigningAlgorithm::EdDsa, &eddsa.replace("RXhh", "RXhi")));
        let zeros = format!("e30.e30.{}", URL_SAFE_NO_PAD.encode([0; 64]));
        assert!(!verifies(&p256_jwk(), SigningAlgorithm::Es256, &zeros));
    }

    #[test]
    fn a_key_that_cannot_or_must_not_verify_is_refused() {
        use SigningAlgorithm::{EdDsa, Es256, Ps256, Rs256};
        use UnusableJwk::{MalformedMember, NotPublic, OtherPurpose, Rejected, RsaLength};
        for (jwk, algorithm, refusal) in [
            (json!(null), Es256, MalformedMember("kty")),
            (json!({"kty": "oct", "k": "AA"}), Es256, NotPublic), // CA-22
            (changed(p256_jwk(), "d", "AA"), Es256, NotPublic),
            (changed(p256_jwk(), "use", "enc"), Es256, OtherPurpose),
            (changed(p256_jwk(), "alg", "ES384"), Es256, OtherPurpose),
            (changed(rsa_jwk(256, 0xff, &[1, 0, 1]), "alg", "RS256"), Ps256, OtherPurpose), // CA-17
            (p256_jwk(), Rs256, MalformedMember("kty")),
            (p256_jwk(), EdDsa, MalformedMember("kty")),
            (changed(p256_jwk(), "crv", "P-384"), Es256, MalformedMember("crv")),
            (changed(p256_jwk(), "x", "AA"), Es256, MalformedMember("x")),
            (changed(p256_jwk(), "y", p256_jwk()["x"].clone()), Es256, Rejected), // not on the curve
            (changed(ed25519_jwk(), "crv", "X25519"), EdDsa, MalformedMember("crv")),
            (changed(ed25519_jwk(), "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"), EdDsa, MalformedMember("x")),
            (rsa_jwk(128, 0xff, &[1, 0, 1]), Rs256, RsaLength),
            (rsa_jwk(256, 0x7f, &[1, 0, 1]), Rs256, RsaLength),
            (rsa_jwk(2048, 0xff, &[1, 0, 1]), Ps256, RsaLength),
            (rsa_jwk(257, 0, &[1, 0, 1]), Rs256, Rejected), // a leading zero
            (changed(rsa_jwk(256, 0xff, &[]), "n", ""), Rs256, RsaLength),
            (rsa_jwk(256, 0xff, &[]), Rs256, Rejected),
            (rsa_jwk(256, 0xff, &[1]), Ps256, Rejected), // DP-13
            (rsa_jwk(256, 0xff, &[1, 0, 0]), Ps256, Rejected),
            (rsa_jwk(256, 0xff, &[1, 0, 0, 0, 1]), Ps256, Rejected),
        ] {
            assert_eq!(VerifyingKey::from_jwk(&jwk, algorithm).err(), Some(refusal), "{algorithm:?}: {jwk}");
        }
    }
}
