//! What users see: one file for each page, or for the few that one purpose takes; `place` and `outcome` are what several
//! share.

pub mod accessibility;
pub mod account;
pub mod consent;
pub mod enrol;
pub mod home;
pub mod mailed_link;
pub mod outcome;
pub mod place;
pub mod recovery;
pub mod registration;
pub mod second_factor;
pub mod sign_in;
pub mod signed_out;
