//! How clients prove who they are (RFC 6749 §2.3).

use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use portcullis::{
    protocol::{client::AuthMethod, client_metadata::ClientMetadata},
    registry::{ChangeError, clients},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::server::{Answer, SECRET, Server, admin, secret_of};

const FORM: &str = "application/x-www-form-urlencoded";
const CLIENT_CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

/// Posts a body with these `Authorization` headers.
async fn post(server: &Server, uri: &str, authorizations: &[String], body: &str) -> Answer {
    let mut request = Request::post(uri).header(header::CONTENT_TYPE, FORM);
    for authorization in authorizations {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    server.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// Libraries sign in by one way and refresh by the other. Both in one request stay an error.
#[sqlx::test]
async fn ca_05_a_secret_stands_in_the_header_or_in_the_body(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let in_header = [("grant_type", "client_credentials")];
    let in_body = [("grant_type", "client_credentials"), ("client_id", "service"), ("client_secret", SECRET)];

    for method in [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost] {
        for narrowed in [false, true] {
            let change = |service: &mut ClientMetadata| {
                (service.auth_method, service.require_auth_method) = (method, narrowed);
            };
            server.change_client("service", change).await;
            let header_works = !narrowed || method == AuthMethod::ClientSecretBasic;
            let body_works = !narrowed || method == AuthMethod::ClientSecretPost;
            let by_header = server.token(Some("service"), &in_header).await;
            let by_body = server.token(None, &in_body).await;
            let both = server.token(Some("service"), &in_body).await;
            for (answer, works) in [(by_header, header_works), (by_body, body_works)] {
                let expected = if works { 200 } else { 401 };
                assert_eq!(answer.status, expected, "{method:?} {narrowed} {}", answer.body);
                assert!(works || answer.body.contains("this client is registered for"), "who has the secret is helped");
            }
            assert_eq!(both.refusal(), (400, "invalid_request".to_owned()));
        }
    }
}

/// CA-05, CA-07, CA-08
#[sqlx::test]
async fn ca_05_only_the_registered_way_to_authenticate_works(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.change_client("service", |service| service.require_auth_method = true).await;
    let right = basic("service", SECRET);
    let wrong = basic("service", &SECRET.replace('A', "B"));
    let in_body = format!("client_id=service&client_secret={SECRET}");
    let spa_body = format!("client_id=spa&client_secret={SECRET}");
    let (failed, malformed) = ((401, "invalid_client"), (400, "invalid_request"));

    for uri in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        for (authorizations, body, (status, error)) in [
            (vec![], "", failed),
            (vec![], "client_id=service", failed),
            (vec![], "client_id=service&client_secret=", failed),
            (vec![], in_body.as_str(), failed), // registered for client_secret_basic
            (vec![], spa_body.as_str(), failed),
            (vec![], "client_id=nobody", failed),
            (vec![wrong.clone()], "", failed),
            (vec![basic("service", "")], "", failed),
            (vec![basic("service", &SECRET[..49])], "", failed),
            (vec![basic("Service", SECRET)], "", failed),
            (vec![basic("nobody", SECRET)], "", failed),
            (vec![basic("", "")], "", failed),
            (vec![basic("spa", SECRET)], "", failed),
            (vec![basic("spa", "")], "", failed),
            (vec![format!("Bearer {SECRET}")], "", failed),
            (vec!["Basic !!!".to_owned()], "", failed),
            (vec!["Basic".to_owned()], "", failed),
            (vec![format!("Basic {}", STANDARD.encode("service"))], "", failed),
            (vec![wrong.clone()], "client_id=service", failed),
            (vec![right.clone()], "client_id=web", malformed),
            (vec![right.clone()], in_body.as_str(), malformed),
            (vec![right.clone(), right.clone()], "", malformed),
            (vec![right.clone(), wrong.clone()], "", malformed),
            (vec![right.clone()], "client_id=service&client_id=service", malformed),
        ] {
            let body = format!("grant_type=client_credentials&token=x&{body}");
            let answer = post(&server, uri, &authorizations, &body).await;
            server.clock.advance(Duration::seconds(61)); // too many failures in a minute have another answer
            assert_eq!(answer.refusal(), (status, error.to_owned()), "{uri} {authorizations:?} {body}");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("www-authenticate").is_empty(), status == 400, "{uri} {authorizations:?} {body}");
        }
        for body in ["grant_type=client_credentials&token=x", "grant_type=client_credentials&token=x&client_id=service"]
        {
            assert_eq!(post(&server, uri, std::slice::from_ref(&right), body).await.status, 200, "{uri} {body}");
        }
    }
}

#[sqlx::test]
async fn ca_03_a_secret_in_the_url_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for uri in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        let uri = format!("{uri}?client_id=service&client_secret={SECRET}");
        for authorizations in [&[][..], &[basic("service", SECRET)]] {
            let answer = post(&server, &uri, authorizations, "grant_type=client_credentials&token=x").await;
            assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{uri}");
        }
    }
}

/// CA-09: which client ids exist cannot be told from the answers.
#[sqlx::test]
async fn ca_09_unknown_disabled_and_mistaken_clients_get_the_same_answer(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    clients::set_enabled(&server.app, &admin(), "records-api", false).await.unwrap();
    let mut answers = Vec::new();

    for (client, secret) in [
        ("nobody", "wrong"),
        ("nobody", SECRET),
        ("service", "wrong"),
        ("spa", "wrong"),
        ("records-api", "wrong"),
        ("records-api", &secret_of("records-api")),
    ] {
        let answer = server.post_with_secret("/oauth2/token", Some((client, secret)), &CLIENT_CREDENTIALS).await;
        let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id" && *name != "ratelimit");
        let headers = headers.map(|(name, value)| (name.to_string(), value.clone())).collect::<Vec<_>>();
        answers.push((answer.status, headers, answer.body));
    }

    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

/// CA-10: 256 random bits, kept as their SHA-256. One that was brought lies sealed.
#[sqlx::test]
async fn ca_10_a_client_secret_is_long_and_kept_as_its_hash(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let secret = clients::rotate_secret(&server.app, &admin(), "service", Duration::ZERO).await.unwrap();

    assert_eq!(secret.expose().strip_prefix("ptc_cs_").unwrap().len(), 43);
    let kept: Vec<Option<Vec<u8>>> =
        sqlx::query_scalar("select secret_hash from client_secrets where client_id = 'service' order by created_at")
            .fetch_all(&server.db)
            .await
            .unwrap();
    assert_eq!(kept, [None, Some(secret.hash().as_bytes().to_vec())]);
}

#[sqlx::test]
async fn ca_11_old_and_new_secret_overlap_and_then_only_the_new_one_works(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let status = async |server: &Server, secret: &str| {
        let client = Some(("service", secret));
        server.post_with_secret("/oauth2/token", client, &CLIENT_CREDENTIALS).await.status.as_u16()
    };

    let new = clients::rotate_secret(&server.app, &admin(), "service", Duration::hours(1)).await.unwrap();
    second.app.refresh().await.unwrap();

    for node in [&server, &second] {
        assert_eq!((status(node, SECRET).await, status(node, new.expose()).await), (200, 200), "during the overlap");
    }
    server.advance(Duration::hours(1)).await;
    for node in [&server, &second] {
        assert_eq!((status(node, SECRET).await, status(node, new.expose()).await), (401, 200), "after the overlap");
    }
    let newest = clients::rotate_secret(&server.app, &admin(), "service", Duration::ZERO).await.unwrap();
    second.app.refresh().await.unwrap();
    for node in [&server, &second] {
        assert_eq!((status(node, new.expose()).await, status(node, newest.expose()).await), (401, 200), "no overlap");
    }
}

#[sqlx::test]
async fn a_rotation_with_an_endless_overlap_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (client, overlap) in
        [("service", Duration::days(31)), ("service", Duration::seconds(-1)), ("spa", Duration::ZERO)]
    {
        let refused = clients::rotate_secret(&server.app, &admin(), client, overlap).await;
        assert!(matches!(refused, Err(ChangeError::Invalid(_) | ChangeError::NotPermitted(_))), "{client} {overlap}");
    }
    assert!(!server.service_token().await.is_empty());
}

#[sqlx::test]
async fn secrets_of_different_names_work_side_by_side(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let status = async |secret: &str| {
        let client = Some(("service", secret));
        server.post_with_secret("/oauth2/token", client, &CLIENT_CREDENTIALS).await.status.as_u16()
    };
    let add = async |name: &str, overlap| clients::add_secret(&server.app, &admin(), "service", name, overlap).await;

    let blue = add("blue", None).await.unwrap();
    let newer_blue = add("blue", Some(Duration::ZERO)).await.unwrap();
    assert_eq!(
        (status(SECRET).await, status(blue.expose()).await, status(newer_blue.expose()).await),
        (200, 401, 200),
        "a rotation reaches the secret of its name alone"
    );
    assert!(matches!(add("blue", None).await, Err(ChangeError::Invalid(_))), "the name is taken");
    for name in ["a\u{200b}b", &"n".repeat(41)] {
        assert!(matches!(add(name, None).await, Err(ChangeError::Invalid(_))), "{name}");
    }
    for name in ["green", "red", "white"] {
        add(name, None).await.unwrap();
    }
    assert!(matches!(add("one more", None).await, Err(ChangeError::Invalid(_))), "five are enough");
    assert!(matches!(add("red", Some(Duration::HOUR)).await, Err(ChangeError::Invalid(_))), "an overlap counts");

    let secrets = server.client("service").await.unwrap().secrets.clone();
    let ended = secrets.iter().find(|secret| secret.name == "blue" && secret.works(server.clock.now())).unwrap();
    clients::end_secret(&server.app, &admin(), "service", ended.secret_id).await.unwrap();
    assert_eq!((status(SECRET).await, status(newer_blue.expose()).await), (200, 401));
    for secret in secrets.iter().filter(|secret| !["", "blue"].contains(&secret.name.as_str())) {
        clients::end_secret(&server.app, &admin(), "service", secret.secret_id).await.unwrap();
    }
    let last = secrets.iter().find(|secret| secret.name.is_empty()).unwrap().secret_id;
    let kept = clients::end_secret(&server.app, &admin(), "service", last).await;
    assert!(matches!(kept, Err(ChangeError::NotPermitted(_))), "the last one stays");
}

/// Of two administrators who end the last two secrets at the same time, one is refused.
#[sqlx::test]
async fn two_who_end_the_last_two_secrets_leave_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    clients::add_secret(&server.app, &admin(), "service", "blue", None).await.unwrap();
    let secrets = server.client("service").await.unwrap().secrets.clone();
    let ends = secrets.iter().map(|secret| {
        let (app, secret_id) = (server.app.clone(), secret.secret_id);
        tokio::spawn(async move { clients::end_secret(&app, &admin(), "service", secret_id).await.is_ok() })
    });
    let mut ended = 0;
    for end in ends.collect::<Vec<_>>() {
        ended += usize::from(end.await.unwrap());
    }
    assert_eq!((ended, server.client("service").await.unwrap().secrets.len()), (1, 1));
}
