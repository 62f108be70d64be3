//! Clients that describe themselves by a document at the URL that is their id.

use std::{net::IpAddr, sync::Arc};

use axum::http::StatusCode;
use portcullis::{
    app::{NotRead, Settings},
    registry::{client_documents, clients},
    store::{
        self,
        audit_events::{self, Filter},
    },
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::sync::Notify;

use crate::{
    browser::{Browser, Page},
    console,
    publisher::Publisher,
    server::{Server, Tokens, admin, claims},
};

const ENTRY: &str = "openid profile offline_access records:read";
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

async fn reading(options: PgConnectOptions) -> (Server, Publisher) {
    let publisher = Publisher::start().await;
    let server = Server::start_with(options, |settings| publisher.admit(settings, ENTRY)).await;
    (server, publisher)
}

/// What an agent asks for.
fn asking(client_id: &str) -> Vec<(&str, &str)> {
    let scope = "openid offline_access records:read records:write";
    vec![("client_id", client_id), ("redirect_uri", "http://127.0.0.1:50123/callback"), ("scope", scope)]
}

async fn asked(server: &Server, client_id: &str) -> Page {
    server.browser().authorize(&asking(client_id)).await
}

/// The reason on the page that an agent's developer sees.
fn refusal(page: &Page) -> &str {
    assert_eq!(page.answer.status, StatusCode::BAD_REQUEST, "{} {}", page.uri, page.answer.body);
    assert!(page.redirected().is_empty(), "the answer goes nowhere: {}", page.uri);
    let (_, rest) = page.answer.body.split_once("id=\"error\"").unwrap();
    rest
}

async fn consent_page(server: &Server, client_id: &str) -> (Browser, Page) {
    let mut browser = server.browser();
    let page = browser.authorize(&asking(client_id)).await;
    let page = if page.has_form("sign-in") { browser.sign_in(&page, "alice").await } else { page };
    assert!(page.has_form("consent"), "{} {}", page.uri, page.answer.body);
    (browser, page)
}

async fn tokens(server: &Server, client_id: &str) -> Tokens {
    let (mut browser, page) = consent_page(server, client_id).await;
    let code = browser.consent(&page, "allow").await.code();
    let redirect_uri = ("redirect_uri", "http://127.0.0.1:50123/callback");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", crate::browser::VERIFIER),
        ("client_id", client_id),
        redirect_uri,
    ];
    Tokens::of(&server.token(None, &form).await)
}

async fn refresh(server: &Server, client_id: &str, token: &str) -> (u16, String) {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client_id)];
    let answer = server.token(None, &form).await;
    (answer.status.as_u16(), answer.json()["error"].as_str().unwrap_or_default().to_owned())
}

/// What the audit trail has of this client, oldest first.
async fn events(server: &Server, client_id: &str) -> Vec<(String, Option<String>)> {
    let filter = Filter { client_id: Some(client_id), ..Filter::default() };
    let mut found = audit_events::list(&server.db, &filter, 100).await.unwrap();
    found.reverse();
    let is_change = |name: &str| name.starts_with("client.");
    found.into_iter().map(|found| (found.event, found.actor)).filter(|(name, _)| is_change(name)).collect()
}

#[sqlx::test]
async fn an_agent_that_nobody_registered_signs_in_by_its_document(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.publish("/client.json", &json!({}));

    let (_, page) = consent_page(&server, &id).await;
    let tokens = tokens(&server, &id).await;

    for words in
        ["An agent", "Not checked by this organisation", "localhost", "a program on your device", "Use records:read"]
    {
        assert!(page.answer.body.contains(words), "{words}: {}", page.answer.body);
    }
    for untrusted in ["logo.png", "/about", "Use records:write"] {
        assert!(!page.answer.body.contains(untrusted), "{untrusted}: {}", page.answer.body);
    }
    assert_eq!(tokens.scope, "openid offline_access records:read", "no more than the list gives to its host");
    assert_eq!(
        (claims(&tokens.id)["aud"].as_str(), claims(&tokens.access)["client_id"].as_str()),
        (Some(&*id), Some(&*id))
    );
    assert_eq!(server.introspect(&tokens.access).await["active"], true);
    assert_eq!(refresh(&server, &id, &tokens.refresh).await.0, 200);
    assert_eq!(publisher.connections(), 1, "it is read once, and at the authorization endpoint only");
    assert_eq!(events(&server, &id).await, [("client.created".to_owned(), Some("system".to_owned()))]);
}

#[sqlx::test]
async fn without_a_list_no_document_is_read_and_nothing_is_announced(_: PgPoolOptions, options: PgConnectOptions) {
    let publisher = Publisher::start().await;
    let id = publisher.publish("/client.json", &json!({}));
    let off = |settings: &mut Settings| {
        publisher.admit(settings, "");
        settings.document_hosts.clear();
    };
    let server = Server::start_with(options, off).await;
    let other = server.second_node_with(|settings| publisher.admit(settings, "")).await;

    assert!(refusal(&asked(&server, &id).await).contains("No application is registered"));
    assert_eq!(publisher.connections(), 0);
    let announced = async |server: &Server, place: &str| {
        server.get(place).await.json()["client_id_metadata_document_supported"].clone()
    };
    for place in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        assert_eq!(announced(&server, place).await, Value::Null);
        assert_eq!(announced(&other, place).await, true);
    }
}

#[sqlx::test]
async fn a_document_that_cannot_be_used_is_refused_with_the_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let at = |path: &str| publisher.url(path);
    let good = publisher.document("/x", &json!({})).to_string();
    publisher.answer("/redirect", "302 Found", "application/json", &good);
    publisher.answer("/gone", "410 Gone", "application/json", &good);
    publisher.answer("/created", "201 Created", "application/json", &good);
    publisher.answer("/html", "200 OK", "text/html", &publisher.document("/html", &json!({})).to_string());
    publisher.answer("/typeless", "200 OK", "", &publisher.document("/typeless", &json!({})).to_string());
    publisher.answer("/broken", "200 OK", "application/json", "{\"client_id\":");
    publisher.publish("/large", &json!({"padding": "x".repeat(5 * 1024)}));
    let chunk = format!("1400\r\n{}\r\n", "x".repeat(0x1400));
    let endless = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}"
    );
    publisher.write("/endless", &endless);
    publisher.write("/no-http", "hello\r\n");
    publisher.publish("/other", &json!({"client_id": at("/client.json")}));
    publisher.publish("/secret", &json!({"client_secret": "ptc_cs_very_secret_indeed"}));
    publisher.publish("/key", &json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": at("/jwks")}));
    publisher.publish("/clear", &json!({"redirect_uris": ["http://agents.example/cb"]}));
    publisher.publish("/wild", &json!({"redirect_uris": ["https://*.example/cb"]}));
    publisher.publish("/none", &json!({"redirect_uris": []}));
    publisher.publish("/hidden", &json!({"client_name": "a\u{202e}b"}));

    for (path, reason) in [
        ("/nothing", "came with 404"),
        ("/redirect", "came with 302"),
        ("/gone", "came with 410"),
        ("/created", "came with 201"),
        ("/html", "Content-Type"),
        ("/typeless", "Content-Type"),
        ("/broken", "not one JSON object"),
        ("/large", "larger than 5 KiB"),
        ("/endless", "larger than 5 KiB"),
        ("/no-http", "cannot be fetched"),
        ("/other", "its client_id is not the URL"),
        ("/secret", "it has client_secret"),
        ("/key", "token_endpoint_auth_method must be none"),
        ("/clear", "use https"),
        ("/wild", "wildcards"),
        ("/none", "Give at least one"),
        ("/hidden", "invisible characters"),
    ] {
        let before = publisher.connections();
        let page = asked(&server, &at(path)).await;
        assert!(refusal(&page).contains(reason), "{path} {reason}: {}", page.answer.body);
        assert_eq!(publisher.connections(), before + 1, "{path}: no redirect is followed");
        assert!(server.client(&at(path)).await.is_none(), "{path}: nothing is registered");
    }
    let before = publisher.connections();
    for (id, reason) in [
        ("https://evil.example/client.json", "no client metadata documents of its host"),
        (&at("/client.json#x"), "no fragment"),
        (&at("/a/../client.json"), "plain form"),
        (&at("/client.json").replace("https://", "https://u@"), "no user name"),
        (&at(""), "must have a path"),
    ] {
        let page = asked(&server, id).await;
        assert!(refusal(&page).contains(reason), "{id}: {}", page.answer.body);
    }
    assert_eq!(publisher.connections(), before, "nothing is called for these");
}

/// SS-01: the list names hosts, not addresses behind our own walls.
#[sqlx::test]
async fn ss_01_a_document_at_a_private_address_is_not_fetched(_: PgPoolOptions, options: PgConnectOptions) {
    let publisher = Publisher::start().await;
    let id = publisher.publish("/client.json", &json!({}));
    let careful = |settings: &mut Settings| {
        publisher.admit(settings, ENTRY);
        settings.outbound.allowed_networks.clear();
    };
    let server = Server::start_with(options, careful).await;

    assert!(refusal(&asked(&server, &id).await).contains("cannot be fetched"));
    assert_eq!(publisher.connections(), 0);
}

/// SS-06: a host that never answers holds nobody up for longer than the calls of this server may take.
#[sqlx::test]
async fn ss_06_a_host_that_does_not_answer_is_given_up(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    publisher.write("/slow", "");

    assert!(refusal(&asked(&server, &publisher.url("/slow")).await).contains("takes too long"));
}

#[sqlx::test]
async fn a_document_counts_until_its_time_and_what_it_removed_stops(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.publish("/client.json", &json!({}));
    let first = tokens(&server, &id).await;
    let revision = async || server.client(&id).await.unwrap().revision;

    server.advance(Duration::minutes(4)).await;
    asked(&server, &id).await;
    assert_eq!(publisher.connections(), 1, "it counts for five minutes at least");
    server.advance(Duration::minutes(2)).await;
    asked(&server, &id).await;
    assert_eq!((publisher.connections(), revision().await), (2, 1), "the same document changes nothing");

    publisher.publish("/client.json", &json!({"redirect_uris": ["https://agents.example/cb"], "client_name": "Moved"}));
    server.advance(Duration::minutes(6)).await;
    let page = asked(&server, &id).await;
    assert!(refusal(&page).contains("redirect_uri is not one"), "{}", page.answer.body);
    let client = server.client(&id).await.unwrap();
    assert_eq!((client.revision, client.name.as_str(), client.client_type.as_str()), (2, "Moved", "browser"));
    let names = events(&server, &id).await.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names, ["client.created", "client.updated"]);

    publisher.answer("/client.json", "404 Not Found", "text/plain", "");
    server.advance(Duration::minutes(6)).await;
    assert!(refusal(&asked(&server, &id).await).contains("came with 404"));
    assert_eq!(refresh(&server, &id, &first.refresh).await.0, 200, "who was let in stays");
    assert_eq!(publisher.connections(), 4, "token requests fetch nothing");
}

#[sqlx::test]
async fn failures_are_not_remembered(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.url("/client.json");

    refusal(&asked(&server, &id).await);
    publisher.publish("/client.json", &json!({}));

    assert!(asked(&server, &id).await.has_form("sign-in"), "it is mended at once");
}

/// SS-08
#[sqlx::test]
async fn ss_08_a_document_is_fetched_once_however_many_wait_for_it(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.publish("/client.json", &json!({}));

    let ask = || asked(&server, &id);
    let (one, two, three, four) = tokio::join!(ask(), ask(), ask(), ask());

    assert!([one, two, three, four].iter().all(|page| page.has_form("sign-in")));
    assert_eq!(publisher.connections(), 1);

    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let read = async |text: &str| {
        server
            .app
            .read_document_once("https://a.example/x", HERE, || async {
                begun.notify_one();
                end.notified().await;
                Err(NotRead::Refused(text.to_owned()))
            })
            .await
    };
    let let_go = async {
        begun.notified().await;
        end.notify_one();
    };
    let (first, second, ()) = tokio::join!(read("first"), read("second"), let_go);
    let same = |outcome: &Result<(), NotRead>| matches!(outcome, Err(NotRead::Refused(text)) if text == "first");
    assert!(same(&first) && same(&second), "{first:?} {second:?}");
    end.notify_one();
    assert!(matches!(read("third").await, Err(NotRead::Refused(text)) if text == "third"), "failures are not kept");
}

#[sqlx::test]
async fn two_nodes_that_meet_a_document_first_register_one_client(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let other = server.second_node_with(|settings| publisher.admit(settings, ENTRY)).await;
    for n in 0..4 {
        let id = publisher.publish(&format!("/{n}.json"), &json!({}));

        let (one, two) = tokio::join!(asked(&server, &id), asked(&other, &id));

        assert!(one.has_form("sign-in") && two.has_form("sign-in"), "{} {}", one.answer.body, two.answer.body);
        assert_eq!(events(&server, &id).await.len(), 1);
    }
}

#[sqlx::test]
async fn who_is_disabled_stays_so_whatever_the_document_says(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.publish("/client.json", &json!({}));
    let tokens = tokens(&server, &id).await;

    clients::set_enabled(&server.app, &admin(), &id, false).await.unwrap();
    publisher.publish("/client.json", &json!({"client_name": "Another"}));
    server.advance(Duration::days(1)).await;

    assert!(refusal(&asked(&server, &id).await).contains("disabled"));
    assert_eq!(refresh(&server, &id, &tokens.refresh).await.1, "invalid_client");
    assert_eq!(publisher.connections(), 1, "its document is not asked for");
    server.advance(Duration::days(90)).await;
    server.run_job("old_client_documents").await.unwrap();
    assert!(!server.client(&id).await.unwrap().enabled, "it is not forgotten either");
}

#[sqlx::test]
async fn a_host_that_leaves_the_list_takes_its_clients_along(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.publish("/client.json", &json!({}));
    let tokens = tokens(&server, &id).await;
    let narrower = server.second_node_with(|settings| publisher.admit(settings, "openid offline_access")).await;
    let without = |settings: &mut Settings| {
        publisher.admit(settings, "");
        settings.document_hosts = vec!["agents.example".parse().unwrap()];
    };
    let without = server.second_node_with(without).await;

    assert_eq!(narrower.introspect(&tokens.access).await["active"], false, "the API is not on the list any more");
    assert_eq!(narrower.client(&id).await.unwrap().scopes.to_string(), "openid offline_access");
    assert!(refusal(&asked(&without, &id).await).contains("documents of its host"));
    assert_eq!(refresh(&without, &id, &tokens.refresh).await.1, "invalid_client");
    assert_eq!(without.introspect(&tokens.access).await["active"], false);
    assert_eq!(refresh(&server, &id, &tokens.refresh).await.0, 200, "who may, may still");
}

#[sqlx::test]
async fn consent_is_asked_each_time_and_never_skipped(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.publish("/client.json", &json!({"redirect_uris": ["https://agents.example/cb"]}));
    let asking = [("client_id", id.as_str()), ("redirect_uri", "https://agents.example/cb"), ("scope", "openid")];
    let mut browser = server.browser();
    let page = browser.obtain("alice", &asking).await;
    assert!(!page.code().is_empty());

    let again = browser.authorize(&asking).await;
    let silent = browser.authorize(&[&asking[..], &[("prompt", "none")]].concat()).await;

    assert!(again.has_form("consent"), "{}", again.uri);
    for words in ["agents.example", "We ask you again the next time"] {
        assert!(again.answer.body.contains(words), "{words}");
    }
    assert_eq!(silent.error(), "interaction_required");
    let account = browser.open("/account/applications").await;
    assert!(account.answer.body.contains("Not checked by this organisation"), "{}", account.answer.body);
}

#[sqlx::test]
async fn the_console_shows_whose_words_they_are_and_changes_none(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let id = publisher.publish("/client.json", &json!({}));
    asked(&server, &id).await;
    let (mut browser, list) = console::signed_in(&server, "admin").await;
    let (_, path) = list.answer.body.split_once("href=\"/admin/clients/https").unwrap();
    let path = format!("/admin/clients/https{}", path.split('"').next().unwrap());

    let page = browser.open(&path).await;
    let edit = browser.open(&format!("{path}/edit")).await;
    let client = server.client(&id).await.unwrap();
    let refused = clients::update(&server.app, &admin(), &id, client.revision, &client.metadata).await;
    let disabled = browser.submit(&format!("{path}/enabled"), &[("enabled", "false")]).await;

    assert_eq!(page.answer.status, StatusCode::OK, "{path}");
    assert!(page.answer.body.contains("describes itself") && !page.answer.body.contains("Change client"));
    assert_eq!(edit.answer.status, StatusCode::CONFLICT, "{}", edit.answer.body);
    assert!(refused.unwrap_err().to_string().contains("described by its document"));
    assert!(disabled.answer.status.is_success() && disabled.answer.body.contains("Enable client"), "{}", disabled.uri);
    assert!(!server.client(&id).await.unwrap().enabled);
    let asks = browser.open(&format!("{path}/delete")).await;
    assert!(asks.answer.status.is_success(), "{}", asks.answer.body);
}

#[sqlx::test]
async fn who_comes_no_more_is_forgotten(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let (used, unused) = (publisher.publish("/used.json", &json!({})), publisher.publish("/unused.json", &json!({})));
    tokens(&server, &used).await;
    asked(&server, &unused).await;

    server.advance(Duration::days(29)).await;
    client_documents::remove_unused(&server.app).await.unwrap();
    assert!(server.client(&unused).await.is_some());
    server.advance(Duration::days(2)).await;
    server.run_job("old_client_documents").await.unwrap();

    assert!(server.client(&unused).await.is_none() && server.client(&used).await.is_some());
    assert!(server.client("native").await.is_some(), "it was registered by somebody");
    let last = events(&server, &unused).await.pop();
    assert_eq!(last, Some(("client.deleted".to_owned(), Some("system".to_owned()))));
    assert!(asked(&server, &unused).await.has_form("sign-in"), "it may come back");
}

#[sqlx::test]
async fn a_host_cannot_fill_the_registry(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let first = publisher.publish("/0.json", &json!({}));
    asked(&server, &first).await;
    let copies = "
        insert into clients (client_id, metadata, origins, enabled, created_at, updated_at)
        select replace(client_id, '/0.json', '/copy/' || n), metadata, origins, enabled, created_at, updated_at
        from clients, generate_series(1, 99) n where client_id = $1
    ";
    sqlx::query(copies).bind(&first).execute(&server.db).await.unwrap();
    let one_more = publisher.publish("/one-more.json", &json!({}));

    assert!(refusal(&asked(&server, &one_more).await).contains("there may be no more"));
    assert!(asked(&server, &first).await.has_form("sign-in"), "who is there stays");
}

#[sqlx::test]
async fn who_causes_many_failures_waits(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, publisher) = reading(options).await;
    let good = publisher.publish("/client.json", &json!({}));
    asked(&server, &good).await;
    let mut statuses = Vec::new();
    for _ in 0..70 {
        statuses.push(asked(&server, &publisher.url("/nothing")).await.answer.status.as_u16());
    }

    let fetched = publisher.connections();
    assert!(statuses.contains(&400) && statuses.last() == Some(&429), "{statuses:?}");
    assert!(fetched <= 62, "no more calls are made for this address: {fetched}");
    assert!(asked(&server, &good).await.has_form("sign-in"), "who is known is served");
    server.advance(Duration::minutes(2)).await;
    assert_eq!(asked(&server, &publisher.url("/nothing")).await.answer.status, StatusCode::BAD_REQUEST);
}

/// Only documents make such ids, and what an administrator registers is no document's.
#[sqlx::test]
async fn nobody_registers_a_url_by_hand(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, _) = reading(options).await;
    let mut new =
        portcullis::policy::new_client::NewClient::from(server.client("native").await.unwrap().metadata.clone());
    new.client_id = Some("https://agents.example/client.json".to_owned());

    let refused = clients::create(&server.app, &admin(), new).await.err().unwrap().to_string();

    assert!(refused.contains("1 to 128 letters"), "{refused}");
    let found = store::clients::find(&server.db, "https://agents.example/client.json").await.unwrap();
    assert!(found.is_none());
}
