//! Token introspection ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)): who is told what.

use serde::Serialize;

use super::{
    access_token::{AccessToken, Audience},
    client::Client,
    token_response::TokenType,
};

/// The answer. Everything but `active` is only there when it is true (§2.2).
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum IntrospectionResponse {
    /// The token works.
    Active(Box<ActiveToken>),
    /// It does not, or it is none of the caller's business, which looks the same.
    Inactive {
        /// Always false.
        active: bool,
    },
}

impl IntrospectionResponse {
    /// `{"active": false}`
    pub const INACTIVE: Self = Self::Inactive { active: false };
}

/// What is said about a token that works.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the RFC describes them")]
pub struct ActiveToken {
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<TokenType>,
    #[serde(flatten)]
    pub claims: AccessToken,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// How far the clocks of nodes may be apart, in seconds (decision D8).
const SKEW: i64 = 10;

/// Whether a token is still valid as far as its client is concerned: the client is enabled, it is the one that got the token
/// and not a later one with the same id (AD-15), and it was not disabled since, even if it is enabled again (JW-22). A client's
/// own token belongs to no grant, so nothing else could revoke it.
#[must_use]
pub fn stands_for(client: &Client, token: &AccessToken) -> bool {
    let was_there = client.created_at.unix_timestamp() - SKEW <= token.iat;
    let was_cut_off = client.tokens_not_before.is_some_and(|switched_at| token.predates(switched_at));
    client.enabled && was_there && !was_cut_off
}

/// Whether this client may learn about a token for this audience: it acts for the API that the token names, or an
/// administrator gave it the permission to see all (decision D6). `api` is the identifier of the API it acts for.
#[must_use]
pub fn may_introspect(client: &Client, api: Option<&str>, audience: &Audience) -> bool {
    client.introspects_all || api.is_some_and(|identifier| audience.names(identifier))
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};
    use uuid::{NoContext, Timestamp, Uuid};

    use super::*;
    use crate::protocol::fixtures::{at, client};

    fn token_made(moment: OffsetDateTime) -> AccessToken {
        let seconds = u64::try_from(moment.unix_timestamp()).unwrap();
        AccessToken {
            iss: "https://id.example".into(),
            sub: "app".into(),
            aud: Audience::One("urn:records".into()),
            exp: moment.unix_timestamp() + 300,
            iat: moment.unix_timestamp(),
            jti: Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, moment.nanosecond())),
            client_id: "app".into(),
            scope: "records:read".parse().unwrap(),
            grant_id: None,
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            roles: Vec::new(),
            cnf: None,
        }
    }

    #[test]
    fn jw_22_a_client_that_was_switched_stands_for_newer_tokens_only() {
        let switched_at = at(100) + Duration::microseconds(500_300);
        let switched = Client { tokens_not_before: Some(switched_at), ..client("app") };
        for (milliseconds, stands) in
            [(-60_000, false), (-1_000, false), (-2, false), (0, false), (1, true), (300, true)]
        {
            let token = token_made(switched_at + Duration::milliseconds(milliseconds));
            assert_eq!(stands_for(&switched, &token), stands, "{milliseconds} ms after");
            assert!(stands_for(&client("app"), &token), "a client that was never switched");
        }
        let off = Client { enabled: false, ..switched };
        assert!(!stands_for(&off, &token_made(at(200))));
    }

    #[test]
    fn a_token_that_does_not_tell_when_it_was_made_is_no_newer() {
        let token = AccessToken { jti: Uuid::from_u128(1), ..token_made(at(200)) };
        assert!(!stands_for(&Client { tokens_not_before: Some(at(100)), ..client("app") }, &token));
    }

    #[test]
    fn ad_15_a_client_does_not_stand_for_tokens_older_than_itself() {
        let reborn = Client { created_at: at(100), ..client("app") };
        for (seconds, stands) in [(0, false), (89, false), (90, true), (100, true)] {
            assert_eq!(stands_for(&reborn, &token_made(at(seconds))), stands, "{seconds}");
        }
    }
}
