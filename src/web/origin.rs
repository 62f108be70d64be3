//! Where a request may come from, and which host it may name.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use url::{Host, Url};

use crate::config::Issuer;
use crate::server::json_error::json_error;

/// What the same-origin rule needs: our origin, and how a refusal looks.
#[derive(Clone)]
pub struct SameOrigin {
    origin: Arc<str>,
    refuse: Refuse,
}

type Refuse = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

impl SameOrigin {
    /// `refuse` makes the answer, whose status should be 403.
    pub fn new<F>(issuer: &Issuer, refuse: impl Fn(Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        Self { origin: issuer.origin().into(), refuse: Arc::new(move |request| Box::pin(refuse(request))) }
    }
}

/// Middleware for pages: what changes something must come from a page of ours (AZ-24, LG-34).
pub async fn require_same_origin(State(rule): State<SameOrigin>, request: Request, next: Next) -> Response {
    if is_safe(request.method()) || is_same_origin(request.headers(), &rule.origin) {
        next.run(request).await
    } else {
        (rule.refuse)(request).await
    }
}

/// The hosts that a request may name (JW-20).
#[derive(Clone)]
pub struct KnownHosts {
    scheme_port: Option<u16>,
    authorities: Arc<[String]>,
}

impl KnownHosts {
    /// The issuer's host, and the authorities (`host` or `host:port`) of `more`. A loopback issuer may also be reached
    /// by the other names of the loopback interface, at the same port.
    #[must_use]
    pub fn new(issuer: &Url, more: &[String]) -> Self {
        let port = issuer.port().map_or(String::new(), |port| format!(":{port}"));
        let scheme_port = match issuer.scheme() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        };
        let mut authorities: Vec<_> = issuer.host_str().map(|host| format!("{host}{port}")).into_iter().collect();
        if is_loopback(issuer) {
            authorities.extend(["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}{port}")));
        }
        let mut known = Self { scheme_port, authorities: Arc::default() };
        authorities.extend(more.iter().map(|authority| known.normalized(authority)));
        known.authorities = authorities.into();
        known
    }

    fn contain(&self, authority: &str) -> bool {
        self.authorities.contains(&self.normalized(authority))
    }

    /// In lower case, and without the port that the scheme has anyway.
    fn normalized(&self, authority: &str) -> String {
        let lower = authority.to_ascii_lowercase();
        let suffix = self.scheme_port.map(|port| format!(":{port}"));
        suffix.and_then(|suffix| lower.strip_suffix(&suffix)).unwrap_or(&lower).to_owned()
    }
}

/// Middleware for all routes: answers only under our own name (421, RFC 9110 §15.5.20), so that no cache and no link
/// ever bears another one.
pub async fn require_known_host(State(known): State<KnownHosts>, request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().map(|host| host.to_str().unwrap_or_default());
    let authority = request.uri().authority().map(axum::http::uri::Authority::as_str);
    // RFC 9112 §3.2: not exactly one `Host` is a bad request. HTTP/2 has `:authority` in its place.
    if hosts.next().is_some() || (host.is_none() && authority.is_none()) {
        return json_error(StatusCode::BAD_REQUEST, "invalid_request", "the request must name one host");
    }
    if host.into_iter().chain(authority).all(|named| known.contain(named)) {
        next.run(request).await
    } else {
        json_error(StatusCode::MISDIRECTED_REQUEST, "invalid_request", "this server does not answer for that host")
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// `Sec-Fetch-Site` goes first: under `Referrer-Policy: no-referrer`, which all our pages have, browsers send
/// `Origin: null` even with a form of the same origin. Scripts can set neither header.
fn is_same_origin(headers: &HeaderMap, ours: &str) -> bool {
    match &headers.get_all("sec-fetch-site").iter().collect::<Vec<_>>()[..] {
        [] => {
            let origins: Vec<_> = headers.get_all(header::ORIGIN).iter().collect();
            matches!(&origins[..], [origin] if origin.as_bytes() == ours.as_bytes())
        }
        [site] => site.as_bytes() == b"same-origin",
        _ => false,
    }
}

fn is_loopback(issuer: &Url) -> bool {
    match issuer.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::IntoResponse;
    use axum::{Router, middleware, routing::any};
    use tower::ServiceExt;

    use super::*;

    async fn status(router: Router, method: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    }

    /// AZ-24, LG-34
    #[tokio::test]
    async fn what_changes_something_comes_from_our_own_pages() {
        let rule =
            SameOrigin::new(&"https://id.example".parse().unwrap(), async |_| StatusCode::FORBIDDEN.into_response());
        let router = Router::new()
            .route("/", any(async || "fine"))
            .layer(middleware::from_fn_with_state(rule, require_same_origin));
        let (site, origin) = ("sec-fetch-site", "origin");
        for (headers, expected) in [
            (&[(site, "same-origin")][..], 200),
            (&[(site, "same-origin"), (origin, "null")], 200),
            (&[(origin, "https://id.example")], 200),
            (&[], 403),
            (&[(origin, "null")], 403),
            (&[(origin, "https://id.example.evil.example")], 403),
            (&[(origin, "http://id.example")], 403),
            (&[(origin, "https://id.example"), (origin, "https://evil.example")], 403),
            (&[(site, "same-site"), (origin, "https://id.example")], 403),
            (&[(site, "cross-site"), (origin, "https://id.example")], 403),
            (&[(site, "none")], 403),
            (&[(site, "same-origin"), (site, "cross-site")], 403),
        ] {
            for method in ["POST", "PUT", "PATCH", "DELETE", "FROBNICATE"] {
                assert_eq!(status(router.clone(), method, "/", headers).await, expected, "{method} {headers:?}");
            }
            assert_eq!(status(router.clone(), "GET", "/", headers).await, 200, "{headers:?}");
        }
    }

    fn known_hosts(issuer: &str, more: &[&str]) -> Router {
        let more: Vec<_> = more.iter().map(|&host| host.to_owned()).collect();
        let known = KnownHosts::new(&Url::parse(issuer).unwrap(), &more);
        Router::new().route("/", any(async || "fine")).layer(middleware::from_fn_with_state(known, require_known_host))
    }

    /// JW-20
    #[tokio::test]
    async fn only_known_hosts_are_answered() {
        let router = known_hosts("https://id.example", &["Internal.example:8443"]);
        for (host, expected) in [
            ("id.example", 200),
            ("ID.Example:443", 200),
            ("internal.example:8443", 200),
            ("internal.example", 421),
            ("id.example:80", 421),
            ("id.example.", 421),
            ("evil.example", 421),
            ("user@id.example", 421),
            ("localhost", 421),
            ("", 421),
        ] {
            assert_eq!(status(router.clone(), "GET", "/", &[("host", host)]).await, expected, "{host}");
        }
        assert_eq!(status(router.clone(), "GET", "/", &[]).await, 400);
        let twice = [("host", "id.example"), ("host", "id.example")];
        assert_eq!(status(router.clone(), "GET", "/", &twice).await, 400);
        assert_eq!(status(router.clone(), "GET", "https://id.example/", &[]).await, 200);
        assert_eq!(status(router.clone(), "GET", "https://evil.example/", &[("host", "id.example")]).await, 421);
        let forwarded = [("host", "id.example"), ("x-forwarded-host", "evil.example")];
        assert_eq!(status(router, "GET", "/", &forwarded).await, 200);
    }

    #[tokio::test]
    async fn a_loopback_issuer_has_all_names_of_the_loopback() {
        let router = known_hosts("http://localhost:8080", &[]);
        for (host, expected) in [
            ("localhost:8080", 200),
            ("127.0.0.1:8080", 200),
            ("[::1]:8080", 200),
            ("localhost", 421),
            ("127.0.0.1:8081", 421),
            ("rebound.evil.example:8080", 421),
        ] {
            assert_eq!(status(router.clone(), "GET", "/", &[("host", host)]).await, expected, "{host}");
        }
    }
}
