//! How a person proves who they are, and how a browser stays signed in.

pub mod back_channel_logout;
pub mod device;
pub mod email;
pub mod factors;
pub mod hold;
pub mod link;
pub mod link_request;
pub mod new_password;
pub mod other_sessions;
pub mod passkey;
pub mod password;
pub mod password_policy;
pub mod recovery_code;
pub mod registration;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod throttle;
pub mod totp;
