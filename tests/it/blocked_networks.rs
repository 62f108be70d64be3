//! Networks that administrators block for a while.

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::{
    app::Settings,
    model::office::Office,
    policy::block::{Block, MOST_BLOCKS, Wish},
    registry::{ChangeError, networks},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    admin_api::{mighty, problem},
    cli::{Program, text},
    console, offices,
    server::{Answer, Server, admin},
    throttle::behind_proxy,
};

const NETWORK: &str = "203.0.113.0/24";
const INSIDE: &str = "203.0.113.9";

/// What a request from an address is answered.
async fn get(server: &Server, address: &str, path: &str) -> Answer {
    let request = Request::get(path).header("x-forwarded-for", address).body(Body::empty()).unwrap();
    behind_proxy(server).send(request).await
}

async fn post(server: &Server, address: &str, path: &str) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-forwarded-for", address)
        .body(Body::from("grant_type=client_credentials"))
        .unwrap();
    behind_proxy(server).send(request).await
}

async fn block(server: &Server, network: &str, term: &str) -> Result<Block, ChangeError> {
    networks::block(&server.app, &admin(), &Wish { network, term, reason: "somebody guesses passwords" }).await
}

/// What the record has of networks: the event, the network, its reason.
async fn events(server: &Server) -> Vec<(String, String, Option<String>)> {
    let events = "select event, subject, reason from audit_events where event like 'network.%' order by event_id";
    sqlx::query_as(events).fetch_all(&server.db).await.unwrap()
}

/// Everything is refused that a client or a user could ask for, in the form in which they are told of errors there.
#[sqlx::test]
async fn what_comes_from_a_blocked_network_is_refused_everywhere(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    assert_eq!(get(&server, INSIDE, "/sign-in").await.status, 200);
    block(&server, NETWORK, "1h").await.unwrap();

    for path in
        ["/", "/sign-in", "/admin", "/account", "/oauth2/authorize?client_id=web", "/oauth2/end-session", "/nowhere"]
    {
        let page = get(&server, INSIDE, path).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (403, "text/html; charset=utf-8"), "{path}");
        assert!(page.body.contains("You cannot use this service from here"), "{path}: {}", page.body);
        assert_eq!(page.header("set-cookie"), "", "{path}");
    }
    for path in ["/oauth2/jwks", "/.well-known/openid-configuration", "/oauth2/userinfo"] {
        let refused = get(&server, INSIDE, path).await;
        assert_eq!((refused.status.as_u16(), refused.json()["error_description"].is_string()), (403, true), "{path}");
    }
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"] {
        let refused = post(&server, INSIDE, path).await;
        assert_eq!((refused.status.as_u16(), refused.json()["error"].is_string()), (403, true), "{path}");
    }
    assert_eq!(problem(&get(&server, INSIDE, "/api/v1/clients").await), (403, "network_refused".into()));
    let preflight =
        Request::options("/oauth2/token").header("x-forwarded-for", INSIDE).header("origin", "https://a.example");
    let preflight = preflight.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
    assert_eq!(behind_proxy(&server).send(preflight).await.status, 403, "before anybody looks whose origin it is");
    let style = get(&server, INSIDE, "/sign-in").await;
    let (_, style) = style.body.split_once("/assets/").unwrap();
    let style = format!("/assets/{}", style.split('"').next().unwrap());
    assert_eq!(get(&server, INSIDE, &style).await.status, 200, "what the refusal is styled by");
    for outside in ["203.0.114.1", "203.0.112.255", "2001:db8::1", "::1"] {
        assert_eq!(get(&server, outside, "/sign-in").await.status, 200, "{outside}");
    }
    assert_eq!(get(&server, "::ffff:203.0.113.9", "/sign-in").await.status, 403, "the same address in other words");
    // Counted, and not recorded one by one.
    server.app.exchange_defence().await.unwrap();
    let counted =
        "select coalesce(sum(count), 0)::bigint from defence_tallies where what = 'blocked_networks.refusals'";
    assert!(sqlx::query_scalar::<_, i64>(counted).fetch_one(&server.db).await.unwrap() > 10);
    let recorded = "select count(*) from audit_events where ip = $1";
    assert_eq!(sqlx::query_scalar::<_, i64>(recorded).bind(INSIDE).fetch_one(&server.db).await.unwrap(), 0);
}

/// It ends by itself, or when somebody lets the network in again; a node that joins later knows it, and one whose database
/// went back knows what holds there.
#[sqlx::test]
async fn every_node_follows_and_a_block_ends_by_itself(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    block(&server, NETWORK, "1h").await.unwrap();
    block(&server, "2001:db8:7::/48", "90d").await.unwrap();
    second.app.refresh().await.unwrap();
    let late = server.second_node().await;

    for node in [&server, &second, &late] {
        assert_eq!(get(node, INSIDE, "/sign-in").await.status, 403);
        assert_eq!(get(node, "2001:db8:7::9", "/sign-in").await.status, 403);
    }
    server.advance(Duration::minutes(59)).await;
    assert_eq!(get(&second, INSIDE, "/sign-in").await.status, 403);
    server.advance(Duration::minutes(1)).await;
    assert_eq!(get(&second, INSIDE, "/sign-in").await.status, 200, "the hour is over");
    assert!(matches!(
        networks::unblock(&server.app, &admin(), NETWORK.parse().unwrap()).await,
        Err(ChangeError::Unknown)
    ));

    networks::unblock(&server.app, &admin(), "2001:db8:7::/48".parse().unwrap()).await.unwrap();
    second.app.refresh().await.unwrap();
    assert_eq!(get(&server, "2001:db8:7::9", "/sign-in").await.status, 200);
    assert_eq!(get(&second, "2001:db8:7::9", "/sign-in").await.status, 200);

    // A restored database: its rows and the place where nodes stand are other ones than those that they knew.
    block(&server, NETWORK, "1d").await.unwrap();
    second.app.refresh().await.unwrap();
    sqlx::query("delete from blocked_networks").execute(&server.db).await.unwrap();
    sqlx::query("update registry_changes set token = gen_random_uuid()").execute(&server.db).await.unwrap();
    second.app.refresh().await.unwrap();
    assert_eq!(get(&second, INSIDE, "/sign-in").await.status, 200);
}

#[sqlx::test]
async fn a_network_is_blocked_again_until_a_new_end_and_there_is_an_end_to_them(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let first = block(&server, "203.0.113.77/24", "1h").await.unwrap();
    let again = block(&server, NETWORK, "7d").await.unwrap();
    assert_eq!((first.network, again.ends_at - first.ends_at > Duration::days(6)), (again.network, true));
    networks::unblock(&server.app, &admin(), again.network).await.unwrap();
    let subject = format!("network:{NETWORK}");
    let blocked = |event: &str, reason: Option<&str>| (event.to_owned(), subject.clone(), reason.map(str::to_owned));
    let why = Some("somebody guesses passwords");
    assert_eq!(
        events(&server).await,
        [blocked("network.blocked", why), blocked("network.blocked", why), blocked("network.unblocked", None)]
    );

    let many = "insert into blocked_networks (network, reason, blocked_by, blocked_at, ends_at)
        select ('198.18.' || n / 256 || '.' || n % 256 || '/32')::cidr, 'many', 'cli', now(), now() + interval '2 hours'
        from generate_series(1, $1) n";
    let most = i32::try_from(MOST_BLOCKS).unwrap();
    sqlx::query(many).bind(most).execute(&server.db).await.unwrap();
    assert!(matches!(block(&server, NETWORK, "1h").await, Err(ChangeError::NotPermitted(_))));
    block(&server, "198.18.0.7", "1d").await.unwrap(); // one of them: no more than before
    sqlx::query("update blocked_networks set ends_at = blocked_at + interval '1 second' where network = '198.18.0.9'")
        .execute(&server.db)
        .await
        .unwrap();
    server.advance(Duration::minutes(1)).await;
    block(&server, NETWORK, "1h").await.unwrap();
}

/// At the console: from the page of attacks to the form, and back out again.
#[sqlx::test]
async fn the_console_blocks_and_lets_in_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;
    let refused = "insert into refused_networks (hour, network, count) values (date_trunc('hour', now()), $1, 12)";
    sqlx::query(refused).bind(NETWORK).execute(&server.db).await.unwrap();
    let attacks = browser.open("/admin/security").await.answer.body;
    assert!(attacks.contains("/admin/networks?network=203.0.113.0%2F24#block"), "{attacks}");
    let form = browser.open("/admin/networks?network=203.0.113.0%2F24").await.answer.body;
    assert!(form.contains("value=\"203.0.113.0/24\""), "{form}");

    for (fields, status, what) in [
        ([NETWORK, "1h", ""], 422, "Say why"),
        (["203.0.0.0/8", "1h", "why"], 422, "too wide"),
        (["127.0.0.1", "1h", "why"], 422, "the server itself"),
        ([NETWORK, "2h", "why"], 422, "Choose 1h"),
    ] {
        let form = [("network", fields[0]), ("for", fields[1]), ("reason", fields[2])];
        let page = browser.submit("/admin/networks", &form).await;
        assert_eq!(page.answer.status.as_u16(), status, "{fields:?}");
        assert!(page.answer.body.contains(what), "{fields:?}: {}", page.answer.body);
    }
    let wish = [("network", NETWORK), ("for", "7d"), ("reason", "Guesses <passwords>")];
    let page = browser.submit("/admin/networks", &wish).await;

    assert_eq!(page.uri, "/admin/networks?done=blocked", "{}", page.answer.body);
    assert!(page.answer.body.contains("Guesses &#60;passwords&#62;") && page.answer.body.contains("<bdi>admin</bdi>"));
    assert_eq!(get(&server, INSIDE, "/sign-in").await.status, 403);
    assert!(browser.open("/admin/security").await.answer.body.contains(">Blocked</span>"));
    let page = browser.submit("/admin/networks/unblock", &[("network", NETWORK)]).await;
    assert_eq!(page.uri, "/admin/networks?done=unblocked");
    assert_eq!(get(&server, INSIDE, "/sign-in").await.status, 200);
    assert_eq!(browser.submit("/admin/networks/unblock", &[("network", NETWORK)]).await.answer.status, 404);
    assert_eq!(browser.submit("/admin/networks/unblock", &[("network", "x")]).await.answer.status, 404);

    // Whoever took a session over some minutes ago shuts nobody out.
    server.advance(Duration::minutes(6)).await;
    let asked = browser.submit("/admin/networks", &wish).await;
    assert!(asked.has_form("reauthentication"), "{}", asked.answer.body);
    assert_eq!(get(&server, INSIDE, "/sign-in").await.status, 200);
}

/// Operators block; auditors see what is blocked; nobody blocks where they are themselves, nor our own proxies.
#[sqlx::test]
async fn who_may_block_and_what_is_never_blocked(_: PgPoolOptions, options: PgConnectOptions) {
    let with_proxy = |settings: &mut Settings| settings.trusted_proxies = vec!["198.51.100.0/24".parse().unwrap()];
    let server = Server::start_with(options, with_proxy).await;
    let refused = block(&server, "198.51.0.0/16", "1h").await;
    assert!(matches!(refused, Err(ChangeError::Invalid(why)) if why[0].message.contains("trusted proxy")));
    block(&server, NETWORK, "1h").await.unwrap();

    let mut operator = offices::at_console(&behind_proxy(&server), Office::Operator).await;
    let page = operator.open("/admin/networks").await.answer.body;
    assert!(page.contains("Unblock") && page.contains("id=\"block\""), "{page}");
    let mut auditor = offices::at_console(&server, Office::Auditor).await;
    let page = auditor.open("/admin/networks").await.answer.body;
    assert!(page.contains(NETWORK) && !page.contains("Unblock</button>") && !page.contains("id=\"block\""), "{page}");
}

/// The same by the admin API.
#[sqlx::test]
async fn programs_block_and_let_in_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let wish = json!({ "network": "2001:db8:7::1/48", "for": "1d", "reason": "Scans" });

    let made = machine.ask(&server, "POST /blocked-networks", wish).await;

    assert_eq!((made.status.as_u16(), made.header("location")), (201, "/api/v1/blocked-networks/2001:db8:7::-48"));
    let listed = machine.ask(&server, "GET /blocked-networks", Value::Null).await.json();
    assert_eq!(listed["items"], json!([made.json()]));
    assert_eq!(made.json()["blocked_by"], format!("client:{}", machine.client_id));
    assert_eq!(get(&server, "2001:db8:7:1::5", "/sign-in").await.status, 403);
    for (wish, code) in [
        (json!({ "network": "x", "for": "1d", "reason": "Scans" }), (422, "invalid")),
        (json!({ "network": "::/0", "for": "1d", "reason": "Scans" }), (422, "invalid")),
        (json!({ "network": NETWORK, "for": "1y", "reason": "Scans" }), (422, "invalid")),
        (json!({ "network": NETWORK, "for": "1d" }), (400, "malformed")),
        (json!({ "network": 7, "for": "1d", "reason": "Scans" }), (400, "malformed")),
        (json!({ "network": NETWORK, "for": "1d", "reason": "Scans", "by": "me" }), (400, "malformed")),
    ] {
        let refused = machine.ask(&server, "POST /blocked-networks", wish.clone()).await;
        assert_eq!(problem(&refused), (code.0, code.1.into()), "{wish}: {}", refused.body);
    }
    let end = "DELETE /blocked-networks/2001:db8:7::-48";
    assert_eq!(machine.ask(&server, end, Value::Null).await.status, 204);
    for gone in
        [end, "DELETE /blocked-networks/x", "DELETE /blocked-networks/2001:db8:7::%2F48", "DELETE /blocked-networks/-"]
    {
        assert_eq!(problem(&machine.ask(&server, gone, Value::Null).await), (404, "unknown".into()), "{gone}");
    }
    assert_eq!(get(&server, "2001:db8:7:1::5", "/sign-in").await.status, 200);
}

/// An administrator who is shut out gets in again at the command line.
#[sqlx::test]
async fn the_command_line_lets_an_administrator_in_again(_: PgPoolOptions, options: PgConnectOptions) {
    let portcullis = Program::new(&options);
    let server = Server::start(options).await;
    let made = portcullis.json("network block 203.0.113.9/24 --for 7d --reason Guessing", "");
    assert_eq!((&made["network"], &made["blocked_by"]), (&json!(NETWORK), &json!("cli")));
    server.app.refresh().await.unwrap();
    assert_eq!(get(&server, INSIDE, "/admin/sign-in").await.status, 403);
    assert_eq!(portcullis.json("network list", "").as_array().map(Vec::len), Some(1));

    let left = portcullis.json(&format!("network unblock {NETWORK}"), "");

    assert_eq!(left, json!([]));
    server.app.refresh().await.unwrap();
    assert_eq!(get(&server, INSIDE, "/admin/sign-in").await.status, 200);
    for (wrong, why) in [
        (format!("network unblock {NETWORK}"), "it does not exist"),
        ("network unblock everything".into(), "Write a network"),
        ("network block 10.0.0.0/8 --reason Wide".into(), "too wide"),
        (format!("network block {NETWORK} --for 1y --reason Long"), "Choose 1h"),
    ] {
        let output = portcullis.run(&wrong, "");
        assert!(!output.status.success() && text(&output.stderr).contains(why), "{wrong}: {}", text(&output.stderr));
    }
}
