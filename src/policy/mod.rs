//! Our own rules as pure functions: which scopes somebody may have and for which API a token is, how well people must be
//! authenticated, and how many failures are too many.

pub mod assurance;
pub mod email_address;
#[cfg(test)]
mod fixtures;
pub mod network;
pub mod registry;
pub mod scopes;
pub mod target;
pub mod throttle;
pub mod user;
pub mod user_agent;
