//! The life of an account: how it begins, changes and ends, and the links that are mailed for it.

pub mod arrival;
pub mod changes;
pub mod consents;
pub mod deletion;
pub mod email;
pub mod factors;
pub mod hold;
pub mod invitation;
pub mod link;
pub mod link_request;
pub mod new_password;
pub mod notice;
pub mod registration;
pub mod sign_in_test;
pub mod sign_out;
pub mod users;
pub mod waiting;
pub mod why;
