//! Access tokens ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)): what they say.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{confirmation::Confirmation, scope::Scope};

/// The longest time an access token lives, in seconds.
pub const LONGEST_LIFETIME: i64 = 1800;

/// One audience, or several (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Everybody whom it names.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(all) => all,
        }
    }

    /// Whether it names this recipient.
    #[must_use]
    pub fn names(&self, recipient: &str) -> bool {
        self.as_slice().iter().any(|one| one == recipient)
    }
}

/// The claims of an access token, in the order they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the RFC describes them")]
pub struct AccessToken {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub exp: i64,
    pub iat: i64,
    pub jti: Uuid,
    pub client_id: String,
    pub scope: Scope,
    /// The grant it hangs on, so that a revoked grant is known at once. Absent if nobody signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// RFC 9068 §2.2.3.1, where the API asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// What whoever presents it must hold. Absent: it is a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

impl AccessToken {
    /// Whether its time has passed. Times are seconds, so the whole second of `exp` is over.
    #[must_use]
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        now.unix_timestamp() >= self.exp
    }

    /// Whether it was made before this moment or together with it.
    ///
    /// `iat` cannot say that: a token of the same second may be older or newer. So its `jti` is asked, a UUIDv7 (RFC 9562
    /// §5.7), which tells the millisecond; of the same millisecond counts as before.
    #[must_use]
    pub fn predates(&self, moment: OffsetDateTime) -> bool {
        let made_at = self.jti.get_timestamp().map(|made| made.to_unix());
        made_at.is_none_or(|(seconds, nanoseconds)| {
            i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds) <= moment.unix_timestamp_nanos()
        })
    }
}
