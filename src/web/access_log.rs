//! One line in the log for each request: what was asked for and how it ended, and nothing that could be a secret.

use std::borrow::Cow;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::server::request_id::RequestId;
use crate::web::client_address::ClientAddress;
use crate::web::metrics::count_request;

/// Characters of a text from outside that a log line may have (LP-02).
const LONGEST: usize = 256;

/// Middleware, inside of those that find the [`RequestId`] and the [`ClientAddress`]: logs each request at its end.
///
/// It names the route's pattern and never the path or the query, which may hold codes and names (LP-06).
pub async fn log_access(request: Request, next: Next) -> Response {
    let mut entry = Entry {
        method: request.method().clone(),
        route: request.extensions().get().cloned(),
        id: request.extensions().get().cloned(),
        client: request.extensions().get().copied(),
        started: Instant::now(),
        status: StatusCode::INTERNAL_SERVER_ERROR,
    };
    let response = next.run(request).await;
    entry.status = response.status();
    response
}

/// The beginning of a text from outside, short enough to be logged.
#[must_use]
pub fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// Is logged when it is dropped, so that a request whose handler panics has its line too.
struct Entry {
    method: Method,
    route: Option<MatchedPath>,
    id: Option<RequestId>,
    client: Option<ClientAddress>,
    started: Instant,
    status: StatusCode,
}

impl Drop for Entry {
    fn drop(&mut self) {
        count_request(&self.method, self.route.as_ref(), self.status, self.started);
        tracing::info!(
            target: "access",
            method = %cut(self.method.as_str()),
            route = self.route.as_ref().map_or("none", MatchedPath::as_str),
            status = self.status.as_u16(),
            duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id = self.id.as_ref().map(RequestId::as_str),
            ip = self.client.map(|client| client.0.to_string()),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use axum::body::Body;
    use axum::{Router, middleware, routing::get};
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;
    use crate::web::client_address::{TrustedProxies, find_client_address};
    use crate::web::request_id::assign_request_id;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    async fn logged(request: Request) -> (Value, String) {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let trusted = TrustedProxies::default();
        let router = Router::new()
            .route("/sign-in/{id}", get(async || "fine"))
            .layer(middleware::from_fn(log_access))
            .layer(middleware::from_fn_with_state(trusted.clone(), find_client_address))
            .layer(middleware::from_fn_with_state(trusted, assign_request_id));

        router.oneshot(request).await.unwrap();

        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        (serde_json::from_str(&text).unwrap(), text)
    }

    /// LP-06
    #[tokio::test]
    async fn a_request_is_one_line_without_path_and_query() {
        let request = Request::get("/sign-in/canary-path?code=canary-query").body(Body::empty()).unwrap();

        let (event, text) = logged(request).await;

        assert!(!text.contains("canary"), "{text}");
        assert_eq!(event["target"], "access");
        let fields = &event["fields"];
        assert_eq!(fields["method"], "GET");
        assert_eq!(fields["route"], "/sign-in/{id}");
        assert_eq!(fields["status"], 200);
        assert_eq!(fields["ip"], "127.0.0.1");
        assert_eq!(fields["request_id"].as_str().unwrap().len(), 26);
        assert!(fields["duration_ms"].is_u64());
    }

    /// LP-02
    #[tokio::test]
    async fn a_method_of_any_length_is_cut() {
        let method = "M".repeat(5000);
        let request = Request::builder().method(method.as_str()).uri("/sign-in/1").body(Body::empty()).unwrap();

        let (event, _) = logged(request).await;

        assert_eq!(event["fields"]["method"].as_str().unwrap().chars().count(), LONGEST + 1);
        assert_eq!(event["fields"]["status"], 405);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "é".repeat(LONGEST + 1);

        assert_eq!(cut(&long[2..]), &long[2..]);
        assert_eq!(cut(&long), format!("{}…", &long[2..]));
    }
}
