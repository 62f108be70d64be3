//! Our own rules as pure functions: what a client may have and at which API, what its tokens say and why, how well users must be
//! authenticated, what may be said of them and by whom, who may do what in the administration, when a mailed link may set a password, how many failures are too
//! many, what a node drops when the registry changes, and what the audit trail tells of.

pub mod assurance;
pub mod block;
pub mod change;
pub mod client_document;
pub mod client_metadata;
pub mod counted;
pub mod email_address;
pub mod entitlement;
pub mod event;
pub mod feed;
#[cfg(test)]
mod fixtures;
pub mod issuance;
pub mod merge;
pub mod moving;
pub mod new_client;
pub mod permission;
pub mod profile;
pub mod recovery;
pub mod refusal;
pub mod registry_file;
pub mod separation;
pub mod text;
pub mod throttle;
pub mod told_claims;
pub mod user_agent;
pub mod why;
