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
    time::{sleep, timeout},
};
use url::Url;

use crate::{
    browser::callback,
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

/// Asks until the answer is 429, which is all that a test can demand while allowance grows back: a slow machine is asked
/// more often.
async fn until_refused(ask: impl AsyncFn(usize) -> Answer) -> Answer {
    for n in 0..60 {
        let answer = ask(n).await;
        if answer.status == 429 {
            return answer;
        }
        assert!(!answer.status.is_server_error(), "{n}: {}", answer.body);
    }
    panic!("60 requests were admitted where 10 are");
}

#[sqlx::test]
async fn d4_an_address_that_asks_too_often_is_told_when_to_come_back(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start_with(options, |settings| settings.defence.rates = SLOW).await);

    let first = get(&server, "198.51.100.7", "/sign-in").await;
    assert_eq!((first.status.as_u16(), first.header("ratelimit-policy")), (200, "\"address\";q=10;w=10"));
    assert_eq!(first.header("ratelimit"), "\"address\";r=9;t=1");
    let page = until_refused(async |_| get(&server, "198.51.100.7", "/sign-in").await).await;
    assert_eq!(page.header("retry-after"), "1");
    assert!(page.header("ratelimit").starts_with("\"address\";r=0;t="), "{}", page.header("ratelimit"));
    assert!(page.body.contains("<h1"), "people get a page");
    assert_eq!(get(&server, "198.51.100.8", "/sign-in").await.status, 200, "others are not concerned");

    let refused = until_refused(async |_| get(&server, "198.51.100.7", "/oauth2/jwks").await).await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()), "programs get JSON");
    assert_eq!(refused.header("retry-after"), "1");
}

/// A script of another origin is told that it asks too often, and when to come back.
#[sqlx::test]
async fn d4_a_refusal_can_be_read_by_who_may_read_the_answer(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start_with(options, |settings| settings.defence.rates = SLOW).await);
    let from_script = async |method: &str, uri: &str, origin: &str| {
        let request = Request::builder().method(method).uri(uri);
        let request = request.header("x-forwarded-for", "198.51.100.7").header("origin", origin);
        let request = request.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
        server.send(request).await
    };

    for uri in ["/oauth2/jwks", "/.well-known/openid-configuration"] {
        let refused = until_refused(async |_| from_script("GET", uri, "https://anybody.example").await).await;
        assert_eq!(refused.header("access-control-allow-origin"), "*", "{uri}");
        let exposed = "WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy";
        assert_eq!(refused.header("access-control-expose-headers"), exposed, "{uri}");
    }
    let origin = Url::parse(callback("spa")).unwrap().origin().ascii_serialization();
    let refused = until_refused(async |_| from_script("POST", "/oauth2/token", &origin).await).await;
    assert_eq!(refused.header("access-control-allow-origin"), origin);
    assert_eq!(
        from_script("OPTIONS", "/oauth2/token", &origin).await.status,
        204,
        "who asks first is let in to hear it"
    );
    let foreign = from_script("POST", "/oauth2/token", "https://foreign.example").await;
    assert!(foreign.header("access-control-allow-origin").is_empty());
}

#[sqlx::test]
async fn d4_a_client_that_asks_too_often_is_refused_wherever_it_asks_from(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start_with(options, |settings| settings.defence.rates = SLOW).await);

    assert_eq!(token(&server, "198.51.99.7").await.status, 200);
    let refused = until_refused(async |n| token(&server, &format!("198.51.{n}.7")).await).await;
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
        let is_ready = async {
            while !redis.folder.join("socket").exists() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_mins(1), is_ready).await.expect("redis-server opens its socket");
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

    let first = get(&nodes[0], "198.51.100.7", "/sign-in").await;
    assert_eq!(first.header("ratelimit"), "\"address\";r=9;t=1");
    let left = async |node: usize| {
        let page = get(&nodes[node], "198.51.100.7", "/sign-in").await;
        let (_, left) = page.header("ratelimit").split_once("r=").unwrap();
        left.split(';').next().unwrap().parse::<u32>().unwrap()
    };
    until_refused(async |_| get(&nodes[0], "198.51.100.7", "/sign-in").await).await;
    assert!(left(1).await < 9, "the other node has not counted one request, and yet hardly any is left");

    redis.process.kill().await.unwrap();
    assert_eq!(left(1).await, 9, "it counts for itself");
    until_refused(async |_| get(&nodes[1], "198.51.100.7", "/sign-in").await).await;
}
