//! What comes in is bounded, and malformed input is the sender's fault: 4xx, never 500.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Request, header},
};
use hyper::body::Frame;
use portcullis::server::BodyLimits;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{console, server::Server};

async fn post_raw(server: &Server, uri: &str, body: impl Into<Body>) -> u16 {
    let request = Request::post(uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    server.send(request.body(body.into()).unwrap()).await.status.as_u16()
}

/// IN-05, TK-12, TK-18: at every place that takes a form.
#[sqlx::test]
async fn in_05_an_absurd_form_is_refused_everywhere(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let many = "a=b&".repeat(1001);
    let (long_name, long_body) = (format!("{}=b", "a".repeat(10_000)), "a".repeat(65 * 1024));
    let bodies: [&[u8]; 9] = [
        many.as_bytes(),
        long_name.as_bytes(),
        long_body.as_bytes(),
        b"a=%zz",
        b"a=%ff",
        b"a=%00",
        b"a=%ed%a0%80",
        b"%",
        b"\xff=1",
    ];

    for uri in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/authorize", "/oauth2/userinfo"] {
        for body in bodies {
            let status = post_raw(&server, uri, body.to_vec()).await;
            assert!(
                [400, 413].contains(&status),
                "{uri} {status} {:?}",
                String::from_utf8_lossy(&body[..body.len().min(20)])
            );
        }
    }
    for uri in ["/sign-in", "/sign-out", "/admin/sign-in", "/oauth2/end-session"] {
        for body in bodies {
            let status = post_raw(&server, uri, body.to_vec()).await;
            assert!(
                [400, 413].contains(&status),
                "{uri} {status} {:?}",
                String::from_utf8_lossy(&body[..body.len().min(20)])
            );
        }
    }
    for uri in ["/oauth2/authorize", "/oauth2/end-session", "/sign-out"] {
        for query in ["a=%zz", "a=%ff", "a=%00", "%", &many] {
            assert_eq!(
                server.get(&format!("{uri}?{query}")).await.status,
                400,
                "{uri} {}",
                &query[..query.len().min(20)]
            );
        }
    }
}

/// A body that never comes.
struct Never;

impl HttpBody for Never {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// IN-10: what is too large or too slow is told from what is wrong, in the words of the RFC all the same.
#[sqlx::test]
async fn in_10_a_form_that_is_too_large_or_too_slow_keeps_its_status(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    const FORM: &str = "application/x-www-form-urlencoded";
    for uri in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke", "/oauth2/userinfo"] {
        for (content_type, body, status) in [
            (FORM, Body::from("a".repeat(65 * 1024)), 413),
            (FORM, Body::new(Never), 408),
            (FORM, Body::from("a=%zz"), 400),
            ("application/json", Body::from("{}"), 400),
        ] {
            let limits = BodyLimits { time: Duration::from_millis(50), ..BodyLimits::default() };
            let request = Request::post(uri).header(header::CONTENT_TYPE, content_type).extension(limits);

            let answer = server.send(request.body(body).unwrap()).await;

            assert_eq!(answer.refusal(), (status, "invalid_request".into()), "{uri} {content_type}");
            assert!(answer.json()["error_description"].is_string());
            assert_eq!(answer.header("cache-control"), "no-store", "{uri} {status}");
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
}

/// IN-07: what an administrator's browser sends is not believed either.
#[sqlx::test]
async fn in_07_absurd_parameters_of_the_console_are_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = console::signed_in(&server, "admin").await;
    assert_eq!(admin.open("/admin/clients").await.answer.status, 200);

    for uri in [
        "/admin/audit?before=not-a-uuid",
        "/admin/audit?from=yesterday",
        "/admin/audit?to=2026-02-30",
        "/admin/clients?q=%ff",
        "/admin/clients?q=a&q=b",
        "/admin/clients/no-such-client",
        "/admin/clients/%00",
        "/admin/clients/a%2Fb",
        "/admin/users/not-a-uuid",
        "/admin/users/00000000-0000-0000-0000-000000000000",
        "/admin/apis/not-a-uuid",
        "/admin/roles/no-such-role",
        "/admin/roles/%00",
    ] {
        let status = admin.open(uri).await.answer.status.as_u16();
        assert!([400, 404].contains(&status), "{uri}: {status}");
    }
    for uri in ["/admin/clients?page=-1&limit=1000000000", "/admin/clients?q='%20or%201=1--", "/admin/audit?limit=abc"]
    {
        assert_eq!(admin.open(uri).await.answer.status, 200, "{uri}");
    }
}

/// SH-04: GET changes nothing, and what cannot be done is a 405.
#[sqlx::test]
async fn sh_04_nothing_changes_by_get(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = console::signed_in(&server, "admin").await;

    for uri in [
        "/oauth2/token",
        "/oauth2/introspect",
        "/oauth2/revoke",
        "/admin/sign-out",
        "/admin/keys/rotate",
        "/admin/clients/web/secrets",
        "/admin/clients/web/enabled",
    ] {
        let answer = admin.open(uri).await.answer;
        assert_eq!(answer.status, 405, "{uri}");
        let allowed = answer.header("allow").split(',').collect::<Vec<_>>();
        assert!(allowed == ["POST"] || allowed == ["POST", "OPTIONS"], "{uri}: {allowed:?}");
        let is_page = answer.header("content-type").starts_with("text/html");
        assert_eq!(is_page, uri.starts_with("/admin"), "{uri}: programs read JSON, people a page");
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        for uri in ["/oauth2/authorize", "/oauth2/token", "/admin/clients/web", "/sign-in"] {
            let request = Request::builder().method(method).uri(uri).header("sec-fetch-site", "same-origin");
            assert_eq!(server.send(request.body(Body::empty()).unwrap()).await.status, 405, "{method} {uri}");
        }
    }
}
