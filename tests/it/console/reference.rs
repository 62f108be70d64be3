//! The pages that describe the admin API, and the requests that are tried there.

use portcullis::{admin_api::operations, model::office::Office};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::{offices::at_console, server::Server};

#[sqlx::test]
async fn every_operation_has_a_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.defence.rates.pages = 10_000).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let list = browser.open("/admin/reference").await.answer.body;
    for operation in operations::ALL {
        assert!(list.contains(&format!("href=\"/admin/reference/{}\"", operation.id)), "{}", operation.id);
        let page = browser.open(&format!("/admin/reference/{}", operation.id)).await;
        let request = format!("{} {}", operation.method.to_uppercase(), operation.path);
        assert!(page.answer.status == 200 && page.answer.body.contains(&request), "{}", operation.id);
        if operation.body == "Image" {
            assert!(page.answer.body.contains("use a program"), "an image is sent by a program");
        }
    }
    assert_eq!(browser.open("/admin/reference/none").await.answer.status, 404);
}

/// What only reads is asked for by a URL; what changes is asked for once, however often its page is loaded.
#[sqlx::test]
async fn an_operation_is_tried_as_oneself(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let shown = browser.open("/admin/reference/showClient?try=true&id=web").await.answer.body;
    assert!(shown.contains("Answer: 200 OK") && shown.contains("https://web.example/callback"), "{shown}");
    let missing = browser.open("/admin/reference/showClient?try=true").await;
    assert_eq!(missing.answer.status, 422);
    assert!(missing.answer.body.contains("Fill this in."));
    let unknown = browser.open("/admin/reference/showClient?try=true&id=a%2F..%2Fb").await.answer.body;
    assert!(unknown.contains("Answer: 404 Not Found"), "{unknown}");

    let form = [("body", "{ \"client_name\": \"Tried\", \"type\": \"service\", \"scope\": \"records:read\" }")];
    let page = browser.submit("/admin/reference/registerClient", &form).await;
    assert_eq!(page.uri, "/admin/reference/registerClient");
    assert!(page.answer.body.contains("Answer: 201 Created") && page.answer.body.contains("ptc_cs_"));
    let again = browser.open("/admin/reference/registerClient").await.answer.body;
    assert!(again.contains("ptc_cs_"), "reloading shows it again");
    let registered = "select count(*) from clients where name = 'Tried'";
    let count: i64 = sqlx::query_scalar(registered).fetch_one(&server.db).await.unwrap();
    assert_eq!(count, 1);
    browser.submit("/admin/stored", &[("path", "/admin/reference/registerClient")]).await;
    assert!(!browser.open("/admin/reference/registerClient").await.answer.body.contains("ptc_cs_"));

    let filled = browser.open("/admin/reference/replaceClient?fill=true&id=web").await.answer.body;
    assert!(filled.contains("https://web.example/callback") && filled.contains("name=\"If-Match\""), "{filled}");
    let stale = [("id", "web"), ("If-Match", "7"), ("body", "{ \"client_name\": \"W\", \"type\": \"web\" }")];
    let page = browser.submit("/admin/reference/replaceClient", &stale).await;
    assert!(page.answer.body.contains("Answer: 412"), "{}", page.answer.body);
    let wrong =
        browser.submit("/admin/reference/replaceClient", &[("id", "web"), ("If-Match", "1"), ("body", "{")]).await;
    assert_eq!(wrong.answer.status, 422);
    assert!(wrong.answer.body.contains("This is not JSON"));
}

/// Trying is doing: nobody gets further there than elsewhere.
#[sqlx::test]
async fn nobody_tries_what_they_may_not_do(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut auditor = at_console(&server, Office::Auditor).await;

    let read = auditor.open("/admin/reference/listClients?try=true&q=web").await.answer.body;
    assert!(read.contains("Answer: 200 OK"));
    let page = auditor.submit("/admin/reference/disableClient", &[("id", "web")]).await;
    assert!(page.answer.body.contains("Answer: 403") && page.answer.body.contains("insufficient_scope"));
    assert!(server.client("web").await.unwrap().enabled);

    // A recent proof is asked for as everywhere in the console.
    let mut manager = at_console(&server, Office::ClientManager).await;
    server.advance(time::Duration::minutes(6)).await;
    let page = manager.submit("/admin/reference/deleteClient", &[("id", "service")]).await;
    assert_eq!(page.answer.status, 403);
    assert!(page.answer.body.contains("/admin/reauthenticate"), "{}", page.answer.body);
    assert!(server.client("service").await.is_some());
}
