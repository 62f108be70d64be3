//! A page as it leaves us.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A rendered page with its headers. Those that every response has, pages or not, are a layer's.
pub struct Page {
    pub(super) status: StatusCode,
    /// Its Content-Security-Policy.
    pub(super) policy: String,
    pub(super) body: askama::Result<String>,
}

impl Page {
    /// The same page with another status than 200.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let answer = self.body.map_err(anyhow::Error::from).and_then(|body| {
            let policy = HeaderValue::try_from(self.policy)?;
            Ok((self.status, HEADERS, [(header::CONTENT_SECURITY_POLICY, policy)], body))
        });
        match answer {
            Ok(answer) => answer.into_response(),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be shown. This is our fault.\n").into_response()
            }
        }
    }
}

const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), \
             publickey-credentials-get=(self), publickey-credentials-create=(self)",
        ),
    ),
];
