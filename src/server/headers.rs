//! The headers that every response carries.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{self, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// Middleware for all routes: completes the headers of each response.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    complete(response.headers_mut());
    response
}

/// Adds what every response must carry. A page may have its own content security policy, and public documents
/// (JWKS, discovery) their own caching; whoever says nothing gets the strictest.
pub fn complete(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.remove(header::SERVER);
    headers.remove("x-powered-by");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(headers: &HeaderMap) -> Vec<String> {
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines
    }

    /// SH-06, SH-09
    #[test]
    fn whoever_says_nothing_gets_the_strictest() {
        let mut headers = HeaderMap::new();
        headers.insert(header::SERVER, HeaderValue::from_static("portcullis"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("unsafe-url"));

        complete(&mut headers);

        assert_eq!(
            text(&headers),
            [
                "cache-control: no-store",
                "content-security-policy: default-src 'none'; frame-ancestors 'none'",
                "referrer-policy: no-referrer",
                "strict-transport-security: max-age=63072000; includeSubDomains",
                "x-content-type-options: nosniff",
            ]
        );
    }

    #[test]
    fn pages_and_public_documents_keep_what_they_set() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=900"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'self'"));

        complete(&mut headers);

        assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=900");
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'self'");
    }
}
