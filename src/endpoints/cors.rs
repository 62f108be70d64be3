//! Which scripts of other origins may read an answer (CORS). None ever gets cookies along.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::web::client_address::ClientAddress;

/// The origins whose scripts may read the answers of a route.
#[derive(Clone)]
pub enum Cors {
    /// Public documents: JWKS, discovery.
    Anybody,
    /// The origins of which this says so: those of registered redirect URIs.
    Origins(IsRegistered),
}

/// Whether an origin is registered, for a request from an address.
type IsRegistered = Arc<dyn Fn(String, IpAddr) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

impl Cors {
    /// Those origins that this says are registered.
    pub fn origins<F>(is_registered: impl Fn(String, IpAddr) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self::Origins(Arc::new(move |origin, from| Box::pin(is_registered(origin, from))))
    }

    /// The value of `Access-Control-Allow-Origin` for a request of this origin from this address. `null`, which any
    /// sandboxed frame has, is nobody's.
    async fn allowed(&self, origin: HeaderValue, from: IpAddr) -> Option<HeaderValue> {
        match self {
            Self::Anybody => Some(HeaderValue::from_static("*")),
            Self::Origins(is_registered) => {
                let text = origin.to_str().ok().filter(|text| *text != "null")?.to_owned();
                is_registered(text, from).await.then_some(origin)
            }
        }
    }
}

/// What scripts may read beside the body and the plain headers: why they were refused, when to come back, and with what.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy");

/// Middleware for the endpoints that scripts call: answers preflights, and allows the rest to be read.
pub async fn allow_origins(State(cors): State<Cors>, request: Request, next: Next) -> Response {
    let ClientAddress(address) = ClientAddress::of(request.extensions());
    let allowed = match only_origin(request.headers()) {
        Some(origin) => cors.allowed(origin, address).await,
        None => None,
    };
    let mut response = if is_preflight(&request) { preflight(allowed.is_some()) } else { next.run(request).await };

    let headers = response.headers_mut();
    if matches!(cors, Cors::Origins(_)) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}

/// The origin of a request. One with two is nobody's.
fn only_origin(request: &HeaderMap) -> Option<HeaderValue> {
    let mut origins = request.get_all(header::ORIGIN).iter();
    let origin = origins.next().cloned();
    origin.filter(|_| origins.next().is_none())
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(is_allowed: bool) -> Response {
    const ALLOWED: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, dpop"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    if is_allowed { (StatusCode::NO_CONTENT, ALLOWED).into_response() } else { StatusCode::NO_CONTENT.into_response() }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::{Router, middleware, routing::post};
    use tower::ServiceExt;

    use super::*;

    async fn answer(cors: Cors, method: &str, headers: &[(&str, &str)]) -> Response {
        let router = Router::new()
            .route("/", post(async || ([("www-authenticate", "DPoP")], "fine")))
            .layer(middleware::from_fn_with_state(cors, allow_origins));
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn registered() -> Cors {
        Cors::origins(|origin, _| std::future::ready(origin == "https://app.example" || origin == "null"))
    }

    fn text<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    const ALLOW_ORIGIN: &str = "access-control-allow-origin";

    /// TK-16, AZ-20
    #[tokio::test]
    async fn only_exactly_registered_origins_may_read() {
        for (origin, expected) in [
            ("https://app.example", Some("https://app.example")),
            ("https://app.example.evil.example", None),
            ("https://APP.example", None),
            ("http://app.example", None),
            ("null", None),
        ] {
            let response = answer(registered(), "POST", &[("origin", origin)]).await;
            assert_eq!(response.status(), 200, "{origin}");
            assert_eq!(text(&response, ALLOW_ORIGIN), expected, "{origin}");
            assert_eq!(text(&response, "vary"), Some("Origin"), "{origin}");
            assert_eq!(text(&response, "access-control-allow-credentials"), None, "{origin}");
        }
        let two = [("origin", "https://app.example"), ("origin", "https://evil.example")];
        assert_eq!(text(&answer(registered(), "POST", &two).await, ALLOW_ORIGIN), None);
        let none = answer(registered(), "POST", &[]).await;
        assert_eq!((text(&none, ALLOW_ORIGIN), text(&none, "vary")), (None, Some("Origin")));
    }

    #[tokio::test]
    async fn a_preflight_is_answered_before_the_endpoint() {
        let asks = |origin| [("origin", origin), ("access-control-request-method", "POST")];

        let response = answer(registered(), "OPTIONS", &asks("https://app.example")).await;
        assert_eq!(response.status(), 204);
        assert_eq!(text(&response, ALLOW_ORIGIN), Some("https://app.example"));
        assert_eq!(text(&response, "access-control-allow-methods"), Some("GET, POST"));
        assert_eq!(text(&response, "access-control-allow-headers"), Some("authorization, content-type, dpop"));
        assert_eq!(
            text(&response, "access-control-expose-headers"),
            Some("WWW-Authenticate, DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy")
        );

        let response = answer(registered(), "OPTIONS", &asks("https://evil.example")).await;
        assert_eq!((response.status().as_u16(), text(&response, ALLOW_ORIGIN)), (204, None));
        assert_eq!(text(&response, "access-control-allow-methods"), None);
        assert_eq!(answer(registered(), "OPTIONS", &[]).await.status(), 405);
    }

    #[tokio::test]
    async fn anybody_may_read_public_documents() {
        let response = answer(Cors::Anybody, "POST", &[("origin", "https://anybody.example")]).await;

        assert_eq!(text(&response, ALLOW_ORIGIN), Some("*"));
        assert_eq!(text(&response, "vary"), None);
    }
}
