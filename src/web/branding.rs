//! The files that an installation shows itself by, under names that change with their content.

use axum::{
    Router,
    extract::{Path, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};

use super::assets::fingerprint;
use crate::{app::App, config::Accent};

/// An image that came from outside is shown and does nothing else, even to somebody who opens it alone (SH-16).
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'")),
];

/// Where the files are.
pub fn router() -> Router<App> {
    Router::new().route("/branding/{name}", get(file))
}

/// The path of a file.
pub(super) fn url(name: &str) -> String {
    format!("/branding/{name}")
}

/// The name and the content of the rules for a colour.
pub(super) fn style_sheet(accent: Accent) -> (String, String) {
    let rules = accent.style_sheet();
    (format!("accent.{}.css", fingerprint(rules.as_bytes())), rules)
}

async fn file(State(app): State<App>, Path(name): Path<String>) -> Response {
    if let Some(logo) = app.logo().filter(|logo| logo.name() == name) {
        return (HEADERS, [(CONTENT_TYPE, logo.content_type())], logo.bytes().to_vec()).into_response();
    }
    match app.settings.branding.accent.map(style_sheet).filter(|(known, _)| *known == name) {
        Some((_, rules)) => (HEADERS, [(CONTENT_TYPE, "text/css; charset=utf-8")], rules).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
