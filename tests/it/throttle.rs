//! Who fails too often must wait; who has a right to come in gets in all the same.

mod ways_in;

use std::time::{Duration as StdDuration, Instant};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use portcullis::{
    authentication::throttle::{self, Account, Attempt, Kind, NotAdmitted},
    registry::clients,
    routes::{self, Edge},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::{task::JoinSet, time::sleep};
use url::form_urlencoded;

use crate::{
    browser::Browser,
    server::{Answer, PASSWORD, SECRET, Server, admin},
};

/// The same server, which believes what a proxy in this process says of addresses.
pub fn behind_proxy(server: &Server) -> Server {
    let edge = Edge { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Edge::default() };
    let mut behind = server.clone();
    behind.router = routes::router(&server.app, edge, Router::new()).unwrap();
    behind
}

fn sign_in_request(address: &str, username: &str, password: &str) -> Request<Body> {
    let form = [("username", username), ("password", password)];
    Request::post("/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("x-forwarded-for", address)
        .body(Body::from(form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()))
        .unwrap()
}

async fn sign_in(server: &Server, address: &str, username: &str, password: &str) -> Answer {
    server.send(sign_in_request(address, username, password)).await
}

/// So many wrong passwords, each from a network of its own; their statuses.
async fn fail(server: &Server, username: &str, times: u8) -> Vec<u16> {
    let mut statuses = Vec::new();
    for n in 0..times {
        statuses.push(sign_in(server, &format!("198.{n}.100.7"), username, "wrong").await.status.as_u16());
    }
    statuses
}

async fn token_from(server: &Server, address: &str, secret: &str) -> Answer {
    token_of("service", server, address, secret).await
}

async fn token_of(client: &str, server: &Server, address: &str, secret: &str) -> Answer {
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{client}:{secret}"))))
        .header("x-forwarded-for", address)
        .body(Body::from("grant_type=client_credentials&scope=records:read"));
    server.send(request.unwrap()).await
}

async fn events(server: &Server, event: &str) -> i64 {
    let count = sqlx::query_scalar("select count(*) from audit_events where event = $1").bind(event);
    count.fetch_one(&server.db).await.unwrap()
}

#[sqlx::test]
async fn lg_03_an_account_closes_after_ten_failures_and_opens_in_time(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);

    assert_eq!(fail(&server, "alice", 12).await, [[422; 10].as_slice(), &[429; 2]].concat());
    let refused = sign_in(&server, "203.0.113.1", "alice", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "the right password makes no difference");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    assert_eq!(sign_in(&server, "203.0.113.1", "bob", PASSWORD).await.status, 303, "others are not concerned");

    for _ in 0..20 {
        sign_in(&server, "203.0.113.1", "alice", "wrong").await;
    }
    server.advance(Duration::seconds(wait + 1)).await;
    assert_eq!(sign_in(&server, "203.0.113.1", "alice", PASSWORD).await.status, 303, "who knocks makes it no longer");
    assert_eq!(events(&server, "throttle.refused").await, 1, "one event, not one for each knock");
}

/// Not by the front door, where so many passwords at once would be too much for the machine of a test.
#[sqlx::test]
async fn lg_03_a_hundred_attempts_at_once_on_two_nodes_are_no_more_than_ten(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let (nodes, user_id) = ([server.clone(), server.second_node().await], server.user_id("alice").await);

    let mut attempts = JoinSet::new();
    for n in 0..100_usize {
        let app = nodes[n % 2].app.clone();
        attempts.spawn(async move {
            let address = &format!("198.{n}.100.7");
            let account = Some(Account::User(user_id));
            let attempt = Attempt { kind: Kind::Password, account, client: None, address, device_known: false };
            match throttle::attempt(&app, &attempt, app.clock.now()).await {
                Ok(_) => true,
                Err(NotAdmitted::Refused(_)) => false,
                Err(NotAdmitted::Internal(error)) => panic!("{error:?}"),
            }
        });
    }
    let admitted = attempts.join_all().await;
    assert_eq!(admitted.iter().filter(|admitted| **admitted).count(), 10);
}

#[sqlx::test]
async fn lg_03_a_known_device_gets_in_while_the_account_is_attacked(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    let mut known = server.browser();
    known.submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
    assert_eq!(known.cookies["__Host-device"].len(), 43);
    fail(&server, "alice", 10).await;
    known.cookies.retain(|name, _| name == "__Host-device");

    let mut stranger = server.browser();
    let refused = stranger.submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
    assert_eq!(refused.answer.status, 429);
    let other = Browser { cookies: known.cookies.clone(), ..server.browser() };
    assert_eq!(submit(other, "bob", "wrong").await, 422, "it is known for alice only, and bob's account is open");
    assert_eq!(submit(known.clone(), "alice", PASSWORD).await, 303);
    assert_eq!(
        sign_in(&server, "203.0.113.1", "alice", PASSWORD).await.status,
        303,
        "a success ends the attack's mark"
    );

    for _ in 0..10 {
        assert_eq!(submit(known.clone(), "alice", "wrong").await, 422);
    }
    assert_eq!(submit(known, "alice", PASSWORD).await, 429, "whoever has taken the device is stopped too");
}

async fn submit(mut browser: Browser, username: &str, password: &str) -> u16 {
    browser.request(sign_in_request("203.0.113.9", username, password)).await.status.as_u16()
}

#[sqlx::test]
async fn lg_04_a_network_that_tries_one_password_on_many_accounts_is_stopped(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = behind_proxy(&Server::start(options).await);
    let mut statuses = Vec::new();
    for n in 0..33 {
        let from = format!("198.51.100.{}", n * 7);
        statuses.push(sign_in(&server, &from, &format!("somebody{n}"), "wrong").await.status.as_u16());
    }
    assert_eq!(statuses, [[422; 30].as_slice(), &[429; 3]].concat());

    assert_eq!(sign_in(&server, "198.51.101.1", "alice", PASSWORD).await.status, 303, "the next network is free");
    server.advance(Duration::seconds(61)).await;
    assert_eq!(sign_in(&server, "198.51.100.1", "alice", PASSWORD).await.status, 303, "and this one after a minute");
}

#[sqlx::test]
async fn lg_06_all_spellings_of_a_name_have_one_counter(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    for spelling in ["Alice", "alice ", "\u{ff21}lice", " ALICE", "alice"] {
        assert_eq!(fail(&server, spelling, 2).await, [422; 2], "{spelling}");
    }
    assert_eq!(fail(&server, "\u{ff41}lice", 1).await, [429]);
}

#[sqlx::test]
async fn lg_07_an_address_that_a_stranger_writes_into_a_header_counts_for_nothing(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await; // trusts no proxy
    for n in 0..30 {
        let spoofed = format!("198.{n}.100.7");
        assert_eq!(sign_in(&server, &spoofed, &format!("somebody{n}"), "wrong").await.status, 422);
    }
    assert_eq!(sign_in(&server, "203.0.113.1", "alice", PASSWORD).await.status, 429);
}

#[sqlx::test]
async fn lg_02_names_that_nobody_has_are_throttled_in_the_same_words(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    let seen = async |username: &str| {
        let mut seen = Vec::new();
        for n in 0..12 {
            let answer = sign_in(&server, &format!("198.{n}.100.7"), username, "wrong").await;
            let message = answer.body.split("id=\"username-error\"").nth(1).map(|rest| rest[..150].to_owned());
            seen.push((answer.status, message));
        }
        seen
    };
    let (known, unknown) = (seen("alice").await, seen("nobody").await);
    assert!(known.iter().all(|(_, message)| message.is_some()), "there is a message to compare");
    assert_eq!(known, unknown);
}

#[sqlx::test]
async fn i7_a_success_clears_the_account_and_a_restart_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    for _ in 0..2 {
        assert_eq!(fail(&server, "alice", 9).await, [422; 9]);
        assert_eq!(sign_in(&server, "203.0.113.1", "alice", PASSWORD).await.status, 303);
    }
    fail(&server, "alice", 10).await;
    let restarted = behind_proxy(&server.second_node().await);
    assert_eq!(sign_in(&restarted, "203.0.113.1", "alice", PASSWORD).await.status, 429);
}

#[sqlx::test]
async fn ca_24_guesses_at_a_secret_stop_the_guesser_and_not_the_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (node, other_node) = (behind_proxy(&server), behind_proxy(&server.second_node().await));
    for n in 0..20 {
        assert_eq!(token_from(&node, "198.51.100.7", &format!("guess {n}")).await.status, 401, "{n}");
    }
    for secret in ["guess 0", "guess 20", SECRET] {
        let refused = token_from(&node, "198.51.100.7", secret).await;
        assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()));
        assert!((1..=60).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
    }
    assert_eq!(token_from(&node, "198.51.100.8", SECRET).await.status, 200, "the client itself, from elsewhere");

    let deadline = Instant::now() + StdDuration::from_secs(2);
    while token_from(&other_node, "198.51.100.7", SECRET).await.status != 429 {
        assert!(Instant::now() < deadline, "the other node learns of it");
        sleep(StdDuration::from_millis(50)).await;
    }
    server.advance(Duration::seconds(61)).await;
    for node in [node, other_node] {
        assert_eq!(token_from(&node, "198.51.100.7", SECRET).await.status, 200, "the block ends on time");
    }
}

/// CA-24: behind one gateway stand many. Whoever guesses there must wait; a client whose secret nobody can guess need not.
#[sqlx::test]
async fn ca_24_a_neighbour_cannot_shut_a_client_out(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    let ours = clients::rotate_secret(&server.app, &admin(), "service", Duration::ZERO).await.unwrap();
    let mut statuses = Vec::new();
    for n in 0..100 {
        statuses.push(token_from(&server, "198.51.100.7", &format!("guess {n}")).await.status.as_u16());
    }
    assert_eq!(statuses, [[401; 20].as_slice(), &[429; 80]].concat());

    assert_eq!(token_from(&server, "198.51.100.7", ours.expose()).await.status, 200, "the right one that we made");
    assert_eq!(token_from(&server, "198.51.100.7", "guess 100").await.status, 429, "and no wrong one after it");

    let public = async |secret: Option<&str>| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "spa")];
        let body = form.into_iter().chain(secret.map(|secret| ("client_secret", secret)));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(body).finish();
        let request = Request::post("/oauth2/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-forwarded-for", "198.51.100.7")
            .body(Body::from(body));
        server.send(request.unwrap()).await.status.as_u16()
    };
    for n in 0..20 {
        assert_eq!(public(Some(&format!("guess {n}"))).await, 401, "{n}");
    }
    assert_eq!(public(Some("guess")).await, 429);
    assert_eq!(
        public(None).await,
        400,
        "who has no secret cannot be shut out by wrong ones: only the token is refused"
    );
}

/// CA-24: a deployment that was forgotten tries its old secret again and again. That is no guessing.
#[sqlx::test]
async fn ca_24_a_wrong_secret_that_is_repeated_counts_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    for n in 0..50 {
        assert_eq!(token_from(&server, "198.51.100.7", "the old secret").await.status, 401, "{n}");
    }
    assert_eq!(token_from(&server, "198.51.100.7", SECRET).await.status, 200, "even one that somebody brought");
    let counted = "select recent from throttles where kind = 'client'";
    let counted: Vec<i32> = sqlx::query_scalar(counted).fetch_all(&server.db).await.unwrap();
    assert_eq!(counted, [1]);

    for n in 0..19 {
        assert_eq!(token_from(&server, "198.51.100.7", &format!("guess {n}")).await.status, 401, "{n}");
    }
    assert_eq!(token_from(&server, "198.51.100.7", "the old secret").await.status, 429, "it was one of the twenty");
    server.advance(Duration::seconds(61)).await;
    assert_eq!(token_from(&server, "198.51.100.7", "the old secret").await.status, 401, "in another minute");
}

/// CA-24: a site of IPv6 has 65,536 networks of /64 to guess from, and is one guesser.
#[sqlx::test]
async fn ca_24_who_guesses_from_a_whole_site_is_stopped_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    // Of a client that there is, 200 wrong ones everywhere halve the limits; so this is about one that nobody has.
    let guess =
        async |n: usize, from: String| token_of(&format!("made-up-{n}"), &server, &from, "guess").await.status.as_u16();

    let mut statuses = Vec::new();
    for n in 0..85 {
        statuses.push(guess(n, format!("2001:db8:1:{n:x}::7")).await);
    }
    assert_eq!(statuses, [[401; 80].as_slice(), &[429; 5]].concat(), "80 in a /56");
    for n in 0..240 {
        assert_eq!(guess(100 + n, format!("2001:db8:1:{:x}00::7", 1 + n % 200)).await, 401, "{n}");
    }
    assert_eq!(guess(400, "2001:db8:1:ff00::7".into()).await, 429, "320 in a /48");
    assert_eq!(guess(401, "2001:db8:2::7".into()).await, 401, "the next site");
}

/// An id that no client has is not worth a counter of its own: who makes them up is stopped by the address.
#[sqlx::test]
async fn ca_24_made_up_clients_are_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    for n in 0..20 {
        assert_eq!(token_of(&format!("made-up-{n}"), &server, "198.51.100.7", "guess").await.status, 401, "{n}");
    }
    assert_eq!(token_of("made-up-20", &server, "198.51.100.7", "guess").await.status, 429);
    assert_eq!(token_from(&server, "198.51.100.7", SECRET).await.status, 200, "a client that there is");
    assert_eq!(token_of("made-up-21", &server, "198.51.100.8", "guess").await.status, 401, "from elsewhere");

    let counters = "select key from throttles order by key";
    let counters: Vec<String> = sqlx::query_scalar(counters).fetch_all(&server.db).await.unwrap();
    assert_eq!(counters, ["client::198.51.100.7/32", "client::198.51.100.8/32"]);
}

#[sqlx::test]
async fn limits_tighten_while_many_fail_and_relax_when_they_stop(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.defence.tighten_above = 4).await;
    let server = behind_proxy(&server);
    for n in 0..20 {
        sign_in(&server, &format!("198.{n}.100.7"), &format!("somebody{n}"), "wrong").await;
    }
    eventually(&server, "defence.tightened").await;
    assert_eq!(fail(&server, "alice", 6).await, [422, 422, 422, 422, 422, 429], "half as many as usual");

    server.advance(Duration::minutes(16)).await;
    eventually(&server, "defence.relaxed").await;
    assert_eq!(fail(&server, "alice", 10).await, [422; 10]);
    assert_eq!((events(&server, "defence.tightened").await, events(&server, "defence.relaxed").await), (1, 1));
}

async fn eventually(server: &Server, event: &str) {
    let deadline = Instant::now() + StdDuration::from_secs(5);
    while events(server, event).await == 0 {
        assert!(Instant::now() < deadline, "{event}");
        sleep(StdDuration::from_millis(50)).await;
    }
    sleep(StdDuration::from_millis(50)).await; // the event is committed just before this node believes it
}

#[sqlx::test]
async fn networks_are_denied_kept_from_the_console_and_spared(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| {
        settings.defence.denied_networks = vec!["192.0.2.0/24".parse().unwrap()];
        settings.defence.console_networks = vec!["10.1.0.0/16".parse().unwrap()];
        settings.defence.allowed_networks = vec!["10.0.0.0/8".parse().unwrap()];
    });
    let server = behind_proxy(&server.await);
    let get = async |address: &str, uri: &str| {
        let request = Request::get(uri).header("x-forwarded-for", address).body(Body::empty()).unwrap();
        server.send(request).await.status.as_u16()
    };
    for (address, uri, status) in [
        ("192.0.2.9", "/sign-in", 403),
        ("192.0.2.9", "/oauth2/jwks", 403),
        ("198.51.100.7", "/sign-in", 200),
        ("198.51.100.7", "/admin/sign-in", 403),
        ("10.1.2.3", "/admin/sign-in", 200),
    ] {
        assert_eq!(get(address, uri).await, status, "{address} {uri}");
    }
    for n in 0..32 {
        assert_eq!(sign_in(&server, "10.9.9.9", &format!("somebody{n}"), "wrong").await.status, 422);
    }
}
