//! The registered claims of a JWT (RFC 7519 §4.1), read more strictly than the RFC asks.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

/// The greatest integer that every JSON reader keeps exact: 2^53.
const MAX_INTEGER: u64 = 1 << 53;

/// The claims that every JWT here must have, and the two that it may.
///
/// Their form is checked, their values are not: an expired ID token still says whose session to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClaims {
    /// Who issued it.
    pub iss: String,
    /// Whom it speaks of.
    pub sub: String,
    /// Whom it is for; at least one.
    pub aud: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it was issued.
    pub iat: Option<i64>,
    /// When it begins.
    pub nbf: Option<i64>,
}

/// Why claims do not hold here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RefusedClaims {
    #[error("another issuer issued the token")]
    OtherIssuer,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
}

impl RegisteredClaims {
    /// Reads them. `Err` is the name of the claim that is missing or malformed.
    pub(super) fn read(payload: &Map<String, Value>) -> Result<Self, &'static str> {
        Ok(Self {
            iss: text(payload, "iss")?,
            sub: text(payload, "sub")?,
            aud: audience(payload).ok_or("aud")?,
            exp: seconds(payload, "exp")?.ok_or("exp")?,
            iat: seconds(payload, "iat")?,
            nbf: seconds(payload, "nbf")?,
        })
    }

    /// Returns the claims if this issuer issued them, byte for byte, and they hold now.
    ///
    /// `skew` is how far the issuer's clock may be off. Whether `aud` means us is for the caller to say.
    ///
    /// # Errors
    ///
    /// [`RefusedClaims`], the issuer first.
    pub fn check(&self, issuer: &str, now: OffsetDateTime, skew: Duration) -> Result<&Self, RefusedClaims> {
        let (now, skew) = (now.unix_timestamp(), skew.whole_seconds());
        if self.iss != issuer {
            return Err(RefusedClaims::OtherIssuer);
        }
        if now >= self.exp.saturating_add(skew) {
            return Err(RefusedClaims::Expired);
        }
        let begins = self.nbf.max(self.iat);
        if begins.is_some_and(|begins| now < begins.saturating_sub(skew)) {
            return Err(RefusedClaims::NotYetValid);
        }
        Ok(self)
    }
}

fn text(payload: &Map<String, Value>, name: &'static str) -> Result<String, &'static str> {
    payload.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(name)
}

/// One string, or an array of strings (RFC 7519 §4.1.3); not an empty one.
fn audience(payload: &Map<String, Value>) -> Option<Vec<String>> {
    match payload.get("aud")? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) if !several.is_empty() => {
            several.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

/// A whole number from 0 to 2^53. Fractions, exponents and what overflows elsewhere are malformed.
fn seconds(payload: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, &'static str> {
    let Some(value) = payload.get(name) else { return Ok(None) };
    let number = value.as_u64().filter(|&number| number <= MAX_INTEGER);
    number.and_then(|number| i64::try_from(number).ok()).map(Some).ok_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::json::parse_object;

    const ISSUER: &str = "https://id.example";

    fn read(json: &str) -> Result<RegisteredClaims, &'static str> {
        RegisteredClaims::read(&parse_object(json.as_bytes()).unwrap())
    }

    #[test]
    fn a_claim_that_is_missing_or_malformed_is_named() {
        for (json, malformed) in [
            (r#"{"iss":"i","sub":"s","aud":"a","exp":1}"#, None),
            (r#"{"iss":"i","sub":"s","aud":["a","b"],"exp":9007199254740992,"iat":0,"nbf":0}"#, None),
            (r#"{"sub":"s","aud":"a","exp":1}"#, Some("iss")), // JW-07
            (r#"{"iss":"i","aud":"a","exp":1}"#, Some("sub")),
            (r#"{"iss":"i","sub":"s","exp":1}"#, Some("aud")),
            (r#"{"iss":"i","sub":"s","aud":"a"}"#, Some("exp")),
            (r#"{"iss":["i"],"sub":"s","aud":"a","exp":1}"#, Some("iss")),
            (r#"{"iss":"i","sub":1,"aud":"a","exp":1}"#, Some("sub")),
            (r#"{"iss":"i","sub":"s","aud":[],"exp":1}"#, Some("aud")),
            (r#"{"iss":"i","sub":"s","aud":["a",1],"exp":1}"#, Some("aud")),
            (r#"{"iss":"i","sub":"s","aud":{"a":1},"exp":1}"#, Some("aud")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":1.0}"#, Some("exp")), // M1
            (r#"{"iss":"i","sub":"s","aud":"a","exp":1e300}"#, Some("exp")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":9007199254740993}"#, Some("exp")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":9223372036854775808}"#, Some("exp")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":-1}"#, Some("exp")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":"1"}"#, Some("exp")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":null}"#, Some("exp")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":1,"iat":1.5}"#, Some("iat")),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":1,"nbf":null}"#, Some("nbf")),
        ] {
            assert_eq!(read(json).err(), malformed, "{json}");
        }
    }

    #[test]
    fn claims_hold_for_their_issuer_and_their_time() {
        let claims = RegisteredClaims {
            iss: ISSUER.into(),
            sub: "s".into(),
            aud: vec!["a".into()],
            exp: 400,
            iat: Some(100),
            nbf: None,
        };
        let from = |nbf| RegisteredClaims { nbf: Some(nbf), ..claims.clone() };
        let endless = RegisteredClaims { exp: 1 << 53, ..claims.clone() };
        for (claims, issuer, now, refusal) in [
            (&claims, ISSUER, 100, None),
            (&claims, ISSUER, 409, None),
            (&claims, ISSUER, 410, Some(RefusedClaims::Expired)),
            (&claims, ISSUER, 90, None),
            (&claims, ISSUER, 89, Some(RefusedClaims::NotYetValid)),
            (&from(200), ISSUER, 189, Some(RefusedClaims::NotYetValid)),
            (&from(200), ISSUER, 190, None),
            (&from(0), ISSUER, 89, Some(RefusedClaims::NotYetValid)),
            (&endless, ISSUER, 100, None),
            (&claims, "https://id.example/", 100, Some(RefusedClaims::OtherIssuer)), // JW-08
            (&claims, "https://ID.example", 100, Some(RefusedClaims::OtherIssuer)),
        ] {
            let now = OffsetDateTime::from_unix_timestamp(now).unwrap();
            assert_eq!(claims.check(issuer, now, Duration::seconds(10)).err(), refusal, "{issuer} at {now}");
        }
    }
}
