//! Public keys as JSON (RFC 7517): their thumbprint, and the documents that we publish.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The thumbprint of a public key with SHA-256 ([RFC 7638 §3]). `None`: the JWK is of another kind or incomplete.
///
/// [RFC 7638 §3]: https://www.rfc-editor.org/rfc/rfc7638#section-3
#[must_use]
pub fn thumbprint(jwk: &Value) -> Option<String> {
    let required: &[&str] = match jwk["kty"].as_str()? {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        _ => return None,
    };
    let members = required.iter().map(|name| Some((*name, jwk[name].as_str()?)));
    // A sorted map without white space is the form that §3.3 demands.
    let members: BTreeMap<_, _> = members.collect::<Option<_>>()?;
    let canonical = serde_json::to_vec(&members).ok()?;
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, &canonical)))
}

/// A document that is rendered once for all who will ask for it.
pub struct Published {
    /// The document.
    pub body: Bytes,
    /// Its entity tag, in quotes.
    pub etag: String,
}

impl Published {
    /// This text.
    #[must_use]
    pub fn new(text: String) -> Self {
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes())));
        Self { body: text.into(), etag }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        let rsa = json!({ // RFC 7638 §3.1
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3\
                  oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6\
                  qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz\
                  KnqDKgw",
            "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        });
        let ed25519 = json!({ // RFC 8037 appendix A.3
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        });
        assert_eq!(thumbprint(&rsa).unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(thumbprint(&ed25519).unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_no_public_key_has_no_thumbprint() {
        for jwk in [
            json!(null),
            json!([]),
            json!({}),
            json!({"kty": "oct", "k": "AA"}),
            json!({"kty": "RSA", "n": "AA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": 1}),
        ] {
            assert_eq!(thumbprint(&jwk), None, "{jwk}");
        }
    }
}
