//! Requests that are too many.

use std::{path::PathBuf, process::Stdio, time::Duration};

use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use portcullis::{
    app::Settings,
    config::{Rates, SecretText},
    secret::{Handle, Secret, SecretKind},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::{
    browser::{VERIFIER, callback},
    server::{Answer, Server, secret_of},
    throttle::behind_proxy,
};

const SLOW: Rates = Rates { pages: 1, tokens: 1, questions: 1, api: 1 };

async fn get(server: &Server, address: &str, uri: &str) -> Answer {
    let request = Request::get(uri).header("x-forwarded-for", address).body(Body::empty());
    server.send(request.unwrap()).await
}

/// A token request of one of the fixed clients from an address: public ones say their id, others use HTTP Basic.
async fn token(server: &Server, address: &str, client: &str, form: &[(&str, &str)]) -> Answer {
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-forwarded-for", address);
    let (request, id) = if matches!(client, "spa" | "native") {
        (request, Some(("client_id", client)))
    } else {
        let pair = STANDARD.encode(format!("{client}:{}", secret_of(client)));
        (request.header(header::AUTHORIZATION, format!("Basic {pair}")), None)
    };
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form.iter().copied().chain(id)).finish();
    server.send(request.body(Body::from(form)).unwrap()).await
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
async fn an_address_that_asks_too_often_is_told_when_to_come_back(_: PgPoolOptions, options: PgConnectOptions) {
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
async fn a_refusal_can_be_read_by_who_may_read_the_answer(_: PgPoolOptions, options: PgConnectOptions) {
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
        let exposed = "WWW-Authenticate, DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy";
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
async fn a_client_that_asks_too_often_is_refused_wherever_it_asks_from(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start_with(options, |settings| settings.defence.rates = SLOW).await);

    let own = [("grant_type", "client_credentials"), ("scope", "records:read")];
    let ask = async |address: &str| token(&server, address, "service", &own).await;

    assert_eq!(ask("198.51.99.7").await.status, 200);
    let refused = until_refused(async |n| ask(&format!("198.51.{n}.7")).await).await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()));
    assert_eq!(refused.header("ratelimit-policy"), "\"client\";q=10;w=10");
}

/// CO-14: who guesses codes, even with the right id in them, hears the same each time and is soon told to wait: a client
/// that authenticates wherever it asks from, and one that cannot by its address. Nobody else is, and no guess burns a code.
#[sqlx::test]
async fn co_14_who_guesses_codes_must_soon_wait(_: PgPoolOptions, options: PgConnectOptions) {
    let slow = |settings: &mut Settings| settings.defence.rates.tokens = 1;
    let server = behind_proxy(&Server::start_with(options, slow).await);
    let mut browser = server.browser();
    let (of_spa, of_native) = (browser.obtain_code_for("spa").await, browser.obtain_code_for("native").await);
    let redeem = async |address: &str, client: &str, code: &str| {
        let form = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
        token(&server, address, client, &form).await
    };
    let guess = async |address: &str, client: &str, n: usize| {
        let known = Handle::parse(SecretKind::AuthorizationCode, &of_spa).unwrap().id;
        let id = if n.is_multiple_of(2) { known } else { Uuid::now_v7() };
        let code = Secret::generate_with_id(SecretKind::AuthorizationCode, id);
        let answer = redeem(address, client, code.expose()).await;
        assert!(answer.status == 429 || answer.refusal() == (400, "invalid_grant".into()), "{n}: {}", answer.body);
        answer
    };

    let refused = until_refused(async |n| guess(&format!("198.51.{n}.7"), "web", n).await).await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()));
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit-policy")), ("1", "\"client\";q=10;w=10"));
    let refused = until_refused(async |n| guess("198.51.100.7", "spa", n).await).await;
    assert_eq!(refused.refusal(), (429, "temporarily_unavailable".into()));
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit-policy")), ("1", "\"address\";q=10;w=10"));

    for (client, code) in [("native", &of_native), ("spa", &of_spa)] {
        let answer = redeem("198.51.100.8", client, code).await;
        assert_eq!(answer.status, 200, "{client}: {}", answer.body);
    }
}

/// A Redis of our own, which ends with this value.
struct Redis {
    process: Child,
    folder: PathBuf,
}

impl Redis {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("portcullis-redis-{}", Uuid::new_v4().simple()));
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
async fn nodes_count_together_in_redis_and_alone_without_it(_: PgPoolOptions, options: PgConnectOptions) {
    let mut redis = Redis::start().await;
    let with_redis = |url: SecretText| {
        |settings: &mut Settings| {
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
    let neighbours = async |n: usize| get(&nodes[n % 2], &format!("2001:db8:1:{n:x}::7"), "/sign-in").await;
    assert!(neighbours(0).await.header("ratelimit-policy").starts_with("\"address\";q=10;"), "the tightest is told");
    let refused = until_refused(async |n| neighbours(1 + n).await).await;
    assert!(refused.header("ratelimit-policy").starts_with("\"address\";q=40;"), "four times as many from a /56");
    assert_eq!(get(&nodes[0], "2001:db8:1:100::7", "/sign-in").await.status, 200, "the rest of the site has its own");

    redis.process.kill().await.unwrap();
    assert_eq!(left(1).await, 9, "it counts for itself");
    until_refused(async |_| get(&nodes[1], "198.51.100.7", "/sign-in").await).await;
}
