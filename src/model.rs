//! What is registered: users, APIs and roles. Clients are in [`protocol::client`](crate::protocol::client).

pub mod office;
pub mod registry;
pub mod user;
