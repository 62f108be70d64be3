//! The rules of the RFCs as pure functions: no clock, no randomness, no database, no HTTP types, no async.
//!
//! The way of a request: [`authorization_request`] is read, [`interaction`] says what is missing, [`authorization_code`]
//! or [`refresh_token`] yields a [`grant`], and [`access_token`] and [`id_token`] say what the tokens say.

pub mod access_token;
pub mod assurance;
pub mod authorization_code;
pub mod authorization_request;
pub mod authorization_response;
pub mod claims_request;
pub mod client;
pub mod client_assertion;
pub mod client_certificate;
pub mod client_id_url;
pub mod client_metadata;
pub mod confirmation;
pub mod dpop;
pub mod end_session;
pub mod endpoint;
pub mod error;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod grant;
pub mod id_token;
pub mod interaction;
pub mod introspection;
pub mod json;
pub mod jwk_set;
pub mod logout_token;
pub mod metadata;
pub mod parameters;
pub mod pkce;
pub mod redirect_uri;
pub mod refresh_token;
pub mod request_object;
pub mod requested_level;
pub mod scope;
pub mod signing_algorithm;
pub mod standard_claims;
pub mod token_request;
pub mod token_response;
