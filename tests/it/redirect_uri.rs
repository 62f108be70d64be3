//! Redirect URIs: a registered one, character by character, or nowhere.

use axum::http::StatusCode;
use portcullis::protocol::client::GrantType;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::authorize_uri,
    server::{SPA_CALLBACK, Server, WEB_CALLBACK},
};

/// The error page, and nothing that leads elsewhere.
async fn refuses(server: &Server, client: &str, redirect_uri: &str) -> bool {
    let answer = server.get(&authorize_uri(&[("client_id", client), ("redirect_uri", redirect_uri)])).await;
    answer.status == StatusCode::BAD_REQUEST
        && answer.header("location").is_empty()
        && answer.body.contains("id=\"error\"")
}

#[sqlx::test]
async fn ru_02_ru_04_ru_05_ru_07_ru_09_ru_15_any_other_uri_goes_nowhere(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for uri in [
        "",
        "https://web.example/CALLBACK",
        "https://web.example/%63allback",
        "https://WEB.example/callback",
        "HTTPS://web.example/callback",
        "https://web.example:443/callback",
        "https://web.example/callback/",
        "https://web.example/callback//",
        "https://web.example/callback?x=1",
        "https://web.example/callback?",
        "https://web.example/callback/extra",
        "https://web.example/callback#x",
        "https://web.example/callback#",
        "https://web.example./callback",
        "https://web.example/./callback",
        "https://web.example/x/../callback",
        "https://web.example@evil.example/callback",
        "https://web.example@web.example@evil.example/callback",
        "https://web.example\\@evil.example/callback",
        "https://evil.example\\.web.example/callback",
        "https://webXexample/callback",
        "https://evil.example/https://web.example/callback",
        "http://web.example/callback",
        "//web.example/callback",
        "javascript:alert(1)",
        " https://web.example/callback",
        "https://web.example/callback ",
        SPA_CALLBACK,
    ] {
        assert!(refuses(&server, "web", uri).await, "{uri:?}");
    }
    assert!(!refuses(&server, "web", WEB_CALLBACK).await);
}

#[sqlx::test]
async fn ru_10_ru_11_only_a_native_client_may_choose_a_loopback_port(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.change_client("web", |web| web.redirect_uris.push("http://127.0.0.1:8000/callback".into())).await;

    for uri in ["http://127.0.0.1/callback", "http://127.0.0.1:51004/callback"] {
        assert!(!refuses(&server, "native", uri).await, "{uri}");
    }
    for uri in [
        "http://127.0.0.1:51004/other",
        "http://localhost:51004/callback",
        "http://127.0.0.1.evil.tld:51004/callback",
        "http://127.0.0.1:51004@evil.tld/callback",
        "http://127.1:51004/callback",
        "http://2130706433:51004/callback",
        "http://[::ffff:127.0.0.1]:51004/callback",
        "http://[::1]:51004/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:99999/callback",
    ] {
        assert!(refuses(&server, "native", uri).await, "{uri}");
    }
    assert!(!refuses(&server, "web", "http://127.0.0.1:8000/callback").await);
    assert!(refuses(&server, "web", "http://127.0.0.1:8001/callback").await);
}

#[sqlx::test]
async fn ru_16_a_removed_uri_redeems_no_code_and_starts_no_flow_on_any_node(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let other_node = server.second_node().await;
    let code = server.browser().obtain_code().await;
    server.change_client("web", |web| web.redirect_uris = vec!["https://web.example/new".into()]).await;

    let redeemed = server.redeem("web", &code).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;

    assert_eq!(redeemed.refusal(), (400, "invalid_grant".into()));
    for node in [&server, &other_node] {
        assert!(refuses(node, "web", WEB_CALLBACK).await);
    }
}

#[sqlx::test]
async fn ru_16_a_removed_uri_ends_requests_that_wait(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;
    server.change_client("web", |web| web.redirect_uris = vec!["https://web.example/new".into()]).await;

    let page = browser.open(&asked.uri).await;

    assert_eq!(page.answer.status, StatusCode::BAD_REQUEST);
    assert!(page.has_form("error"), "{}", page.uri);
}

#[sqlx::test]
async fn ru_17_a_client_without_uris_gets_none_by_asking(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for _ in 0..2 {
        assert!(refuses(&server, "service", "https://service.example/callback").await);
    }
    let service = server.client("service").await.unwrap();
    assert!(service.redirect_uris.is_empty() && !service.may_use(GrantType::AuthorizationCode));
    assert_eq!(server.rows_with("service.example/callback").await, 0, "nothing is learned");
}

#[sqlx::test]
async fn ru_18_the_error_page_shows_a_bad_uri_as_text_only(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let uri = "https://evil.example/\"><a href='javascript:alert(1)'>x</a><meta http-equiv=refresh>";

    let answer = server.get(&authorize_uri(&[("redirect_uri", uri)])).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("evil.example"), "it is shown: {}", answer.body);
    for forbidden in ["href=\"https://evil", "href='javascript", "<meta http-equiv", "src=\"https://evil"] {
        assert!(!answer.body.contains(forbidden), "{forbidden} {}", answer.body);
    }
    for (name, start) in [
        ("content-security-policy", "default-src 'none'"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=()"),
        ("strict-transport-security", "max-age=63072000"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert!(answer.header(name).starts_with(start), "{name}: {}", answer.header(name));
    }
}

#[sqlx::test]
async fn ru_19_sign_in_never_leads_elsewhere(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for next in ["//evil.example", "/\\evil.example", "/%09/evil.example", "https:evil.example", "/%2f%2fevil.example"]
    {
        let mut browser = server.browser();
        let page = browser.open(&authorize_uri(&[("next", next), ("return_to", next)])).await;
        let form = [("username", "alice"), ("password", crate::server::PASSWORD), ("next", next), ("return_to", next)];
        for uri in [page.uri.clone(), format!("/sign-in?next={}", next.replace('\\', "%5C"))] {
            let page = browser.submit(&uri, &form).await;
            assert!(page.uri.starts_with('/') && !page.uri.contains("evil"), "{next}: {}", page.uri);
            assert_eq!(page.answer.status, StatusCode::OK, "{next}: {}", page.uri);
        }
    }
}
