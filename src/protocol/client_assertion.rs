//! What a client says to prove who it is: a JWT that its own key signed ([RFC 7523 §3], FAPI 2.0 §5.3.2.1).
//!
//! [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3

use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::{client::values::AssertionAudience, endpoint};

/// The `client_assertion_type` of such a JWT (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The furthest ahead that an assertion may end.
const LONGEST: Duration = Duration::minutes(5);
/// How far clocks may be apart.
const SKEW: Duration = Duration::seconds(10);
/// Characters of a `jti`.
const LONGEST_JTI: usize = 256;

/// The claims of an assertion. That they are texts and whole numbers was checked with the signature.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the RFC describes them")]
pub struct ClientAssertion {
    pub iss: String,
    pub sub: String,
    /// One text: with a list, another server that it names could use the assertion here (FAPI 2.0 §5.3.2.1).
    pub aud: String,
    pub jti: String,
    /// Seconds since 1970, as the next two.
    pub exp: i64,
    pub iat: Option<i64>,
    pub nbf: Option<i64>,
}

/// Why an assertion proves nothing. For the log: the caller learns only that it does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum AssertionFault {
    #[error("{0}")]
    Unsigned(String),
    #[error("the keys at the client's jwks_uri cannot be had: {0}")]
    NoKeys(String),
    #[error("its iss or sub is not the client_id")]
    OtherClient,
    #[error("its aud is not the issuer of this server, as one text")]
    OtherAudience,
    #[error("its jti is empty or longer than {LONGEST_JTI} characters")]
    Jti,
    #[error("it has expired")]
    Expired,
    #[error("it is good for longer than five minutes")]
    TooLong,
    #[error("it is not good yet: the client's clock is ahead")]
    NotYet,
    #[error("it was used before")]
    Replayed,
}

impl ClientAssertion {
    /// Checks that it speaks of this client, to us, and now. Whether it was used before is another question.
    ///
    /// # Errors
    /// [`AssertionFault`]
    pub fn check(
        &self,
        client_id: &str,
        audience: AssertionAudience,
        issuer: &str,
        now: OffsetDateTime,
    ) -> Result<(), AssertionFault> {
        let (now, skew) = (now.unix_timestamp(), SKEW.whole_seconds());
        let is_ahead = |at: Option<i64>| at.is_some_and(|at| at > now + skew);
        if self.iss != client_id || self.sub != client_id {
            Err(AssertionFault::OtherClient)
        } else if !means_us(&self.aud, audience, issuer) {
            Err(AssertionFault::OtherAudience)
        } else if self.jti.is_empty() || self.jti.len() > LONGEST_JTI {
            Err(AssertionFault::Jti)
        } else if self.exp <= now - skew {
            Err(AssertionFault::Expired)
        } else if is_ahead(self.iat) || is_ahead(self.nbf) {
            Err(AssertionFault::NotYet)
        } else if self.exp > now + LONGEST.whole_seconds() + skew {
            Err(AssertionFault::TooLong)
        } else {
            Ok(())
        }
    }

    /// When it ends.
    #[must_use]
    pub fn ends_at(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.exp).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

fn means_us(aud: &str, audience: AssertionAudience, issuer: &str) -> bool {
    let is_token_endpoint = || aud.strip_prefix(issuer) == Some(endpoint::TOKEN);
    aud == issuer || audience == AssertionAudience::TokenEndpoint && is_token_endpoint()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::fixtures::at;

    const ISSUER: &str = "https://id.example";

    fn good() -> ClientAssertion {
        let now = at(0).unix_timestamp();
        ClientAssertion {
            iss: "app".into(),
            sub: "app".into(),
            aud: ISSUER.into(),
            jti: "1".into(),
            exp: now + 60,
            iat: Some(now),
            nbf: None,
        }
    }

    type Change = fn(&mut ClientAssertion, i64);

    /// CA-15, CA-20, decision D5
    #[test]
    fn ca_15_ca_20_an_assertion_is_of_its_client_for_us_and_for_now() {
        use AssertionFault::{Expired, Jti, NotYet, OtherAudience, OtherClient, TooLong};
        let now = at(0).unix_timestamp();
        let cases = [
            ((|_, _| {}) as Change, None),
            (|a, _| a.iss = "other".into(), Some(OtherClient)),
            (|a, _| a.sub = "other".into(), Some(OtherClient)),
            (|a, _| a.aud = "https://id.example/oauth2/token".into(), Some(OtherAudience)),
            (|a, _| a.aud = "https://id.example/".into(), Some(OtherAudience)),
            (|a, _| a.jti = String::new(), Some(Jti)),
            (|a, _| a.jti = "x".repeat(257), Some(Jti)),
            (|a, now| a.exp = now - 9, None),
            (|a, now| a.exp = now - 10, Some(Expired)),
            (|a, now| a.exp = now + 310, None),
            (|a, now| a.exp = now + 311, Some(TooLong)),
            (|a, _| a.exp = i64::MAX, Some(TooLong)),
            (|a, now| a.iat = Some(now + 8), None),
            (|a, now| a.iat = Some(now + 61), Some(NotYet)),
            (|a, now| a.nbf = Some(now + 8), None),
            (|a, now| a.nbf = Some(now + 61), Some(NotYet)),
        ];
        for (change, fault) in cases {
            let mut assertion = good();
            change(&mut assertion, now);
            assert_eq!(assertion.check("app", AssertionAudience::Issuer, ISSUER, at(0)).err(), fault, "{assertion:?}");
        }
    }

    #[test]
    fn an_old_library_may_name_the_token_endpoint_where_that_is_registered() {
        for (aud, is_meant) in [
            ("https://id.example", true),
            ("https://id.example/oauth2/token", true),
            ("https://id.example/oauth2/par", false),
            ("https://evil.example/oauth2/token", false),
            ("", false),
        ] {
            let assertion = ClientAssertion { aud: aud.into(), ..good() };
            let checked = assertion.check("app", AssertionAudience::TokenEndpoint, ISSUER, at(0));
            assert_eq!(checked.is_ok(), is_meant, "{aud}");
        }
    }
}
