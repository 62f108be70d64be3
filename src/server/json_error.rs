//! The error answer of JSON endpoints (RFC 6749 §5.2), for refusals that come before an endpoint has a say.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONNECTION, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// `{"error": …, "error_description": …}` with a status.
#[must_use]
pub fn json_error(status: StatusCode, error: &'static str, description: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    (status, [(CACHE_CONTROL, "no-store")], body).into_response()
}

/// Says that no further request is answered on this connection: what follows on it cannot be understood, or was
/// not waited for.
pub fn and_close(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
