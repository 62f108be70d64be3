//! Signing out everywhere: what clients hear of it, server to server and in the browser.

use std::time::Duration as RealTime;

use crate::{
    browser::{Browser, callback},
    receiver::{Manner, Received, Receiver},
    server::{ISSUER, Server, Tokens, admin, claims},
};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use portcullis::{
    accounts::{
        sign_out::{self, Ending},
        users,
    },
    policy::{event::Outcome, new_client::NewClient},
    protocol::{client::ClientType, client_metadata::ClientMetadata, signing_algorithm::SigningAlgorithm},
    registry::clients,
    store::audit_events::{self, Filter},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio_rustls::rustls::ProtocolVersion;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const BYE: &str = "https://web.example/bye";

/// A server whose web client hears of sign-outs at this receiver.
async fn telling(options: PgConnectOptions, receiver: &Receiver) -> Server {
    let server = Server::start_with(options, |settings| settings.outbound = receiver.settings()).await;
    let uri = receiver.url("/backchannel_logout");
    server.change_client("web", |web| web.backchannel_logout_uri = Some(uri)).await;
    Server::job("sign_outs").start(&server.app);
    server
}

async fn signed_in(server: &Server, client: &str) -> (Browser, Tokens) {
    let mut browser = server.browser();
    let code = browser.obtain_code_for(client).await;
    (browser, Tokens::of(&server.redeem(client, &code).await))
}

/// What a client reads in a logout token, after it has checked it.
async fn verified(server: &Server, received: &Received) -> Value {
    let token = received.body.strip_prefix("logout_token=").expect("nothing but the token");
    let jwks: JwkSet = serde_json::from_value(server.get("/oauth2/jwks").await.json()).unwrap();
    let header = decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&["web"]);
    validation.set_issuer(&[ISSUER]);
    let key = DecodingKey::from_jwk(jwks.find(header.kid.as_deref().unwrap()).unwrap()).unwrap();
    decode::<Value>(token, &key, &validation).unwrap().claims
}

/// Waits for what comes sooner or later, and not for ever.
async fn in_time(work: impl Future<Output = ()>) {
    tokio::time::timeout(RealTime::from_mins(1), work).await.expect("it takes less than a minute");
}

async fn undelivered(server: &Server) -> Vec<audit_events::RecordedEvent> {
    let filter = Filter { event: Some("logout.not_delivered"), ..Filter::default() };
    audit_events::list(&server.db, &filter, 100).await.unwrap()
}

async fn waiting(server: &Server) -> i64 {
    sqlx::query_scalar("select count(*) from logout_deliveries").fetch_one(&server.db).await.unwrap()
}

#[sqlx::test]
async fn lo_07_a_client_is_told_with_a_signed_token(_: PgPoolOptions, options: PgConnectOptions) {
    let mut receiver = Receiver::start(Manner::Status(200)).await;
    let server = telling(options, &receiver).await;
    server.change_client("web", |web| web.id_token_signed_response_alg = SigningAlgorithm::Ps256).await;
    let (mut browser, tokens) = signed_in(&server, "web").await;

    browser.submit("/sign-out", &[]).await;
    let received = receiver.next().await;

    assert!(received.head.starts_with("POST /backchannel_logout HTTP/1.1\r\n"), "{}", received.head);
    assert!(received.head.contains("content-type: application/x-www-form-urlencoded"), "{}", received.head);
    assert_eq!(received.tls, ProtocolVersion::TLSv1_3);
    let told = verified(&server, &received).await;
    let id_token = claims(&tokens.id);
    let mut names = told.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
    names.sort_unstable();
    assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"], "and no nonce");
    assert_eq!((&told["sub"], &told["sid"]), (&id_token["sub"], &id_token["sid"]));
    assert_eq!(told["events"], json!({ EVENT: {} }));
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 120);
    let token = received.body.strip_prefix("logout_token=").unwrap();
    assert_eq!(server.get_with_token("/oauth2/userinfo", token).await.status, 401, "it is nothing else");
}

/// LO-06: however a session ends.
#[sqlx::test]
async fn lo_06_every_end_of_a_session_is_told(_: PgPoolOptions, options: PgConnectOptions) {
    let mut receiver = Receiver::start(Manner::Status(204)).await;
    let server = telling(options, &receiver).await;
    let alice = server.user_id("alice").await;
    let end = async |way: usize| {
        let (mut browser, tokens) = signed_in(&server, "web").await;
        match way {
            0 => drop(browser.submit("/sign-out", &[]).await),
            1 => drop(sign_out::end(&server.app, &admin(), alice, Ending::All).await.unwrap()),
            2 => {
                let (mut elsewhere, _) = signed_in(&server, "spa").await;
                elsewhere.submit("/account/sessions", &[("end", "others")]).await;
            }
            3 => {
                let session = claims(&tokens.id)["sid"].as_str().unwrap().to_owned();
                let (mut elsewhere, _) = signed_in(&server, "spa").await;
                elsewhere.submit("/account/sessions", &[("end", &session)]).await;
            }
            _ => users::set_enabled(&server.app, &admin(), alice, false).await.unwrap(),
        }
        claims(&tokens.id)["sid"].clone()
    };

    for way in 0..5 {
        let session = end(way).await;
        assert_eq!(verified(&server, &receiver.next().await).await["sid"], session, "{way}");
    }
    assert!(receiver.is_empty(), "once each");
}

/// LO-08: three tries, of three seconds at most, and no redirect.
#[sqlx::test]
async fn lo_08_a_client_that_does_not_hear_is_told_three_times(_: PgPoolOptions, options: PgConnectOptions) {
    let mut receiver = Receiver::start(Manner::Status(302)).await;
    let server = telling(options, &receiver).await;
    let (mut browser, _) = signed_in(&server, "web").await;

    browser.submit("/sign-out", &[]).await;

    let mut ids = Vec::new();
    for manner in [Manner::Status(500), Manner::Hangs] {
        ids.push(verified(&server, &receiver.next().await).await["jti"].clone());
        receiver.behave(manner);
        server.advance(Duration::minutes(2)).await;
    }
    ids.push(verified(&server, &receiver.next().await).await["jti"].clone());
    in_time(async {
        while waiting(&server).await > 0 {
            tokio::time::sleep(RealTime::from_millis(100)).await;
        }
    })
    .await;
    let [event] = &undelivered(&server).await[..] else { panic!("one event") };
    assert_eq!((event.client_id.as_deref(), event.outcome), (Some("web"), Outcome::Failure));
    assert_eq!(event.subject.as_deref(), Some(format!("user:{}", server.user_id("alice").await).as_str()));
    assert!(event.reason.as_deref().is_some_and(|reason| !reason.contains("localhost")), "{event:?}");
    ids.dedup();
    assert_eq!((ids.len(), receiver.connections()), (3, 3), "a token for each try, and nothing else is called");
}

/// LO-08: the person waits for none of them. The answer comes while all hang: they never stop.
#[sqlx::test]
async fn lo_08_fifty_clients_that_hang_hold_nobody_up(_: PgPoolOptions, options: PgConnectOptions) {
    let receiver = Receiver::start(Manner::Hangs).await;
    let server = telling(options, &receiver).await;
    let (mut browser, _) = signed_in(&server, "web").await;
    for n in 1..50 {
        let (id, uri) = (format!("client-{n}"), format!("https://client-{n}.example/cb"));
        let metadata = ClientMetadata {
            name: id.clone(),
            redirect_uris: vec![uri.clone()],
            scopes: "openid".parse().unwrap(),
            backchannel_logout_uri: Some(receiver.url("/")),
            ..ClientMetadata::of_type(ClientType::Browser)
        };
        let new = NewClient { client_id: Some(id.clone()), ..metadata.into() };
        clients::create(&server.app, &admin(), new).await.unwrap();
        let request = [("client_id", id.as_str()), ("redirect_uri", &uri), ("scope", "openid")];
        browser.obtain("alice", &request).await.code();
    }

    let page = browser.submit("/sign-out", &[]).await;

    assert!(page.has_form("signed-out"));
    assert_eq!(waiting(&server).await, 50);
    in_time(async {
        while receiver.connections() < 50 {
            tokio::time::sleep(RealTime::from_millis(100)).await;
        }
    })
    .await;
}

/// SS-01: a client that names an address behind our walls is not called there.
#[sqlx::test]
async fn ss_01_a_logout_uri_leads_to_public_addresses_only(_: PgPoolOptions, options: PgConnectOptions) {
    let receiver = Receiver::start(Manner::Status(200)).await;
    let allowing = Server::start_with(options, |settings| settings.outbound = receiver.settings()).await;
    let uri = receiver.url("/");
    allowing.change_client("web", |web| web.backchannel_logout_uri = Some(uri)).await;
    let server = allowing.second_node_with(|settings| {
        settings.outbound = receiver.settings();
        settings.outbound.allowed_networks.clear();
    });
    let server = server.await;
    Server::job("sign_outs").start(&server.app);
    let (mut browser, _) = signed_in(&server, "web").await;

    browser.submit("/sign-out", &[]).await;
    in_time(async {
        while waiting(&server).await > 0 {
            server.advance(Duration::minutes(1)).await;
            tokio::time::sleep(RealTime::from_millis(100)).await;
        }
    })
    .await;

    let reason = undelivered(&server).await[0].reason.clone().unwrap();
    assert!(reason.contains("not public"), "{reason}");
    assert_eq!(receiver.connections(), 0);
}

/// OpenID Connect Front-Channel Logout §3: each client's page in a frame, and then on to the client that asked.
#[sqlx::test]
async fn the_browser_tells_clients_in_frames(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server
        .change_client("web", |web| {
            web.frontchannel_logout_uri = Some("https://web.example/out?a=b".into());
            web.frontchannel_logout_session_required = true;
        })
        .await;
    server.change_client("spa", |spa| spa.frontchannel_logout_uri = Some("https://spa.example/out".into())).await;
    let (mut browser, tokens) = signed_in(&server, "web").await;
    browser.obtain("alice", &[("client_id", "spa"), ("redirect_uri", callback("spa"))]).await.code();
    let session = claims(&tokens.id)["sid"].as_str().unwrap().to_owned();

    let request = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", BYE), ("state", "\"><a'&#")];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(request).finish();
    let page = browser.open(&format!("/oauth2/end-session?{query}")).await;

    let body = page.answer.body.replace("&#38;", "&");
    let web = format!("src=\"https://web.example/out?a=b&iss=https%3A%2F%2Fid.example&sid={session}\"");
    assert!(body.contains(&web) && body.contains("src=\"https://spa.example/out\""), "{body}");
    let onward = format!("<meta http-equiv=\"refresh\" content=\"0; url={BYE}?state=%22%3E%3Ca%27%26%23#\">");
    assert!(body.contains(&onward), "{body}");
    let policy = page.answer.header("content-security-policy");
    assert!(policy.contains("; frame-src https://spa.example https://web.example; "), "{policy}");
    assert!(!browser.cookies.contains_key("__Host-sid"));
    assert!(browser.authorize(&[]).await.has_form("sign-in"));

    let other = browser.open("/sign-out").await;
    assert!(!other.answer.header("content-security-policy").contains("frame-src"), "for that page only");
}

/// LO-10: who knows a session's id cannot end it.
#[sqlx::test]
async fn lo_10_a_session_id_alone_ends_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, tokens) = signed_in(&server, "web").await;
    let session = claims(&tokens.id)["sid"].as_str().unwrap().to_owned();

    for uri in ["/oauth2/end-session", "/sign-out", "/account/sessions"] {
        browser.open(&format!("{uri}?sid={session}&iss={ISSUER}&end={session}&client_id=web")).await;
        server.browser().open(&format!("{uri}?sid={session}&iss={ISSUER}")).await;
    }

    assert_eq!(server.introspect(&tokens.access).await["active"], true);
    assert_eq!(server.refresh("web", &tokens.refresh).await.status, 200);
}

#[sqlx::test]
async fn a_client_registers_where_it_is_told(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let metadata = server.get("/.well-known/openid-configuration").await.json();
    for name in ["backchannel_logout", "frontchannel_logout"] {
        assert_eq!(metadata[format!("{name}_supported")], true);
        assert_eq!(metadata[format!("{name}_session_supported")], true);
    }
    let refused = async |client: &str, change: fn(&mut ClientMetadata)| {
        let client = server.client(client).await.unwrap();
        let mut metadata = client.metadata.clone();
        change(&mut metadata);
        let changed = clients::update(&server.app, &admin(), &client.client_id, client.revision, &metadata).await;
        changed.unwrap_err().to_string()
    };

    type Change = fn(&mut ClientMetadata);
    let cases: [(&str, Change, &str); 7] = [
        ("web", |it| it.backchannel_logout_uri = Some("https://web.example:6379/out".into()), "backchannel"),
        ("web", |it| it.backchannel_logout_uri = Some("https://10.1.2.3/out".into()), "backchannel"),
        ("web", |it| it.backchannel_logout_uri = Some("http://web.example/out".into()), "backchannel"),
        ("web", |it| it.backchannel_logout_uri = Some("https://web.example/out#a".into()), "backchannel"),
        ("web", |it| it.frontchannel_logout_uri = Some("javascript:alert(1)".into()), "frontchannel"),
        ("web", |it| it.frontchannel_logout_uri = Some("https://other.example/out".into()), "frontchannel"),
        ("service", |it| it.backchannel_logout_uri = Some("https://web.example/out".into()), "backchannel"),
    ];
    for (client, change, field) in cases {
        let said = refused(client, change).await;
        assert!(said.starts_with(&format!("{field}_logout_uri")), "{said}");
    }
}
