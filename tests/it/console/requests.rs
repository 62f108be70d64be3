//! What was decided in one request, and on what grounds.

use portcullis::{model::office::Office, server::request_id::RequestId};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::{
    offices,
    server::{RECORDS, Server},
};

/// The newest event of this kind: the id of its request, and what it tells.
async fn newest(server: &Server, event: &str) -> (String, Value) {
    let newest = "select request_id, coalesce(after, '{}'::jsonb) from audit_events where event = $1 order by event_id desc limit 1";
    sqlx::query_as(newest).bind(event).fetch_one(&server.db).await.unwrap()
}

#[sqlx::test]
async fn what_is_left_out_is_recorded_with_the_grounds(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let form = |scope| [("grant_type", "client_credentials"), ("scope", scope)];

    assert_eq!(server.token(Some("service"), &form("records:read billing:read openid")).await.status, 200);
    let (_, told) = newest(&server, "token.issued").await;
    let left_out = json!({"billing:read": ["not_registered"], "openid": ["not_registered", "nobody_signs_in"]});
    assert_eq!((&told["scope"], &told["left_out"]), (&json!("records:read"), &left_out));
    assert_eq!(server.token(Some("service"), &form("records:read")).await.status, 200);
    assert_eq!(newest(&server, "token.issued").await.1.get("left_out"), None, "nothing is");
    assert_eq!(server.token(Some("service"), &form("unheard")).await.refusal(), (400, "invalid_scope".into()));
    let (_, told) = newest(&server, "token.refused").await;
    assert_eq!(told["left_out"], json!({"unheard": ["not_registered", "unknown_scope"]}));

    let asked = [("scope", "openid records:read unheard")];
    let code = server.browser().obtain("bob", &asked).await.code();
    let left_out = json!({"records:read": ["no_role"], "unheard": ["not_registered", "unknown_scope"]});
    assert_eq!(newest(&server, "code.issued").await.1["left_out"], left_out);
    server.redeem("web", &code).await;
    assert_eq!(newest(&server, "code.redeemed").await.1.get("left_out"), None, "it asks for what the code is for");
    let refused = server.browser().obtain("bob", &[("scope", "openid records:read"), ("resource", RECORDS)]).await;
    assert_eq!(refused.error(), "invalid_target");
    assert_eq!(newest(&server, "authorization.refused").await.1["left_out"], json!({"records:read": ["no_role"]}));

    // However much is asked for, only so much of it is kept.
    let many = (0..100).map(|n| format!("{}{n:02}", "x".repeat(126))).collect::<Vec<_>>().join(" ");
    server
        .browser()
        .authorize(&[("client_id", "spa"), ("redirect_uri", crate::server::SPA_CALLBACK), ("scope", &many)])
        .await;
    let (_, told) = newest(&server, "authorization.refused").await;
    assert_eq!(told["left_out"].as_object().unwrap().len(), 20);
}

#[sqlx::test]
async fn a_request_has_a_page_with_all_that_was_decided_in_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.browser().obtain("bob", &[("scope", "openid records:read")]).await.code();
    let (issued, _) = newest(&server, "code.issued").await;
    let form = [("grant_type", "client_credentials"), ("scope", "unheard")];
    server.token(Some("service"), &form).await;
    let (refused, _) = newest(&server, "token.refused").await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let page = browser.open(&format!("/admin/requests/{}", issued.to_uppercase())).await;
    let bob = server.user_id("bob").await;
    assert_eq!(page.answer.status, 200);
    for part in [
        "got a code for",
        "records:read: No role of the user gives it.",
        &format!("<a href=\"/admin/users/{bob}\"><bdi>bob</bdi></a>"),
        "<a href=\"/admin/clients/web\">",
        &format!("/admin/why?client=web&#38;user={bob}&#38;scope=openid\""),
    ] {
        assert!(page.answer.body.contains(part), "{part}: {}", page.answer.body);
    }
    let page = browser.open(&format!("/admin/requests/{refused}")).await;
    for part in ["A token request of", "Reason: <bdi>invalid_scope: ", "unheard: The client is not registered for it."]
    {
        assert!(page.answer.body.contains(part), "{part}: {}", page.answer.body);
    }
    let found = browser.open(&format!("/admin/search?q={refused}")).await;
    let link = format!("<a href=\"/admin/requests/{refused}\">");
    assert!(found.answer.body.contains(&link) && found.answer.body.contains("Exactly this"), "{}", found.answer.body);
    let event: String = sqlx::query_scalar("select event_id::text from audit_events where event = 'token.refused'")
        .fetch_one(&server.db)
        .await
        .unwrap();
    assert!(
        browser
            .open(&format!("/admin/audit/{event}"))
            .await
            .answer
            .body
            .contains(&format!("/admin/requests/{refused}"))
    );

    let silent = browser.open(&format!("/admin/requests/{}", RequestId::generate())).await;
    assert!(silent.answer.status == 404 && silent.answer.body.contains("has nothing of this request"));
    let of_proxy = browser.open("/admin/requests/some-proxy-0001").await;
    assert!(of_proxy.uri.starts_with("/admin/audit?trace=some-proxy-0001"), "{}", of_proxy.uri);
    for nonsense in ["x", "a%22b%3Cc%3Edefgh", &"a".repeat(65)] {
        assert_eq!(browser.open(&format!("/admin/requests/{nonsense}")).await.answer.status, 404, "{nonsense}");
    }
    let mut manager = offices::at_console(&server, Office::ClientManager).await;
    assert_eq!(manager.open(&format!("/admin/requests/{refused}")).await.answer.status, 403);
}
