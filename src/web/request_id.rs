//! The id of a request: it connects the answer that a caller saw with what the log says about it.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use crate::web::client_address::TrustedProxies;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Current;
}

/// What the log can say of the request that this task works for.
struct Current {
    id: RequestId,
    client: OnceLock<Arc<str>>,
}

/// The id of the request that this task works for, so that each line of the log can name it.
#[must_use]
pub fn current() -> Option<RequestId> {
    CURRENT.try_with(|current| current.id.clone()).ok()
}

/// Notes the client that this request names, so that a refusal can name it too. It must be one that is registered: any other
/// id is whatever somebody typed.
pub fn note_client(client_id: &str) {
    let noted = |current: &Current| current.client.set(client_id.into()).is_ok();
    let _ = CURRENT.try_with(noted); // the first counts; outside of a request there is nothing to note
}

/// The client that was noted.
#[must_use]
pub fn client() -> Option<String> {
    CURRENT.try_with(|current| current.client.get().map(ToString::to_string)).ok().flatten()
}

/// Letters, digits, `-` and `_`; ours have 26 and sort by time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A `UUIDv7` in Crockford's base 32: easy to read out, and in the order of time.
    #[must_use]
    pub fn generate() -> Self {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let number = Uuid::now_v7().as_u128();
        let digit = |place: u32| char::from(DIGITS[(number >> (5 * place) & 31) as usize]);
        Self((0..26).rev().map(digit).collect::<String>().into())
    }

    /// The id that a proxy gave to the request.
    fn presented(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(X_REQUEST_ID)?.to_str().ok()?;
        let is_good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        ((8..=64).contains(&text.len()) && text.bytes().all(is_good)).then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn write_to(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(X_REQUEST_ID, value);
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Middleware, before everything that logs: gives each request its id, and the response the same in `X-Request-Id`.
/// An id from outside counts only if a trusted proxy sends it: anybody else could choose one that is in the log.
pub async fn assign_request_id(State(trusted): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let presented = trusted.sent(request.extensions()).then(|| RequestId::presented(request.headers())).flatten();
    let id = presented.unwrap_or_else(RequestId::generate);
    if let Some(slot) = request.extensions().get::<RequestIdSlot>() {
        slot.fill(&id);
    }
    request.extensions_mut().insert(id.clone());

    let current = Current { id: id.clone(), client: OnceLock::new() };
    let mut response = CURRENT.scope(current, next.run(request)).await;
    id.write_to(response.headers_mut());
    response
}

/// The id of this request; a new one where the middleware does not run.
impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(Self::generate))
    }
}

/// Where the server learns the id that the middleware gave to a request, for the answers that it must give itself
/// (after a panic, or when a request takes too long).
#[derive(Clone, Debug, Default)]
pub struct RequestIdSlot(Arc<OnceLock<RequestId>>);

impl RequestIdSlot {
    fn fill(&self, id: &RequestId) {
        self.0.get_or_init(|| id.clone());
    }

    /// Adds the id to the headers of an answer, if one was given.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        if let Some(id) = self.0.get() {
            id.write_to(headers);
        }
    }
}

impl fmt::Display for RequestIdSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get().map_or("", RequestId::as_str))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::{Router, middleware, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::web::server::PeerAddress;

    async fn answered(peer: &str, presented: &str) -> (String, String) {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let router = Router::new()
            .route("/", get(|id: RequestId| async move { id.to_string() }))
            .layer(middleware::from_fn_with_state(trusted, assign_request_id));
        let mut request = Request::get("/").header(X_REQUEST_ID, presented).body(Body::empty()).unwrap();
        request.extensions_mut().insert(PeerAddress(peer.parse().unwrap()));

        let response = router.oneshot(request).await.unwrap();
        let header = response.headers()[X_REQUEST_ID].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (header, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn handler_and_client_see_the_same_id() {
        let (header, body) = answered("192.0.2.1:1", "").await;

        assert_eq!(header, body);
        assert_eq!(header.len(), 26);
    }

    #[tokio::test]
    async fn only_a_trusted_proxy_may_choose_it() {
        assert_eq!(answered("10.1.2.3:1", "abc-DEF_12").await.0, "abc-DEF_12");
        assert_eq!(answered("[::ffff:10.1.2.3]:1", "abc-DEF_12").await.0, "abc-DEF_12");
        assert_ne!(answered("192.0.2.1:1", "abc-DEF_12").await.0, "abc-DEF_12");
        for bad in ["abcdefg", "abc def 1", "abc\"def1", &"a".repeat(65)] {
            assert_ne!(answered("10.1.2.3:1", bad).await.0, bad);
        }
    }

    #[test]
    fn ids_are_in_the_order_of_time() {
        let ids: Vec<_> = (0..100).map(|_| RequestId::generate().to_string()).collect();

        assert!(ids.is_sorted());
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
