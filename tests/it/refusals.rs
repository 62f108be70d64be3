//! What is refused leaves a trace: a line in the log for each, and in the record the first of its kind and then a number
//! (decision D14).

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration as RealTime, Instant},
};

use axum::{body::Body, http::Request};
use portcullis::{
    policy::event::Outcome,
    store::audit_events::{self, Filter, RecordedEvent},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tracing::subscriber::DefaultGuard;
use url::form_urlencoded;

use crate::{
    browser::{Browser, Page, callback},
    console, pages,
    server::{Server, Tokens},
    throttle::behind_proxy,
};

/// What is logged while it lives, by everything on this thread.
pub struct Log {
    lines: Arc<Mutex<Vec<u8>>>,
    _guard: DefaultGuard,
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(part)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn begin() -> Self {
        let lines = Arc::<Mutex<Vec<u8>>>::default();
        let shared = Arc::clone(&lines);
        let log = tracing_subscriber::fmt().json().with_writer(move || Shared(Arc::clone(&shared))).finish();
        Self { lines, _guard: tracing::subscriber::set_default(log) }
    }

    /// The fields of the lines of this target since the last call.
    pub fn take(&self, target: &str) -> Vec<Value> {
        let text = std::mem::take(&mut *self.lines.lock().unwrap());
        let lines = String::from_utf8(text).unwrap();
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == target).map(|line| line["fields"].clone()).collect()
    }
}

/// LP-03: by the code that the client is told, and with the client's id, if a client has it.
#[sqlx::test]
async fn lp_03_a_refusal_is_logged_with_its_code_and_its_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("web").await;
    server.post("/oauth2/revoke", Some("web"), &[("token", &tokens.refresh)]).await;
    let log = Log::begin();
    let said = |error: &str, client: Value| {
        let lines = log.take("refusal");
        let [line] = &lines[..] else { panic!("one line for {error}: {lines:?}") };
        assert_eq!((&line["error"], &line["client_id"]), (&json!(error), &client), "{line}");
        assert!(line["reason"].as_str().is_some_and(|reason| reason.len() > 10), "{line}");
    };

    server.redeem("web", "made up").await;
    said("invalid_grant", json!("web"));
    server.refresh("web", &tokens.refresh).await;
    said("invalid_grant", json!("web"));
    server.post("/oauth2/revoke", Some("web"), &[]).await;
    said("invalid_request", json!("web"));
    server.post("/oauth2/introspect", None, &[("client_id", "spa"), ("token", "x")]).await;
    said("invalid_client", json!("spa"));
    server.post_with_secret("/oauth2/token", Some(("web", "wrong")), &[]).await;
    said("invalid_client", json!("web"));
    server.post_with_secret("/oauth2/token", Some(("hunter2", "wrong")), &[]).await;
    said("invalid_client", Value::Null);
    server.get_with_token("/oauth2/userinfo", &tokens.access).await;
    said("invalid_token", json!("web"));
    server.get_with_token("/oauth2/userinfo", "made up").await;
    said("invalid_token", Value::Null);
    server.browser().authorize(&[("prompt", "none")]).await;
    said("login_required", json!("web"));
    server.browser().authorize(&[("code_challenge", "short")]).await;
    said("invalid_request", json!("web"));
}

/// LP-03: also what is not answered in the words of an RFC.
#[sqlx::test]
async fn lp_03_a_refusal_on_a_page_is_logged_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let hint = server.tokens("web").await.id;
    let log = Log::begin();
    let said = |words: &str, client: Value| {
        let lines = log.take("refusal");
        let [line] = &lines[..] else { panic!("one line for {words}: {lines:?}") };
        assert!(line["reason"].as_str().is_some_and(|reason| reason.contains(words)), "{line}");
        assert_eq!(line["client_id"], client, "{line}");
    };
    let end_session = async |parameters: &[(&str, &str)]| {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        server.browser().open(&format!("/oauth2/end-session?{query}")).await
    };

    server.browser().authorize(&[("redirect_uri", "https://evil.example/")]).await;
    said("redirect_uri", json!("web"));
    server.browser().authorize(&[("client_id", "hunter2")]).await;
    said("No application", Value::Null);
    pages::post(&mut server.browser(), "/sign-in", &[("sec-fetch-site", "cross-site")], "username=alice").await;
    said("another site", Value::Null);
    end_session(&[("client_id", "web"), ("post_logout_redirect_uri", "https://evil.example/")]).await;
    said("post_logout_redirect_uri", json!("web"));
    end_session(&[("id_token_hint", "made up")]).await;
    said("id_token_hint", Value::Null);
    end_session(&[("id_token_hint", &hint), ("client_id", "spa")]).await;
    said("id_token_hint", Value::Null);
    end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://web.example/bye")]).await;
    assert!(log.take("refusal").is_empty(), "nothing is wrong with that");
}

/// A library that lacks a switch is told which, as far as that tells nobody what is registered. The log tells it all.
#[sqlx::test]
async fn a_librarys_mistake_is_met_with_what_to_change(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let log = Log::begin();
    let logged = |target: &str, field: &str| {
        let lines = log.take(target);
        lines.last().unwrap()[field].as_str().unwrap_or_default().to_owned()
    };

    for (changes, told) in [
        ([("code_challenge", ""), ("code_challenge_method", "")], "most libraries have a switch for it"),
        ([("code_challenge_method", ""), ("prompt", "")], "code_challenge_method=S256"),
        ([("code_challenge_method", "plain"), ("prompt", "")], "switch for PKCE to S256"),
    ] {
        let answer = server.browser().authorize(&changes).await.redirected();
        assert!(answer["error"] == "invalid_request" && answer["error_description"].contains(told), "{answer:?}");
        assert!(logged("refusal", "hint").contains("docs/integrate.md"), "{changes:?}");
    }

    let page = server.browser().authorize(&[("redirect_uri", "https://web.example/callback/")]).await;
    assert!(!page.answer.body.contains("nearest"), "what is registered stands on no public page: {}", page.answer.body);
    let reason = logged("audit", "reason");
    assert!(reason.ends_with("differs in the slash at the end: https://web.example/callback"), "{reason}");

    let described = |answer: &crate::server::Answer| answer.json()["error_description"].as_str().unwrap().to_owned();
    let code = [("grant_type", "authorization_code"), ("code", "x")];
    let mut told = Vec::new();
    for (basic, form, reason) in [
        (Some(("spa", "a secret that nobody made")), &code[..], "the client is public and has no secret"),
        (Some(("web", "a secret that nobody made")), &code[..], "the client secret is wrong"),
        (None, &[&code[..], &[("client_id", "web")]].concat()[..], "give the library its client_secret"),
        (Some(("nobody", "a secret that nobody made")), &code[..], "the client is unknown"),
    ] {
        told.push(described(&server.post_with_secret("/oauth2/token", basic, form).await));
        assert!(logged("audit", "reason").contains(reason), "{reason}");
    }
    assert!(told.iter().all(|one| *one == told[0] && one.contains("check client_id and client_secret")), "{told:?}");
}

/// Whoever is on call can tell a theft from a mistake by the log alone.
#[sqlx::test]
async fn the_line_of_an_event_says_how_severe_it_is(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;
    let log = Log::begin();

    server.redeem("web", &code).await;
    server.redeem("web", &code).await;

    let lines = log.take("audit");
    let said = lines.iter().map(|line| [&line["event"], &line["outcome"], &line["severity"]]);
    let expected = [["code.redeemed", "success", "info"], ["code.replayed", "failure", "alert"]];
    assert_eq!(said.collect::<Vec<_>>(), expected);
}

async fn events(server: &Server, event: &str) -> Vec<RecordedEvent> {
    let filter = Filter { event: Some(event), ..Filter::default() };
    let mut found = audit_events::list(&server.db, &filter, 1000).await.unwrap();
    found.retain(|event| event.outcome == Outcome::Failure);
    found.reverse();
    found
}

/// Until so many are recorded in all: what is counted is written by the node, of its own accord.
async fn recorded(server: &Server, event: &str, count: i32) -> Vec<RecordedEvent> {
    let deadline = Instant::now() + RealTime::from_secs(20);
    loop {
        let found = events(server, event).await;
        let sum: i32 = found.iter().map(|event| event.count).sum();
        assert!(sum <= count, "{event}: {sum}");
        if sum == count {
            return found;
        }
        assert!(Instant::now() < deadline, "{event}: {sum} of {count}");
        tokio::time::sleep(RealTime::from_millis(50)).await;
    }
}

/// D14: whatever somebody can do who has proven nothing.
#[sqlx::test]
async fn d14_what_strangers_cause_is_counted_and_not_recorded_row_by_row(_: PgPoolOptions, options: PgConnectOptions) {
    const TIMES: i32 = 9;
    let server = Server::start(options).await;
    let browser = || server.browser();
    let spent = server.tokens("spa").await;
    let code = browser().obtain_code_for("spa").await;
    Tokens::of(&server.redeem("spa", &code).await);
    server.redeem("spa", &code).await; // revokes what it was redeemed for, and is recorded with that
    let replayed = events(&server, "code.replayed").await.len();
    assert_eq!(replayed, 1);
    server.post("/oauth2/revoke", None, &[("client_id", "spa"), ("token", &spent.refresh)]).await;
    let cross_site = [("sec-fetch-site", "cross-site")];

    for n in 0..TIMES {
        let unknown = format!("client-{n}");
        browser().authorize(&[("redirect_uri", "https://evil.example/")]).await;
        browser().authorize(&[("client_id", &unknown)]).await;
        browser().authorize(&[("code_challenge", "short")]).await;
        browser().authorize(&[("prompt", "none")]).await;
        pages::post(&mut browser(), "/sign-in", &cross_site, "username=alice&password=x").await;
        server.post_with_secret("/oauth2/token", Some((&unknown, "wrong")), &[]).await;
        browser().submit("/sign-in", &[("username", &unknown), ("password", "wrong")]).await;
        browser().submit("/sign-in", &[("credential", "{}")]).await;
        server.redeem("spa", &code).await;
        server.refresh("spa", &spent.refresh).await;
    }

    let at_once = |event: &str| match event {
        "redirect.refused" => 2, // of a client, and of none
        _ => 1,
    };
    let counted = [
        ("redirect.refused", 2 * TIMES),
        ("authorization.refused", 2 * TIMES),
        ("form.refused", TIMES),
        ("client.authentication", TIMES),
        ("sign_in", TIMES),
        ("factor.used", TIMES),
        ("refresh_token", TIMES),
    ];
    for (event, _) in counted {
        let rows = events(&server, event).await;
        assert_eq!(rows.len(), at_once(event), "{event}");
        assert!(rows.iter().all(|row| row.count == 1 && row.request_id.is_some() && row.ip.is_some()), "{event}");
    }
    assert_eq!(events(&server, "code.replayed").await.len(), replayed + 1, "nothing ends by it any more");

    server.advance(Duration::seconds(61)).await;
    for (event, count) in counted {
        let rows = recorded(&server, event, count).await;
        assert_eq!(rows.len(), 2 * at_once(event), "{event}");
        let rest = rows.last().unwrap();
        assert_eq!((rest.ip.as_deref(), rest.user_agent.as_deref()), (Some("127.0.0.0/24"), None), "{event}");
        assert!(rest.reason.is_some(), "{event}");
    }
    recorded(&server, "code.replayed", TIMES + 1).await;
}

/// The attack that was found: refused authorization requests, a new text in each.
#[sqlx::test]
async fn d14_an_address_that_floods_the_record_gets_two_rows_a_minute(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.defence.rates.pages = 1000).await;
    let behind = behind_proxy(&server);
    let from = async |address: String, n: usize| {
        let request = Request::get(format!(
            "/oauth2/authorize?client_id=web&redirect_uri={}&response_type=code&scope=openid&state={n}",
            callback("web")
        ));
        let request = request.header("x-forwarded-for", address).header("user-agent", "x".repeat(8000));
        behind.send(request.body(Body::empty()).unwrap()).await
    };
    for n in 0..439 {
        assert_eq!(from(format!("198.51.100.{}", n % 250), n).await.status, 303);
    }
    from("198.51.101.7".into(), 0).await;

    let rows = events(&server, "authorization.refused").await;
    assert_eq!(rows.len(), 2, "one of each block");
    assert!(rows.iter().all(|row| row.user_agent.as_ref().is_some_and(|text| text.chars().count() <= 257)));
    server.advance(Duration::seconds(61)).await;
    let rows = recorded(&server, "authorization.refused", 440).await;
    assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [1, 1, 438]);

    let (mut admin, _) = console::signed_in(&server, "admin").await;
    let page = admin.open("/admin/audit?event=authorization").await.answer.body;
    assert!(page.contains("438 times within a minute"), "{page}");
}

/// D7: of what is counted, the first is still recorded before it is answered, and one that could not be is not lost.
#[sqlx::test]
async fn d7_the_first_refusal_is_recorded_or_not_answered(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let refused = async || -> Page {
        let mut browser: Browser = server.browser();
        browser.authorize(&[("redirect_uri", "https://evil.example/")]).await
    };
    let record = async |sql: &'static str| sqlx::query(sql).execute(&server.db).await.unwrap();

    record("alter table audit_events rename to lost_events").await;
    for _ in 0..3 {
        assert_eq!(refused().await.answer.status, 503);
    }
    record("alter table lost_events rename to audit_events").await;
    assert_eq!(refused().await.answer.status, 400);

    server.advance(Duration::seconds(61)).await;
    recorded(&server, "redirect.refused", 4).await;
}

/// A server that ends takes nothing with it, and both are on record.
#[sqlx::test]
async fn lp_03_the_start_and_the_end_of_a_server_are_recorded(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.app.started().await.unwrap();
    for _ in 0..5 {
        server.browser().authorize(&[("redirect_uri", "https://evil.example/")]).await;
    }
    server.app.stopped().await.unwrap();

    let counts = events(&server, "redirect.refused").await;
    assert_eq!(counts.iter().map(|row| row.count).collect::<Vec<_>>(), [1, 4]);
    let filter = Filter { event: Some("server"), ..Filter::default() };
    let ends = audit_events::list(&server.db, &filter, 10).await.unwrap();
    assert_eq!(ends.iter().map(|row| row.event.as_str()).collect::<Vec<_>>(), ["server.stopped", "server.started"]);
    for row in ends {
        assert_eq!((row.outcome, row.actor.as_deref()), (Outcome::Success, Some("system")));
        assert!(!row.node.is_empty() && row.version == env!("CARGO_PKG_VERSION"));
    }
}
