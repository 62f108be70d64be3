//! What clients and APIs call: one file for each endpoint of the RFCs.

pub mod authenticated_form;
pub mod authorize;
pub mod cors;
pub mod end_session;
pub mod error;
pub mod introspect;
pub mod jwks;
pub mod metadata;
pub mod par;
mod presented_certificate;
mod presented_client;
pub mod revoke;
pub mod token;
pub mod userinfo;
