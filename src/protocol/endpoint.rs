//! Where clients call us, behind the issuer identifier: for what names one of our URLs and is checked against it.

/// The token endpoint (RFC 6749 §3.2).
pub const TOKEN: &str = "/oauth2/token";
/// The pushed authorization request endpoint (RFC 9126 §2).
pub const PUSHED_REQUESTS: &str = "/oauth2/par";
/// The userinfo endpoint (OpenID Connect Core §5.3).
pub const USERINFO: &str = "/oauth2/userinfo";
