//! The public keys of a client ([RFC 7517 §5]), as it registered them or as they stand at its `jwks_uri`.
//!
//! [RFC 7517 §5]: https://www.rfc-editor.org/rfc/rfc7517#section-5

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{json::parse_object, signing_algorithm::SigningAlgorithm};

/// The most keys of one client. Without a `kid` all of them may be tried.
pub const MOST_KEYS: usize = 10;
/// Bytes of all of them, as JSON.
pub const LONGEST: usize = 16 * 1024;
/// Members that only a secret key has, or a shared one (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A set of public keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys, each a JWK.
    #[serde(default)]
    pub keys: Vec<Value>,
}

/// Why a set of keys is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum UnusableKeys {
    #[error("this must be a JWK Set: a JSON object whose member keys is a list of keys")]
    NotASet,
    #[error("there are more than {MOST_KEYS} keys")]
    TooMany,
    #[error("the keys have more than {LONGEST} bytes")]
    TooLong,
    #[error("two keys have the same kid")]
    SameKid,
    #[error("key {0} is secret: give its public part only, and no longer use the key")]
    Secret(usize),
    #[error("key {0} must be one of P-256 (EC), Ed25519 (OKP) or RSA with 2048 to 8192 bits, with all its members")]
    Kind(usize),
}

impl JwkSet {
    /// Reads a set that was fetched or typed. One key alone is a set too.
    ///
    /// # Errors
    /// [`UnusableKeys`]
    pub fn parse(json: &[u8]) -> Result<Self, UnusableKeys> {
        if json.len() > LONGEST {
            return Err(UnusableKeys::TooLong);
        }
        let object = parse_object(json).map_err(|_| UnusableKeys::NotASet)?;
        let set = Self::read(&Value::Object(object))?;
        set.check().map(|()| set)
    }

    /// Reads a set that a client publishes for everybody: keys in it that are of no use here are passed over.
    ///
    /// # Errors
    /// [`UnusableKeys::NotASet`]
    pub fn published(json: &[u8]) -> Result<Self, UnusableKeys> {
        let object = parse_object(json).map_err(|_| UnusableKeys::NotASet)?;
        let mut set = Self::read(&Value::Object(object))?;
        set.keys.retain(|key| is_sound(key) && !is_secret(key));
        set.keys.truncate(MOST_KEYS);
        Ok(set)
    }

    /// What somebody typed: a set as JSON, or else the text, so that it can be said what is wrong with it.
    #[must_use]
    pub fn typed(text: &str) -> Value {
        let text = text.trim();
        if text.is_empty() {
            return Value::Null;
        }
        match parse_object(text.as_bytes()).map(|object| Self::read(&Value::Object(object))) {
            Ok(Ok(set)) => json!(set),
            _ => text.into(),
        }
    }

    /// The set that this JSON is, unchecked.
    ///
    /// # Errors
    /// [`UnusableKeys::NotASet`]
    pub fn read(json: &Value) -> Result<Self, UnusableKeys> {
        match (json.get("keys"), json.get("kty")) {
            (Some(Value::Array(keys)), _) => Ok(Self { keys: keys.clone() }),
            (None, Some(_)) => Ok(Self { keys: vec![json.clone()] }),
            _ => Err(UnusableKeys::NotASet),
        }
    }

    /// Checks that each key is public, and of a kind and a size that can be used. That a point is on its curve is found when the
    /// key is used.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), UnusableKeys> {
        if self.keys.len() > MOST_KEYS {
            return Err(UnusableKeys::TooMany);
        }
        let mut kids = BTreeSet::new();
        for (place, key) in self.keys.iter().enumerate() {
            if is_secret(key) {
                return Err(UnusableKeys::Secret(place + 1));
            }
            if !is_sound(key) {
                return Err(UnusableKeys::Kind(place + 1));
            }
            if key["kid"].as_str().is_some_and(|kid| !kids.insert(kid)) {
                return Err(UnusableKeys::SameKid);
            }
        }
        let length = serde_json::to_string(self).map_or(usize::MAX, |text| text.len());
        if length > LONGEST { Err(UnusableKeys::TooLong) } else { Ok(()) }
    }

    /// The keys with which a signature may have been made that names this key, or none, and this algorithm: those that have not
    /// ended (`exp`) and are not for something else. One must be meant for RS256 to be used so.
    pub fn for_signature<'a>(
        &'a self,
        kid: Option<&'a str>,
        algorithm: SigningAlgorithm,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &'a Value> {
        let now = now.unix_timestamp();
        self.keys.iter().filter(move |key| {
            let says = |name, expected: &str| key.get(name).is_none_or(|said| said == expected);
            let is_meant = algorithm != SigningAlgorithm::Rs256 || key["alg"] == algorithm.as_str();
            let works = is_meant && key["exp"].as_i64().is_none_or(|ends_at| now < ends_at);
            works && says("use", "sig") && says("alg", algorithm.as_str()) && kid.is_none_or(|kid| says("kid", kid))
        })
    }

    /// Whether a key has this name.
    #[must_use]
    pub fn names(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key["kid"] == kid)
    }
}

/// Whether a JWK says more than the public half of a key.
#[must_use]
pub fn is_secret(key: &Value) -> bool {
    SECRET_MEMBERS.iter().any(|name| key.get(name).is_some())
}

/// Whether a key has the members of its kind, each of the right size.
fn is_sound(key: &Value) -> bool {
    let bytes = |name: &str| key[name].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let has_32 = |name: &str| bytes(name).is_some_and(|bytes| bytes.len() == 32);
    let texts = ["kid", "alg", "use"].iter().all(|name| key.get(name).is_none_or(Value::is_string));
    texts
        && match (key["kty"].as_str(), key["crv"].as_str()) {
            (Some("EC"), Some("P-256")) => has_32("x") && has_32("y"),
            (Some("OKP"), Some("Ed25519")) => has_32("x"),
            (Some("RSA"), _) => {
                let bits = bytes("n").and_then(|n| Some(n.len() * 8 - n.first()?.leading_zeros() as usize));
                let is_odd = |e: Vec<u8>| e.len() <= 4 && e != [1] && e.last().is_some_and(|last| last % 2 == 1);
                bits.is_some_and(|bits| (2048..=8192).contains(&bits)) && bytes("e").is_some_and(is_odd)
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::fixtures::at;
    use proptest::prelude::*;

    fn p256() -> Value {
        let coordinate = URL_SAFE_NO_PAD.encode([7; 32]);
        json!({"kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate, "kid": "a"})
    }

    fn rsa(bytes: usize, exponent: &[u8]) -> Value {
        json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(vec![0xff; bytes]), "e": URL_SAFE_NO_PAD.encode(exponent)})
    }

    fn with(mut key: Value, member: &str, value: impl Into<Value>) -> Value {
        key[member] = value.into();
        key
    }

    #[test]
    fn ca_22_only_sound_public_keys_are_registered() {
        use UnusableKeys::{Kind, SameKid, Secret, TooLong, TooMany};
        for (keys, refusal) in [
            (vec![], None),
            (vec![p256(), rsa(256, &[1, 0, 1]), with(p256(), "kid", "b")], None),
            (vec![json!({"kty": "oct", "k": "AA"})], Some(Secret(1))),
            (vec![p256(), with(p256(), "d", "AA")], Some(Secret(2))),
            (vec![p256(), p256()], Some(SameKid)),
            (vec![rsa(128, &[1, 0, 1])], Some(Kind(1))),
            (vec![rsa(2048, &[1, 0, 1])], Some(Kind(1))),
            (vec![rsa(256, &[1])], Some(Kind(1))),
            (vec![rsa(256, &[2])], Some(Kind(1))),
            (vec![with(p256(), "crv", "P-521")], Some(Kind(1))),
            (vec![with(p256(), "x", "AA")], Some(Kind(1))),
            (vec![with(p256(), "kid", 1)], Some(Kind(1))),
            (vec![json!("key")], Some(Kind(1))),
            (vec![p256(); 10_000], Some(TooMany)),
            (vec![with(p256(), "x5c", "A".repeat(LONGEST))], Some(TooLong)),
        ] {
            assert_eq!(JwkSet { keys }.check().err(), refusal);
        }
    }

    #[test]
    fn a_set_or_one_key_is_read() {
        let read = |json: &Value| JwkSet::parse(json.to_string().as_bytes());
        assert_eq!(read(&json!({"keys": [p256()], "other": 1})).unwrap().keys.len(), 1);
        assert_eq!(read(&p256()).unwrap().keys, [p256()]);
        for json in [json!({}), json!({"keys": {}}), json!([]), json!("keys")] {
            assert_eq!(read(&json), Err(UnusableKeys::NotASet), "{json}");
        }
        assert_eq!(JwkSet::parse(br#"{"keys":[],"keys":[]}"#), Err(UnusableKeys::NotASet));
    }

    #[test]
    fn a_signature_is_checked_with_the_keys_that_may_have_made_it() {
        let (a, b) = (p256(), with(p256(), "kid", "b"));
        let mut nameless = p256();
        nameless.as_object_mut().unwrap().remove("kid");
        let set = JwkSet {
            keys: vec![
                a.clone(),
                b.clone(),
                nameless.clone(),
                with(with(p256(), "kid", "old"), "exp", 100),
                with(with(p256(), "kid", "enc"), "use", "enc"),
                with(with(p256(), "kid", "ps"), "alg", "PS256"),
            ],
        };
        let chosen =
            |kid, seconds| set.for_signature(kid, SigningAlgorithm::Es256, at(seconds)).cloned().collect::<Vec<_>>();
        assert_eq!(chosen(Some("a"), 1000), [a.clone(), nameless.clone()]);
        assert_eq!(chosen(None, 1000), [a, b, nameless.clone()]);
        assert_eq!(chosen(Some("enc"), 1000), std::slice::from_ref(&nameless));
        assert_eq!(chosen(Some("ps"), 1000), [nameless]);
        assert!(set.names("old") && !set.names("other"));
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in any::<String>(), member in "[a-z]{1,3}", value in any::<String>()) {
            let _ = JwkSet::parse(text.as_bytes());
            let _ = JwkSet { keys: vec![with(p256(), &member, value)] }.check();
        }
    }
}
