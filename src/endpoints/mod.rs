//! What clients and APIs call: one file for each endpoint of the RFCs.

pub mod authorize;
pub mod end_session;
pub mod introspect;
pub mod jwks;
mod live_token;
pub mod metadata;
pub mod revoke;
pub mod token;
pub mod userinfo;
