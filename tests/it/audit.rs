//! The record: every act once, and no act without it (decision D7).

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    console, imports,
    server::{PASSWORD, SECRET, Server, admin},
    tokens,
};
use portcullis::{
    config::TokenIssuanceRecord,
    policy::event::{Audience, Event, Outcome},
    registry::{ChangeError, clients, keys},
    store::audit_events::{self, Filter, RecordedEvent},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use uuid::Uuid;

/// The newest event; what happens later is what a test did.
async fn last(server: &Server) -> Uuid {
    audit_events::list(&server.db, &Filter::default(), 1).await.unwrap()[0].event_id
}

async fn since(server: &Server, last: Uuid) -> Vec<RecordedEvent> {
    let all = audit_events::list(&server.db, &Filter::default(), 1000).await.unwrap();
    let mut new = all.into_iter().take_while(|event| event.event_id != last).collect::<Vec<_>>();
    new.reverse();
    new
}

fn counted(events: &[RecordedEvent]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.event.as_str()).or_default() += 1;
    }
    counts
}

/// LP-03: each once, with who, what, when and by which request.
#[sqlx::test]
async fn lp_03_a_flow_leaves_each_of_its_events_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let before = last(&server).await;

    let mut browser = server.browser();
    let page = browser.authorize(&[]).await;
    let wrong = browser.submit(&page.uri, &[("username", "alice"), ("password", "wrong")]).await;
    let page = browser.sign_in(&wrong, "alice").await;
    let code = browser.consent(&page, "allow").await.code();
    let tokens = tokens::redeem(&server, &code).await.json();
    tokens::refresh(&server, tokens["refresh_token"].as_str().unwrap()).await;
    server.service_token().await;
    tokens::redeem(&server, &code).await;
    let again = browser.obtain("alice", &[]).await.code();
    let again = tokens::redeem(&server, &again).await.json();
    server.post("/oauth2/revoke", Some("web"), &[("token", again["refresh_token"].as_str().unwrap())]).await;
    server.post_with_secret("/oauth2/token", Some(("web", "wrong")), &[]).await;
    browser.authorize(&[("prompt", "none"), ("scope", "openid"), ("code_challenge", "short")]).await;
    browser.submit("/sign-out", &[]).await;

    let events = since(&server, before).await;
    let expected = [
        ("authorization.refused", 1),
        ("client.authentication", 1),
        ("code.issued", 2),
        ("code.redeemed", 2),
        ("code.replayed", 1),
        ("consent.given", 1),
        ("pkce.challenge_reused", 1),
        ("sign_in", 2),
        ("sign_out", 1),
        ("token.issued", 1),
        ("token.refreshed", 1),
        ("token.revoked", 1),
    ];
    assert_eq!(counted(&events), BTreeMap::from(expected));
    for event in &events {
        let failed = ["authorization.refused", "client.authentication", "code.replayed", "pkce.challenge_reused"]
            .contains(&event.event.as_str())
            || (event.event == "sign_in" && event.subject.is_none());
        assert_eq!(event.outcome, if failed { Outcome::Failure } else { Outcome::Success }, "{}", event.event);
        assert_eq!(event.reason.is_some(), failed, "{}", event.event);
        assert!(event.request_id.is_some() && event.ip.is_some(), "{event:?}");
        assert_eq!((event.at.offset(), event.version.as_str()), (time::UtcOffset::UTC, env!("CARGO_PKG_VERSION")));
        assert!(!event.node.is_empty());
        let of_browser = event.event.starts_with("sign");
        assert_eq!(event.client_id.is_none(), of_browser, "{event:?}");
        assert!(event.actor.is_some() || failed, "{event:?}");
    }
}

/// Many requests share one statement, and each still has its own event before its token leaves.
#[sqlx::test]
async fn requests_at_once_have_an_event_each(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let before = last(&server).await;

    let requests = (0..50).map(|_| {
        let server = server.clone();
        tokio::spawn(async move { server.service_token().await })
    });
    let mut issued = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        issued.push(tokens::payload(&request.await.unwrap())["jti"].as_str().unwrap().to_owned());
    }

    let events = since(&server, before).await;
    let mut recorded: Vec<_> =
        events.iter().map(|event| event.after.as_ref().unwrap()["jti"].as_str().unwrap().to_owned()).collect();
    issued.sort();
    recorded.sort();
    assert_eq!(recorded, issued);
}

/// Where the log is the record of tokens, only what writes another row needs the table.
#[sqlx::test]
async fn a_token_whose_record_is_the_log_writes_no_row(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.token_issuance = TokenIssuanceRecord::Log).await;
    let before = last(&server).await;

    let token = server.service_token().await;
    server.post_with_secret("/oauth2/token", Some(("service", "wrong")), &[]).await;

    assert_eq!(server.introspect(&token).await["active"], true);
    assert_eq!(counted(&since(&server, before).await), BTreeMap::from([("client.authentication", 1)]));
}

/// D7, OP-26: at every place that gives or changes something.
#[sqlx::test]
async fn d7_nothing_happens_that_cannot_be_recorded(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let mut signed_in = server.browser();
    let code = signed_in.obtain_code().await;
    let mut asked = server.browser();
    let question = asked.authorize(&[]).await;
    let mut anybody = server.browser();
    let sign_in = anybody.authorize(&[]).await;
    let consent = asked.sign_in(&question, "bob").await;
    let record = async |sql: &'static str| sqlx::query(sql).execute(&server.db).await.unwrap();

    record("alter table audit_events rename to lost_events").await;
    let credentials = [("grant_type", "client_credentials")];
    let clients_before = count(&server, "clients").await;
    for (what, answer) in [
        ("client credentials", server.token(Some("service"), &credentials).await),
        ("code", tokens::redeem(&server, &code).await),
        ("refresh", tokens::refresh(&server, &refresh).await),
        ("revoke", server.post("/oauth2/revoke", Some("web"), &[("token", &refresh)]).await),
        ("revoke", server.post("/oauth2/revoke", Some("web"), &[("token", &access)]).await),
        ("failed client", server.post_with_secret("/oauth2/token", Some(("service", "x")), &credentials).await),
        ("authorize", signed_in.authorize(&[]).await.answer),
        ("refused", anybody.authorize(&[("code_challenge", "short")]).await.answer),
        ("sign-in", anybody.submit(&sign_in.uri, &[("username", "alice"), ("password", PASSWORD)]).await.answer),
        ("wrong sign-in", anybody.submit(&sign_in.uri, &[("username", "alice"), ("password", "x")]).await.answer),
        (
            "console",
            server.browser().submit("/admin/sign-in", &[("username", "admin"), ("password", PASSWORD)]).await.answer,
        ),
        ("consent", asked.submit(&consent.uri, &[("decision", "allow")]).await.answer),
        ("denial", asked.submit(&consent.uri, &[("decision", "deny")]).await.answer),
        ("sign-out", signed_in.submit("/sign-out", &[]).await.answer),
    ] {
        assert_eq!(answer.status, 503, "{what}: {}", answer.body);
        assert!(!answer.header("retry-after").is_empty(), "{what}");
        let gave = ["ptc_", "eyJ", "__Host-sid=", "__Host-admin="]
            .map(|secret| format!("{:?}{}", answer.headers, answer.body).contains(secret));
        assert_eq!(gave, [false; 4], "{what}");
    }
    let created = clients::create(&server.app, &admin(), crate::registry::a_service("late")).await;
    assert!(matches!(created, Err(ChangeError::Internal(_))));
    let rotated = clients::rotate_secret(&server.app, &admin(), "service", Duration::ZERO).await;
    assert!(matches!(rotated, Err(ChangeError::Internal(_))));
    assert!(keys::rotate(&server.app, &admin(), None).await.is_err());
    record("alter table lost_events rename to audit_events").await;

    assert_eq!(count(&server, "clients").await, clients_before);
    assert_eq!(server.post_with_secret("/oauth2/token", Some(("service", SECRET)), &credentials).await.status, 200);
    assert_eq!(server.introspect(&access).await["active"], true, "nothing was revoked");
    assert_eq!(tokens::redeem(&server, &code).await.status, 200, "the code was not used up");
    assert_eq!(tokens::refresh(&server, &refresh).await.status, 200);
    assert!(!signed_in.authorize(&[]).await.has_form("sign-in"), "the session was not ended");
    assert!(!asked.authorize(&[]).await.redirected().contains_key("code"), "nothing was allowed");
}

async fn count(server: &Server, table: &'static str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(sql).fetch_one(&server.db).await.unwrap()
}

/// What was done to somebody and what somebody did are two questions.
#[sqlx::test]
async fn events_are_found_by_whom_they_concern_who_did_it_and_when(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let [root, alice] = [server.user_id("admin").await, server.user_id("alice").await].map(|id| format!("user:{id}"));
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    let path = format!("/admin/users/{}", server.user_id("alice").await);
    browser.submit(&format!("{path}/enabled"), &[("enabled", "false")]).await;
    server.service_token().await;
    let found = async |filter: Filter<'_>| {
        let events = audit_events::list(&server.db, &filter, 100).await.unwrap();
        events.into_iter().map(|event| event.event).collect::<Vec<_>>()
    };

    let to_alice = Filter { subject: Some(&alice), ..Filter::default() };
    let by_root = Filter { actor: Some(&root), event: Some("user"), ..Filter::default() };
    let by_alice = Filter { actor: Some(&alice), ..Filter::default() };
    let by_client = Filter { actor: Some("client:service"), ..Filter::default() };
    assert_eq!(found(to_alice).await[0], "user.disabled");
    assert_eq!(found(by_root).await, ["user.disabled"]);
    assert!(found(by_alice).await.is_empty(), "alice did nothing");
    assert_eq!(found(by_client).await, ["token.issued"]);
    let page = browser.open(&path).await.answer;
    assert!(page.status == 200 && page.body.contains(" disabled "), "{}", page.body);
    let page = browser.open(&format!("/admin/audit?event=user&actor={root}")).await.answer;
    assert!(page.body.contains(" disabled ") && !page.body.contains(" added "), "{}", page.body);

    let disabled = &audit_events::list(&server.db, &Filter { event: Some("user.disabled"), ..Filter::default() }, 1)
        .await
        .unwrap()[0];
    for (from, until, is_found) in [(0, 1, true), (1, 2, false), (-1, 0, false)] {
        let at = |ms| Some(disabled.at + Duration::milliseconds(ms));
        let then = Filter { event: Some("user.disabled"), from: at(from), until: at(until), ..Filter::default() };
        assert_eq!(found(then).await.len() == 1, is_found, "{from} {until}");
    }
}

/// A row of the table that nothing writes would tell of something that never happens.
#[test]
fn every_event_is_written() {
    let sources = imports::sources().into_iter().filter(|(file, ..)| !file.starts_with("policy/event"));
    let code = sources.map(|(_, _, text)| text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
    let code = code.collect::<String>();
    let names = code.split("Event::").skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap());
    let written = names.collect::<BTreeSet<_>>();
    for event in Event::ALL {
        assert!(written.contains(format!("{event:?}").as_str()), "{event:?}");
    }
}

/// docs/audit.md has the table of all events, as the code has it.
#[test]
fn the_documentation_lists_every_event() {
    let documented = include_str!("../../docs/audit.md").split("\n## Events\n\n").nth(1).unwrap();
    let rows = Event::ALL.iter().map(|event| {
        let who = match event.audience() {
            Audience::Auditors => "",
            Audience::User(_) => "the user",
            Audience::ClientOwner => "the client’s owner",
        };
        let (outcome, severity) = (event.outcome().as_str(), event.severity().as_str());
        format!("| `{event}` | {outcome} | {severity} | {who} | {} |\n", event.meaning())
    });
    let table = "| event | outcome | severity | who sees it too | meaning |\n|---|---|---|---|---|\n".to_owned()
        + &rows.collect::<String>();
    assert!(documented == table, "put this table at the end of docs/audit.md:\n{table}");
}

/// What somebody typed instead of a name may be their password.
#[sqlx::test]
async fn a_failed_sign_in_does_not_record_what_was_typed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let before = last(&server).await;

    server.browser().submit("/sign-in", &[("username", "hunter2 hunter2"), ("password", "hunter2 hunter2")]).await;
    server.post_with_secret("/oauth2/token", Some(("hunter2 hunter2", "x")), &[]).await;

    let events = since(&server, before).await;
    assert_eq!(counted(&events), BTreeMap::from([("client.authentication", 1), ("sign_in", 1)]));
    assert!(!format!("{events:?}").contains("hunter2"));
}
