//! What the log says of a request that was refused.

use crate::{
    protocol::error::{ErrorCode, OAuthError},
    server::request_id,
};

/// One line for each refusal: the code of the RFC, why, and which client asks, if that is one of ours.
pub fn log_refusal<C: ErrorCode>(error: &OAuthError<C>) {
    let client_id = request_id::client();
    let (code, reason, hint) = (error.error.as_str(), &error.error_description, error.hint);
    tracing::info!(target: "refusal", client_id, error = code, reason = %reason, hint);
}
