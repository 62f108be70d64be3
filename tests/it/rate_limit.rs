//! Requests that are too many.

use std::{path::PathBuf, process::Stdio, time::Duration};

use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use portcullis::config::{Rates, SecretText};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::{
    server::{Answer, SECRET, Server},
    throttle::behind_proxy,
};

const SLOW: Rates = Rates { pages: 1, tokens: 1, questions: 1 };

async fn get(server: &Server, address: &str, uri: &str) -> Answer {
    let request = Request::get(uri).header("x-forwarded-for", address).body(Body::empty());
    server.send(request.unwrap()).await
}

async fn token(server: &Server, address: &str) -> Answer {
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("service:{SECRET}"))))
        .header("x-forwarded-for", address)
        .body(Body::from("grant_type=client_credentials&scope=records:read"));
    server.send(request.unwrap()).await
}

#[sqlx::test]
async fn d4_an_address_that_asks_too_often_is_told_when_to_come_back(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start_with(options, |settings| settings.defence.rates = SLOW).await);

    for n in 0..10 {
        let page = get(&server, "198.51.100.7", "/sign-in").await;
        assert_eq!(page.status, 200, "{n}");
        assert_eq!(page.header("ratelimit-policy"), "\"address\";q=10;w=10");
        assert!(page.header("ratelimit").starts_with(&format!("\"address\";r={};t=", 9 - n)), "{n}");
    }
    let page = get(&server, "198.51.100.7", "/sign-in").await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "1"));
    assert!(page.body.contains("<h1"), "people get a page");
    assert_eq!(get(&server, "198.51.100.8", "/sign-in").await.status, 200, "others are not concerned");

    for _ in 0..10 {
        get(&server, "198.51.100.7", "/oauth2/jwks").await;
    }
    let refused = get(&server, "198.51.100.7", "/oauth2/jwks").await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()), "programs get JSON");
    assert_eq!(refused.header("retry-after"), "1");
}

#[sqlx::test]
async fn d4_a_client_that_asks_too_often_is_refused_wherever_it_asks_from(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start_with(options, |settings| settings.defence.rates = SLOW).await);

    for n in 0..10 {
        assert_eq!(token(&server, &format!("198.51.{n}.7")).await.status, 200, "{n}");
    }
    let refused = token(&server, "198.51.99.7").await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()));
    assert_eq!(refused.header("ratelimit-policy"), "\"client\";q=10;w=10");
}

/// A Redis of our own, which ends with this value.
struct Redis {
    process: Child,
    folder: PathBuf,
}

impl Redis {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("portcullis-redis-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).unwrap();
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(folder.join("socket"))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("redis-server is installed by script/setup");
        let redis = Self { process, folder };
        while !redis.folder.join("socket").exists() {
            sleep(Duration::from_millis(10)).await;
        }
        redis
    }

    fn url(&self) -> SecretText {
        SecretText::new(&format!("unix://{}", self.folder.join("socket").display()))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[sqlx::test]
async fn d4_nodes_count_together_in_redis_and_alone_without_it(_: PgPoolOptions, options: PgConnectOptions) {
    let mut redis = Redis::start().await;
    let with_redis = |url: SecretText| {
        |settings: &mut portcullis::app::Settings| {
            settings.defence.rates = SLOW;
            settings.redis_url = Some(url);
        }
    };
    let server = Server::start_with(options, with_redis(redis.url())).await;
    let nodes = [behind_proxy(&server), behind_proxy(&server.second_node_with(with_redis(redis.url())).await)];

    for n in 0..10 {
        let page = get(&nodes[n % 2], "198.51.100.7", "/sign-in").await;
        assert_eq!(page.status, 200, "{n}");
        assert!(page.header("ratelimit").starts_with(&format!("\"address\";r={};t=", 9 - n)), "{n}");
    }
    for node in &nodes {
        assert_eq!(get(node, "198.51.100.7", "/sign-in").await.status, 429, "ten for both together");
    }

    redis.process.kill().await.unwrap();
    for n in 0..10 {
        assert_eq!(get(&nodes[0], "198.51.100.7", "/sign-in").await.status, 200, "it counts for itself: {n}");
    }
    assert_eq!(get(&nodes[0], "198.51.100.7", "/sign-in").await.status, 429);
}
