//! Home: what was counted on every node, what needs doing, and how to begin.

use portcullis::{
    policy::new_client::NewClient,
    protocol::{client::ClientType, client_metadata::ClientMetadata},
    registry::clients,
    secret::Secret,
    store::counts,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::signed_in;
use crate::server::{Server, admin};

/// What the database has counted in the last hour and the one before: what, of that, and how often, in this order.
async fn counted(server: &Server) -> Vec<(String, String, i64)> {
    let since = server.clock.now() - Duration::hours(2);
    let rows = counts::since(&server.db, since, Duration::days(1)).await.unwrap();
    let mut rows = rows.into_iter().map(|row| (row.what, row.which, row.count)).collect::<Vec<_>>();
    rows.sort();
    rows
}

fn row(what: &str, which: &str, count: i64) -> (String, String, i64) {
    (what.to_owned(), which.to_owned(), count)
}

/// A request writes none of it; each node adds what it counted, and adds nothing twice.
#[sqlx::test]
async fn what_two_nodes_counted_is_added_up(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let other = server.second_node().await;
    let wrong = [("username", "alice"), ("password", "wrong")];

    server.tokens("web").await;
    server.service_token().await;
    other.service_token().await;
    other.browser().submit("/sign-in", &wrong).await;

    assert_eq!(counted(&server).await, []);
    for node in [&server, &other, &server] {
        node.run_job("counts").await.unwrap();
    }
    let first = [
        row("failures", "sign_in", 1),
        row("proofs", "password", 1),
        row("sign_ins", "failure", 1),
        row("sign_ins", "success", 1),
        row("tokens", "authorization_code", 1),
        row("tokens", "client_credentials", 2),
    ];
    assert_eq!(counted(&server).await, first);
    let busiest = counts::busiest_clients(&server.db, server.clock.now() - Duration::hours(2)).await.unwrap();
    let busiest = busiest.iter().map(|client| (client.client_id.as_str(), client.count)).collect::<Vec<_>>();
    assert_eq!(busiest, [("service", 2), ("web", 1)]);

    server.service_token().await;
    server.run_job("counts").await.unwrap();
    assert_eq!(counted(&server).await[5], row("tokens", "client_credentials", 3));

    server.advance(Duration::days(10)).await;
    server.run_job("old_counts").await.unwrap();
    let day = counts::since(&server.db, server.clock.now() - Duration::days(20), Duration::hours(1)).await.unwrap();
    assert!(day.iter().all(|count| count.count > 0 && count.what != "clients"));
    let tokens = day.iter().filter(|count| count.what == "tokens").map(|count| count.count).sum::<i64>();
    assert_eq!(tokens, 4, "days have what their hours had");

    server.advance(Duration::days(82)).await;
    counts::forget(&server.db, server.clock.now()).await.unwrap();
    let old = server.clock.now() - Duration::days(100);
    assert!(counts::since(&server.db, old, Duration::days(1)).await.unwrap().is_empty(), "it is forgotten");
}

#[sqlx::test]
async fn home_plots_what_happened_in_the_period(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.tokens("web").await;
    server.service_token().await;
    server.run_job("counts").await.unwrap();
    server.advance(Duration::days(2)).await;
    server.service_token().await;
    server.run_job("counts").await.unwrap();
    let (mut browser, _) = signed_in(&server, "admin").await;

    for (over, tokens) in [("", "1"), ("?over=week", "3"), ("?over=month", "3"), ("?over=quarter", "3")] {
        let html = browser.open(&format!("/admin{over}")).await.answer.body;

        let title = format!("<h2 id=\"tokens-heading\">Tokens <span class=\"number\">{tokens}</span></h2>");
        assert!(html.contains(&title), "{over}: {html}");
        assert!(html.contains(&format!("<a href=\"/admin{over}\" aria-current=\"page\">")), "{over}");
        assert!(html.contains("<title>") && html.contains("The service client"), "{over}");
        assert_eq!(html.contains("After a sign-in"), tokens == "3", "{over}: what did not happen is not there");
    }
}

#[sqlx::test]
async fn home_tells_what_needs_doing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let metadata = ClientMetadata {
        name: "Ending".to_owned(),
        contacts: vec!["team@health.example".to_owned()],
        ..ClientMetadata::of_type(ClientType::Service)
    };
    let ending = NewClient {
        client_id: Some("ending".to_owned()),
        client_secret: Some(Secret::presented("kept-since-2019-and-long")),
        secret_expires_at: Some(server.clock.now() + Duration::days(100)),
        ..NewClient::from(metadata)
    };
    clients::create(&server.app, &admin(), ending).await.unwrap();
    let home = async || signed_in(&server, "admin").await.0.open("/admin").await.answer.body;

    let first = home().await;
    assert!(first.contains("name nobody who answers for them"), "{first}");
    for later in ["longer than 14 days", "for 90 days", "ten minutes", "Many sign-ins fail"] {
        assert!(!first.contains(later), "{later}: {first}");
    }

    server.advance(Duration::days(91)).await;
    server.run_job("unused_clients").await.unwrap();
    let html = home().await;
    let named = "1 client has no secret that works longer than 14 days. <a href=\"/admin/clients/ending\">";
    assert!(html.contains(named), "{html}");
    assert!(html.contains("have not used their secrets for 90 days"), "{html}");

    server.service_token().await;
    server.run_job("uses").await.unwrap();
    let (mut browser, _) = signed_in(&server, "admin").await;
    let form = [("username", "carol"), ("email", "carol@health.example")];
    browser.submit("/admin/users/new", &form).await;
    server.advance(Duration::minutes(11)).await;
    let html = browser.open("/admin").await.answer.body;
    assert!(html.contains("1 mail waits for more than ten minutes"), "{html}");
}

/// The way to the first token is shown until a client has one.
#[sqlx::test]
async fn an_installation_without_tokens_is_told_how_to_begin(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let begun = browser.open("/admin").await.answer.body;
    assert_eq!((begun.matches("#icon-done").count(), begun.contains("First steps")), (3, true), "{begun}");

    server.service_token().await;
    server.run_job("counts").await.unwrap();
    assert!(!browser.open("/admin").await.answer.body.contains("First steps"));
}
