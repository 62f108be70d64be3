//! The figures for a monitoring system.

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use portcullis::routes;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tower::ServiceExt;

use crate::server::{PASSWORD, Server};

async fn figures(server: &Server) -> String {
    let router = routes::operations(&server.app).unwrap();
    let answer = router.oneshot(Request::get("/metrics").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[sqlx::test]
async fn lp_08_figures_tell_what_happens_and_of_nobody(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    figures(&server).await; // begins to count
    for username in ["alice", "canary-name"] {
        server.browser().submit("/sign-in", &[("username", username), ("password", "wrong")]).await;
    }
    server.browser().submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
    server.get("/sign-in/canary-path?canary=query").await;
    server.get("/canary-path").await;
    server.service_token().await;

    let figures = figures(&server).await;
    for line in [
        "portcullis_http_requests_total{route=\"/sign-in\",method=\"POST\",status=\"4xx\"}",
        "portcullis_http_requests_total{route=\"none\",method=\"GET\",status=\"4xx\"}",
        "portcullis_http_request_duration_seconds_bucket{route=\"/oauth2/token\",le=\"0.25\"}",
        "portcullis_tokens_issued_total{grant_type=\"client_credentials\"}",
        "portcullis_events_total{event=\"sign_in\",outcome=\"failure\"}",
        "portcullis_events_total{event=\"sign_in\",outcome=\"success\"}",
        "portcullis_defence_total{what=\"password.attempts\"}",
        "portcullis_defence_total{what=\"password.successes\"}",
        "portcullis_defence_total{what=\"unknown_names\"}",
        "portcullis_database_connections{state=\"idle\"}",
        "portcullis_password_queue ",
        "portcullis_tightness 0",
        "portcullis_mails_waiting ",
        "portcullis_signing_key_age_seconds{alg=\"ES256\"}",
    ] {
        assert!(figures.lines().any(|found| found.starts_with(line)), "{line}\n{figures}");
    }
    for private in
        ["alice", "canary", "127.0.0.1", "\"service\"", "\"web\"", &server.user_id("alice").await.to_string()]
    {
        assert!(!figures.contains(private), "{private}");
    }
    assert!(figures.lines().count() < 5000, "{}", figures.lines().count());
}
