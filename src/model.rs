//! What is registered: users, and what administrators registered of APIs, roles and clients.

pub mod registry;
pub mod user;
