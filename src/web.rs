//! What endpoints, pages and console share: layers, forms, errors that users see, and the frame of a page.

pub mod access_log;
pub mod assets;
pub mod authorization_answer;
pub mod branding;
pub mod caller;
pub mod client_address;
pub mod console_path;
pub mod error_page;
pub mod field;
pub mod form;
pub mod interaction;
pub mod language;
pub mod live_token;
pub mod logout_request;
pub mod looks;
pub mod metrics;
pub mod origin;
pub mod page;
pub mod picker;
pub mod problem;
pub mod rate_limit;
pub mod refusal;
pub mod request_id;
pub mod upload;
pub mod view;
pub mod visit;
