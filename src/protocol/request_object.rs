//! Authorization requests that their client signed ([RFC 9101](https://www.rfc-editor.org/rfc/rfc9101)): what they must say, and the
//! parameters that they are. The rules of FAPI 2.0 Message Signing (§5.3.1) hold for every client.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::parameters::Parameters;

/// How long a request may be good for, and how old it may be.
const LONGEST: Duration = Duration::minutes(60);
/// How far clocks may be apart.
const SKEW: Duration = Duration::seconds(10);

/// Claims of every JWT, which are no parameters.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Why a signed request is not taken. The texts are for the client's developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum RequestFault {
    #[error("the request object is not signed by a key of this client, with an algorithm that its key is for")]
    Unsigned,
    #[error("the keys of this client cannot be had: look at its jwks_uri")]
    NoKeys,
    #[error("the request object must have iss: the client_id")]
    OtherClient,
    #[error("the aud of the request object must have the issuer of this server in it")]
    OtherAudience,
    #[error("the request object must have {0}, in whole seconds")]
    Missing(&'static str),
    #[error("the request object has expired")]
    Expired,
    #[error("the request object is not good yet: the clock of the client is ahead")]
    NotYet,
    #[error("the request object may be good for 60 minutes, and be as old")]
    TooLong,
    #[error("the request object must not have {0} in it")]
    Nested(&'static str),
    #[error("the client_id in the request object is another")]
    OtherClientId,
    #[error("a parameter in the request object is neither a text nor what its specification says")]
    Malformed,
}

/// Reads the request of a client: the parameters that it is. Its signature was checked.
///
/// # Errors
/// [`RequestFault`]
pub fn read(
    members: Map<String, Value>,
    client_id: &str,
    issuer: &str,
    now: OffsetDateTime,
) -> Result<Parameters, RequestFault> {
    check_time(&members, now.unix_timestamp())?;
    if members.get("iss").and_then(Value::as_str) != Some(client_id) {
        return Err(RequestFault::OtherClient);
    }
    let is_us = |aud: &Value| aud == issuer;
    if !members.get("aud").is_some_and(|aud| is_us(aud) || aud.as_array().is_some_and(|all| all.iter().any(is_us))) {
        return Err(RequestFault::OtherAudience);
    }
    if let Some(nested) = ["request", "request_uri"].into_iter().find(|name| members.contains_key(*name)) {
        return Err(RequestFault::Nested(nested));
    }
    if members.get("client_id").is_some_and(|other| other != client_id) {
        return Err(RequestFault::OtherClientId);
    }
    let mut pairs = Vec::new();
    for (name, value) in members.into_iter().filter(|(name, _)| !REGISTERED.contains(&name.as_str())) {
        let one_or_several = match value {
            Value::Array(several) if name == "resource" => several,
            one => vec![one],
        };
        for value in one_or_several {
            pairs.push((name.clone(), text(value).ok_or(RequestFault::Malformed)?));
        }
    }
    Ok(Parameters::from_pairs(pairs))
}

fn check_time(members: &Map<String, Value>, now: i64) -> Result<(), RequestFault> {
    let seconds = |name| members.get(name).and_then(Value::as_i64).ok_or(RequestFault::Missing(name));
    let (exp, nbf) = (seconds("exp")?, seconds("nbf")?);
    let (longest, skew) = (LONGEST.whole_seconds(), SKEW.whole_seconds());
    if exp <= now - skew {
        Err(RequestFault::Expired)
    } else if nbf > now + skew {
        Err(RequestFault::NotYet)
    } else if exp.saturating_sub(nbf) > longest || nbf < now - longest - skew {
        Err(RequestFault::TooLong)
    } else {
        Ok(())
    }
}

/// A parameter as it would stand in a query: numbers in digits, objects (`claims`) as JSON. Control characters have no place in any.
fn text(value: Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) if number.is_i64() => number.to_string(),
        Value::Object(members) => Value::Object(members).to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::protocol::fixtures::at;

    const ISSUER: &str = "https://id.example";

    fn read_with(changes: &Value) -> Result<Parameters, RequestFault> {
        let now = at(0).unix_timestamp();
        let mut members = json!({
            "iss": "app", "aud": ISSUER, "nbf": now, "exp": now + 300, "client_id": "app", "scope": "openid",
        });
        members.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        members.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let Value::Object(members) = members else { unreachable!() };
        read(members, "app", ISSUER, at(0))
    }

    /// PR-10, and conformance §11
    #[test]
    fn pr_10_a_request_is_of_its_client_for_us_and_for_now() {
        use RequestFault::{
            Expired, Malformed, Missing, Nested, NotYet, OtherAudience, OtherClient, OtherClientId, TooLong,
        };
        let now = at(0).unix_timestamp();
        for (changes, fault) in [
            (json!({}), None),
            (json!({"aud": [ISSUER, "https://other.example"]}), None),
            (json!({"nbf": now + 8}), None),
            (json!({"sub": "app", "jti": "1", "iat": now}), None),
            (json!({"exp": null}), Some(Missing("exp"))),
            (json!({"nbf": null}), Some(Missing("nbf"))),
            (json!({"exp": 1e300}), Some(Missing("exp"))),
            (json!({"exp": now - 10}), Some(Expired)),
            (json!({"exp": now + 4200}), Some(TooLong)),
            (json!({"exp": i64::MAX}), Some(TooLong)),
            (json!({"nbf": now - 4200, "exp": now + 60}), Some(TooLong)),
            (json!({"nbf": now + 60}), Some(NotYet)),
            (json!({"aud": null}), Some(OtherAudience)),
            (json!({"aud": "https://id.example/"}), Some(OtherAudience)),
            (json!({"aud": []}), Some(OtherAudience)),
            (json!({"iss": null}), Some(OtherClient)),
            (json!({"iss": "other"}), Some(OtherClient)),
            (json!({"client_id": "other"}), Some(OtherClientId)),
            (json!({"client_id": null}), None),
            (json!({"request_uri": "urn:a"}), Some(Nested("request_uri"))),
            (json!({"request": "e30"}), Some(Nested("request"))),
            (json!({"state": ["a"]}), Some(Malformed)),
            (json!({"state": "a\n"}), Some(Malformed)),
            (json!({"max_age": 1.5}), Some(Malformed)),
        ] {
            assert_eq!(read_with(&changes).err(), fault, "{changes}");
        }
    }

    #[test]
    fn what_it_says_becomes_the_parameters() {
        let read = read_with(&json!({
            "max_age": 300, "claims": {"userinfo": {"name": null}}, "resource": ["urn:a", "urn:b"], "jti": "1",
        }));
        let read = read.unwrap();
        assert_eq!(read.one("max_age"), Ok(Some("300")));
        assert_eq!(read.one("claims"), Ok(Some(r#"{"userinfo":{"name":null}}"#)));
        assert_eq!(read.all("resource").collect::<Vec<_>>(), ["urn:a", "urn:b"]);
        assert!(!read.has("jti") && !read.has("iss") && !read.has("exp"));
    }

    proptest! {
        #[test]
        fn no_member_makes_reading_panic(name in "[a-z_]{1,12}", number in any::<f64>(), text in any::<String>()) {
            for value in [json!(number), json!(text), json!([text]), json!({"a": text})] {
                let _ = read_with(&Value::Object(Map::from_iter([(name.clone(), value)])));
            }
        }
    }
}
