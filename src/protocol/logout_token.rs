//! Logout tokens and where they go ([OpenID Connect Back-Channel Logout 1.0], [Front-Channel Logout 1.0]): how clients
//! hear that a session has ended.
//!
//! [OpenID Connect Back-Channel Logout 1.0]: https://openid.net/specs/openid-connect-backchannel-1_0.html
//! [Front-Channel Logout 1.0]: https://openid.net/specs/openid-connect-frontchannel-1_0.html

use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{client::Client, redirect_uri::with_query};

/// How long a logout token may be used. Each try has its own, so it need not outlast one.
const LIFETIME: i64 = 120;

/// The claims of a logout token (Back-Channel Logout §2.4). It never has a `nonce`, so that it cannot pass for an ID
/// token.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the specification describes them")]
pub struct LogoutToken {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: Uuid,
    pub events: Value,
    pub sid: Uuid,
}

impl LogoutToken {
    /// Tells `client_id` that this session of this user has ended. `jti` must be new.
    #[must_use]
    pub fn new(
        issuer: &str,
        client_id: &str,
        (user_id, session_id): (Uuid, Uuid),
        jti: Uuid,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: user_id.to_string(),
            aud: client_id.to_owned(),
            iat: now.unix_timestamp(),
            exp: now.unix_timestamp() + LIFETIME,
            jti,
            events: json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
            sid: session_id,
        }
    }
}

/// What the browser loads of this client when the session has ended (Front-Channel Logout §3).
#[must_use]
pub fn frontchannel_uri(client: &Client, issuer: &str, session_id: Uuid) -> Option<String> {
    let uri = client.frontchannel_logout_uri.as_deref().filter(|_| client.enabled)?;
    if !client.frontchannel_logout_session_required {
        return Some(uri.to_owned());
    }
    Some(with_query(uri, [("iss", issuer), ("sid", &session_id.to_string())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::fixtures;

    #[test]
    fn lo_07_a_logout_token_says_what_the_specification_asks_for() {
        let (user, session, jti) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();

        let claims = LogoutToken::new("https://id.example", "web", (user, session), jti, now);

        let expected = json!({
            "iss": "https://id.example", "sub": user, "aud": "web", "iat": 1_800_000_000, "exp": 1_800_000_120,
            "jti": jti, "sid": session, "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        assert_eq!(serde_json::to_value(claims).unwrap(), expected);
    }

    #[test]
    fn a_frame_gets_issuer_and_session_if_the_client_asked_for_them() {
        let session = Uuid::from_u128(2);
        let of = |uri: &str, required| {
            let client = fixtures::client_with("web", |client| {
                client.frontchannel_logout_uri = Some(uri.to_owned());
                client.frontchannel_logout_session_required = required;
            });
            frontchannel_uri(&client, "https://id.example", session).unwrap()
        };
        let added = format!("iss=https%3A%2F%2Fid.example&sid={session}");

        assert_eq!(of("https://app.example/out", false), "https://app.example/out");
        assert_eq!(of("https://app.example/out", true), format!("https://app.example/out?{added}"));
        assert_eq!(of("https://app.example/out?a=b", true), format!("https://app.example/out?a=b&{added}"));
    }
}
