//! How a person proves who they are, and how a browser stays signed in.

pub mod password;
pub mod session;
