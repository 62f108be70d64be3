//! How a user proves who they are, and how a browser stays signed in.

pub mod back_channel_logout;
pub mod cookies;
pub mod device;
pub mod factor_change;
mod factor_use;
pub mod factors;
pub mod other_sessions;
pub mod passkey;
pub mod password;
pub mod password_policy;
pub mod presence;
pub mod recovery_code;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod throttle;
pub mod totp;
pub mod undo_links;
