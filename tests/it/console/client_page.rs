//! The page of a client, a client that begins as another, and two beside each other.

use axum::http::StatusCode;
use portcullis::protocol::client::GrantType;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::server::Server;

#[sqlx::test]
async fn a_client_is_told_a_tab_at_a_time_and_only_what_is_set(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for (tab, shown, absent) in [
        ("overview", &["openid-configuration", "CLIENT_SECRET=", "id=\"use\"", "id=\"enabled\""][..], "Contacts"),
        ("sign-in", &["https://web.example/callback"], "Back-channel logout URI"),
        ("scopes", &["records:read", "OpenID Connect", "Use records:read"], "id=\"use\""),
        ("secrets", &["id=\"rotate-secret\"", "Client authentication"], "Access token lifetime"),
        ("tokens", &["Access token lifetime", "ID token algorithm"], "All roles of the user"),
        ("activity", &["/admin/audit?client=web"], "id=\"use\""),
    ] {
        let html = browser.open(&format!("/admin/clients/web?tab={tab}")).await.answer.body;
        for text in shown {
            assert!(html.contains(text), "{tab} has no {text}: {html}");
        }
        assert!(!html.contains(absent), "{tab} has {absent}");
        let url = if tab == "overview" { String::new() } else { format!("?tab={tab}") };
        assert!(html.contains(&format!("<a href=\"/admin/clients/web{url}\" aria-current=\"page\">")), "{tab}");
    }
    let service = browser.open("/admin/clients/service").await.answer.body;
    assert!(!service.contains("?tab=sign-in") && service.contains("?tab=secrets"), "nobody signs in to a service");
}

/// What the form does not show is taken over too, as long as the new client is of the same type.
#[sqlx::test]
async fn a_client_is_registered_like_another(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.change_client("native", |client| client.grant_types = vec![GrantType::AuthorizationCode]).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let form = browser.open("/admin/clients/new?like=native").await;
    for text in ["Copy of ", "value=\"native\" checked", "name=\"like\" value=\"native\""] {
        assert!(form.answer.body.contains(text), "{text}: {}", form.answer.body);
    }
    for (name, client_type, grant_types) in [
        ("Same", "native", &[GrantType::AuthorizationCode][..]),
        ("Different", "browser", &[GrantType::AuthorizationCode, GrantType::RefreshToken]),
    ] {
        let sent = [
            ("like", "native"),
            ("client_name", name),
            ("type", client_type),
            ("redirect_uris", "https://new.example/cb"),
            ("scope", "openid"),
        ];
        let page = browser.submit("/admin/clients/new", &sent).await;
        let id = page.uri.strip_prefix("/admin/clients/").and_then(|rest| rest.split('?').next()).unwrap();
        assert_eq!(server.client(id).await.unwrap().grant_types, grant_types, "{name}");
    }
    let gone = browser.open("/admin/clients/new?like=nobody").await;
    assert_eq!(gone.answer.status, StatusCode::NOT_FOUND);
}

#[sqlx::test]
async fn two_clients_are_compared(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let mut compare = async |query: &str| browser.open(&format!("/admin/clients/compare{query}")).await.answer;

    let different = compare("?one=web&other=service").await;
    for text in ["Redirect URIs", "https://web.example/callback", "Web application", "Service"] {
        assert!(different.body.contains(text), "{text}: {}", different.body);
    }
    let same = compare("?one=web&other=web").await;
    assert!(same.body.contains("They differ in nothing"), "{}", same.body);
    let unknown = compare("?one=web&other=nobody").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.body.contains("id=\"other-error\"") && !unknown.body.contains("id=\"one-error\""));
    assert_eq!(compare("").await.status, StatusCode::OK);
}
