//! ID tokens ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)): what they say.

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The claims of an ID token, in the order they are written.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the specification describes them")]
pub struct IdToken {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    pub auth_time: i64,
    /// The session that it comes from, which signing out can name (OpenID Connect Back-Channel Logout §2.1).
    pub sid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    pub acr: String,
    pub amr: Vec<String>,
    /// Claims about the user that the `claims` parameter asked for here. Scopes bring theirs to userinfo only.
    #[serde(flatten)]
    pub person: Map<String, Value>,
}
