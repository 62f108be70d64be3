//! What the HTTP side shares: the server, extractors, errors, the page shell, cookies and the rules about origins.

pub mod access_log;
pub mod assets;
pub mod authenticated_form;
pub mod authorization_answer;
pub mod branding;
pub mod caller;
pub mod client_address;
pub mod cookies;
pub mod cors;
pub mod error;
pub mod error_page;
pub mod form;
pub mod headers;
pub mod interaction;
pub mod json_error;
pub mod language;
pub mod logout_request;
pub mod looks;
pub mod metrics;
pub mod origin;
pub mod page;
pub mod rate_limit;
pub mod request_id;
pub mod server;
pub mod upload;
pub mod view;
