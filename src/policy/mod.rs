//! The rules of the registry as pure functions: which scopes somebody may have, and for which API a token is.

#[cfg(test)]
mod fixtures;
pub mod registry;
pub mod scopes;
pub mod target;
pub mod user;
