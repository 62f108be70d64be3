//! What people see: one file, one template and one URL for each page.

pub mod consent;
pub mod home;
pub mod sign_in;
pub mod signed_out;
