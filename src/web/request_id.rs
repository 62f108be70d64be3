//! The layer that gives each request its id.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::client_address::TrustedProxies;
use crate::server::request_id::{RequestId, RequestIdSlot, within};

/// Middleware, before everything that logs: gives each request its id, and the response the same in `X-Request-Id`.
/// An id from outside counts only if a trusted proxy sends it: anybody else could choose one that is in the log.
pub async fn assign_request_id(State(trusted): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let presented = trusted.sent(request.extensions()).then(|| RequestId::presented(request.headers())).flatten();
    let id = presented.unwrap_or_else(RequestId::generate);
    if let Some(slot) = request.extensions().get::<RequestIdSlot>() {
        slot.fill(&id);
    }
    request.extensions_mut().insert(id.clone());

    let mut response = within(id.clone(), next.run(request)).await;
    id.write_to(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::{Router, middleware, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::server::{PeerAddress, request_id::X_REQUEST_ID};

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
