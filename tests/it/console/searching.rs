//! One search for everything.

use portcullis::model::office::Office;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::{browser::Browser, offices, server::Server};

/// The page of a search.
async fn search(browser: &mut Browser, wanted: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", wanted).finish();
    let page = browser.open(&format!("/admin/search?{query}")).await;
    assert_eq!(page.answer.status, 200, "{wanted}: {}", page.answer.body);
    page.answer.body.split_once("<main").unwrap().1.to_owned()
}

#[sqlx::test]
async fn everything_is_found_by_its_name_or_id_in_any_letter_case(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let alice = server.user_id("alice").await.to_string();
    sqlx::query("update users set profile = '{\"family_name\": \"Okonkwo\"}' where username = 'alice'")
        .execute(&server.db)
        .await
        .unwrap();
    let api = server.snapshot().await.registry().apis().next().unwrap().clone();
    let web = server.client("web").await.unwrap();
    let of_alice = format!("/admin/users/{alice}");

    let cases: [(&str, &str, bool); 9] = [
        ("WEB", "/admin/clients/web", true),
        (&web.metadata.name.to_uppercase(), "/admin/clients/web", true),
        (&web.metadata.redirect_uris[0], "/admin/clients/web", false),
        (&api.identifier.to_uppercase(), &format!("/admin/apis/{}", api.api_id), true),
        ("Patient", "/admin/roles/patient", true),
        ("ALICE", &of_alice, true),
        (&alice.to_uppercase(), &of_alice, true),
        (&format!("user:{alice}"), &of_alice, true),
        ("okon", &of_alice, false),
    ];
    for (wanted, url, is_exact) in cases {
        let html = search(&mut browser, wanted).await;

        assert!(html.contains(&format!("<a href=\"{url}\"")), "{wanted}: {html}");
        assert_eq!(html.contains("Exactly this"), is_exact, "{wanted}: {html}");
    }
    for nothing in ["nothing-is-called-so", "%", "00000000-0000-7000-8000-000000000000", "\\", "a & !b | (", "🦉"] {
        assert!(search(&mut browser, nothing).await.contains("Nothing found"), "{nothing}");
    }
    assert!(!search(&mut browser, "").await.contains("Nothing found"));
    assert_eq!(browser.open(&format!("/admin/search?q={}", "a".repeat(201))).await.answer.status, 422);
    assert_eq!(browser.open("/admin/search?q=a&q=b").await.answer.status, 400);
}

/// Both tell when they were made, so they are found without an index.
#[sqlx::test]
async fn what_happened_is_found_by_request_id_and_jti(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    server.service_token().await;
    let token =
        "select after ->> 'jti', request_id from audit_events where after ? 'jti' order by event_id desc limit 1";
    let (jti, request) = sqlx::query_as::<_, (String, Option<String>)>(token).fetch_one(&server.db).await.unwrap();

    for id in [jti.clone(), jti.to_uppercase(), request.clone().unwrap(), request.unwrap().to_uppercase()] {
        let html = search(&mut browser, &id).await;
        assert!(html.contains("<bdi>token.issued</bdi>"), "{id}: {html}");
    }
    let mut owner = offices::at_console(&server, Office::ClientManager).await;
    assert!(search(&mut owner, &jti).await.contains("Nothing found"));
}

/// Nobody finds what they may not see.
#[sqlx::test]
async fn a_search_finds_what_its_reader_may_see(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let scope = server.snapshot().await.registry().apis().next().unwrap().scopes.keys().next().unwrap().clone();
    let finds = [
        ("web", "href=\"/admin/clients/"),
        (scope.as_str(), "href=\"/admin/apis/"),
        ("patient", "href=\"/admin/roles/"),
        ("alice", "href=\"/admin/users/"),
    ];
    for (office, seen) in [
        (Office::ClientManager, [true, true, false, false]),
        (Office::ClientOwner, [false, true, false, false]),
        (Office::UserManager, [false, false, true, true]),
        (Office::Auditor, [true, true, true, true]),
        (Office::Operator, [false, false, false, false]),
    ] {
        let mut browser = offices::at_console(&server, office).await;
        for ((wanted, link), is_seen) in finds.iter().zip(seen) {
            let html = search(&mut browser, wanted).await;
            assert_eq!(html.contains(link), is_seen, "{office} {wanted}: {html}");
        }
    }
    let mut owner = offices::at_console(&server, Office::ClientOwner).await;
    sqlx::query("update clients set owner = $1 where client_id = 'web'")
        .bind(server.user_id("admin").await)
        .execute(&server.db)
        .await
        .unwrap();
    assert!(search(&mut owner, "web").await.contains("href=\"/admin/clients/web\""));
}
