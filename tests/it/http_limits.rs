//! The limits of the HTTP server, over raw sockets: hostile clients do not use a library.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::{get, post};
use ipnet::IpNet;
use portcullis::server::waiting::Waiting;
use portcullis::server::{Limits, PeerAddress, serve};
use portcullis::web::client_address::TrustedProxies;
use portcullis::{
    server::BodyLimits,
    web::form::{FormKind, read_form},
};
use portcullis::{server::request_id::RequestId, web::request_id::assign_request_id};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything here takes; only a fault makes a test wait for so long.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);

struct Server {
    address: SocketAddr,
    /// Told by `/slow` when it has begun, and told to it when it may end.
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    ended: Arc<Notify>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        Self::start_behind(limits, Vec::new()).await
    }

    async fn start_behind(limits: Limits, proxies: Vec<IpNet>) -> Self {
        let [begun, go_on, ended] = [(); 3].map(|()| Arc::new(Notify::new()));
        let (slow_begun, slow_go_on, slow_ended) = (begun.clone(), go_on.clone(), ended.clone());
        let slow = async move || {
            slow_begun.notify_one();
            slow_go_on.notified().await;
            slow_ended.notify_one();
            "done"
        };
        let (work_begun, left) = (begun.clone(), ended.clone());
        let until_left = async move || {
            work_begun.notify_one();
            while Waiting::here().goes_on() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            left.notify_one();
        };
        let form = async |request: Request| match read_form(request, FormKind::Protocol).await {
            Ok(form) => Ok(form.raw("a").unwrap_or_default().to_owned()),
            Err(refused) => Err(refused.status()),
        };
        let router = Router::new()
            .route("/", get(async |peer: axum::Extension<PeerAddress>| peer.0.0.ip().to_string()))
            .route("/form", post(form))
            .route("/panic", get(async |id: RequestId| -> String { panic!("request {id} panics") }))
            .route("/slow", get(slow))
            .route("/until-left", get(until_left))
            .layer(axum::middleware::from_fn_with_state(TrustedProxies::default(), assign_request_id));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { stopped.await.unwrap_or_default() };
        let task = tokio::spawn(serve(listener, router, limits, proxies, shutdown));
        Self { address, begun, go_on, ended, stop, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Connects from one of the addresses of this machine, such as 127.0.0.2.
    async fn connect_from(&self, address: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes the connection.
    async fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        rest(&mut stream).await
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(LONG, self.task).await.expect("the server ends").unwrap().unwrap();
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(LONG, stream.read_to_end(&mut answer)).await.expect("the server closes the connection").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads until the answer contains a text.
async fn until(stream: &mut TcpStream, text: &str) -> String {
    let mut answer = String::new();
    while !answer.contains(text) {
        let mut buffer = [0; 1024];
        let length = timeout(LONG, stream.read(&mut buffer)).await.expect("an answer").unwrap();
        assert_ne!(length, 0, "closed after {answer:?}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    answer
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("closed")
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST_GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

fn form(headers: &str, body: &str) -> String {
    let form = "Content-Type: application/x-www-form-urlencoded";
    format!("POST /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{form}\r\n{headers}\r\n{body}")
}

fn sized_form(body: &str) -> String {
    form(&format!("Content-Length: {}\r\n", body.len()), body)
}

#[tokio::test]
async fn an_ordinary_request_is_answered() {
    let server = Server::start(Limits::default()).await;

    assert!(server.exchange(LAST_GET).await.ends_with("\r\n\r\n127.0.0.1"));
    assert!(server.exchange(sized_form("a=b")).await.ends_with("\r\n\r\nb"));
    let chunked = server.exchange(form("Transfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n")).await;
    assert!(chunked.ends_with("\r\n\r\nb"));
}

/// M5: a half-sent header, a connection that sends nothing, and one that stays after its answer.
#[tokio::test]
async fn a_connection_that_only_waits_is_closed() {
    let limits = Limits { header_read: SHORT, keep_alive: SHORT, ..Limits::default() };
    let server = Server::start(limits).await;

    for sent in ["GET / HTTP/1.1\r\nHost:", "", "PRI * HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let answer = server.exchange(sent).await;
        assert!(!answer.starts_with("HTTP/1.1"), "{sent:?}: {answer:?}");
    }
    assert_eq!(status(&server.exchange(GET).await), "200");
}

#[tokio::test]
async fn a_connection_answers_several_requests() {
    let server = Server::start(Limits { header_read: SHORT, ..Limits::default() }).await;
    let mut stream = server.connect().await;
    stream.write_all(GET.as_bytes()).await.unwrap();
    until(&mut stream, "127.0.0.1").await;

    tokio::time::sleep(2 * SHORT).await; // longer than a header may take
    stream.write_all(LAST_GET.as_bytes()).await.unwrap();

    assert_eq!(status(&rest(&mut stream).await), "200");
}

/// M5, SH-17
#[tokio::test]
async fn a_large_header_is_refused() {
    let server = Server::start(Limits::default()).await;
    let with = |headers: &str| format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");

    for (headers, expected) in [
        ("X: y\r\n".repeat(62), "200"),
        ("X: y\r\n".repeat(63), "431"),
        ("X: y\r\n".repeat(150), "431"),
        (format!("Cookie: {}\r\n", "a".repeat(31 * 1024)), "200"),
        (format!("Cookie: {}\r\n", "a".repeat(33 * 1024)), "431"),
        (format!("Cookie: {}\r\n", "a".repeat(300 * 1024)), "431"),
    ] {
        assert_eq!(status(&server.exchange(with(&headers)).await), expected, "{} bytes", headers.len());
    }
}

#[tokio::test]
async fn a_long_uri_is_refused() {
    let server = Server::start(Limits::default()).await;
    let with = |length: usize| format!("GET /?{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "a".repeat(length));

    assert_eq!(status(&server.exchange(with(8 * 1024 - 2)).await), "200");
    let refusal = server.exchange(with(9 * 1024)).await;
    assert_eq!(status(&refusal), "414");
    assert!(refusal.contains("x-content-type-options: nosniff\r\n"), "{refusal}");
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let server = Server::start(Limits::default()).await;
    let body = format!("a={}", "b".repeat(65 * 1024));

    assert_eq!(status(&server.exchange(sized_form(&body)).await), "413");
    // More than the sockets' buffers hold: a client that is still writing sees the answer too.
    assert_eq!(status(&server.exchange(sized_form(&body.repeat(128))).await), "413");
    // The announced length is enough; and without one, the body itself is.
    assert_eq!(status(&server.exchange(form("Content-Length: 66000\r\n", "")).await), "413");
    let chunked = form("Transfer-Encoding: chunked\r\n", &format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()));
    assert_eq!(status(&server.exchange(chunked).await), "413");
}

/// IN-10
#[tokio::test]
async fn a_slow_body_is_refused() {
    let body = BodyLimits { time: SHORT, ..BodyLimits::default() };
    let server = Server::start(Limits { body, ..Limits::default() }).await;

    assert_eq!(status(&server.exchange(form("Content-Length: 100\r\n", "a=")).await), "408");
}

/// IN-03
#[tokio::test]
async fn an_ambiguous_request_is_refused_and_the_connection_closed() {
    let server = Server::start(Limits::default()).await;
    let chunks = "0\r\n\r\n";

    for (headers, body) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks),
        ("Content-Length: 3\r\nContent-Length: 3\r\n", "a=b"),
        ("Content-Length: 3\r\nContent-Length: 4\r\n", "a=b"),
        ("Content-Length: +5\r\n", "a=bcd"),
        ("Content-Length: 3, 3\r\n", "a=b"),
        ("Content-Length: 18446744073709551616\r\n", "a=b"),
        ("Transfer-Encoding: xchunked\r\n", chunks),
        ("Transfer-Encoding: gzip, chunked\r\n", chunks),
        ("Transfer-Encoding: chunked\r\n", "10000000000000000\r\na=b\r\n0\r\n\r\n"),
        ("Content-Length: 3\r\n folded\r\n", "a=b"),
        ("X: a\r\n\tfolded\r\nContent-Length: 3\r\n", "a=b"),
        ("Content-Length : 3\r\n", "a=b"),
    ] {
        let request = form(headers, body).replace("Connection: close\r\n", "") + GET;
        let answer = server.exchange(request).await;
        assert_eq!(status(&answer), "400", "{headers:?}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers:?}: {answer}");
    }
}

/// IN-03: an honest chunked body is read, but what follows it cannot be checked.
#[tokio::test]
async fn a_chunked_request_is_the_last_of_its_connection() {
    let server = Server::start(Limits::default()).await;
    let chunked = form("Transfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n").replace("Connection: close\r\n", "");

    let answer = server.exchange(chunked + GET).await;

    assert_eq!((status(&answer), answer.matches("HTTP/1.1 ").count()), ("200", 1), "{answer}");
}

#[tokio::test]
async fn http2_needs_no_upgrade() {
    let server = Server::start(Limits::default()).await;
    let mut stream = server.connect().await;
    // An empty SETTINGS frame; HEADERS for stream 1 that end it: GET, http, "/", and the authority "a" (RFC 7541 §6).
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let headers = [0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, b'a'];
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&[&settings[..], &headers].concat()).await.unwrap();

    until(&mut stream, "127.0.0.1").await;
    server.stop().await;
}

/// OP-23
#[tokio::test]
async fn a_panic_is_the_failure_of_one_request() {
    let server = Server::start(Limits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();

    let answer = until(&mut stream, "server_error").await;
    assert_eq!(status(&answer), "500");
    assert!(answer.contains("x-request-id: ") && answer.contains("cache-control: no-store"), "{answer}");
    assert!(!answer.contains("panics"), "{answer}");
    stream.write_all(LAST_GET.as_bytes()).await.unwrap();
    assert_eq!(status(&rest(&mut stream).await), "200");
}

/// M3
#[tokio::test]
async fn a_request_is_finished_though_its_client_hangs_up() {
    let server = Server::start(Limits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.begun.notified().await;

    drop(stream);
    tokio::time::sleep(SHORT).await; // so that the server has noticed
    server.go_on.notify_one();

    timeout(LONG, server.ended.notified()).await.expect("the handler runs to its end");
}

/// M3: not even our own time-out cuts a request off.
#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_and_finished() {
    let server = Server::start(Limits { request: SHORT, ..Limits::default() }).await;

    let answer = server.exchange("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;

    assert_eq!(status(&answer), "503");
    assert!(answer.contains("x-request-id: ") && answer.contains("temporarily_unavailable"), "{answer}");
    server.go_on.notify_one();
    timeout(LONG, server.ended.notified()).await.expect("the handler runs to its end");
}

/// M5: at a shutdown, who has asked gets an answer and nobody else is waited for.
#[tokio::test]
async fn a_shutdown_finishes_what_is_in_work_and_nothing_else() {
    let server = Server::start(Limits::default()).await;
    let (mut half_sent, mut idle, mut asked) = (server.connect().await, server.connect().await, server.connect().await);
    half_sent.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    idle.write_all(GET.as_bytes()).await.unwrap();
    until(&mut idle, "127.0.0.1").await;
    asked.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.begun.notified().await;

    server.stop.send(()).unwrap();
    assert_eq!((rest(&mut half_sent).await, rest(&mut idle).await), (String::new(), String::new()));
    drop((half_sent, idle));
    assert!(!server.task.is_finished());
    TcpStream::connect(server.address).await.expect_err("no new connections");
    server.go_on.notify_one();

    assert!(rest(&mut asked).await.ends_with("done"));
    drop(asked);
    timeout(LONG, server.task).await.expect("the server ends").unwrap().unwrap();
}

#[tokio::test]
async fn a_shutdown_waits_no_longer_than_its_limit() {
    let server = Server::start(Limits { shutdown: SHORT, ..Limits::default() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.begun.notified().await;

    server.stop().await;
}

/// D13: what is costly is not begun for a client that has left.
#[tokio::test]
async fn d13_a_request_learns_that_its_client_has_hung_up() {
    let server = Server::start(Limits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /until-left HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.begun.notified().await;

    drop(stream);

    timeout(LONG, server.ended.notified()).await.expect("the request knows that nobody waits");
}

#[tokio::test]
async fn d13_a_request_learns_that_its_time_is_up() {
    let server = Server::start(Limits { request: SHORT, ..Limits::default() }).await;

    let answer = server.exchange("GET /until-left HTTP/1.1\r\nHost: a\r\n\r\n").await;

    assert_eq!(status(&answer), "503");
    timeout(LONG, server.ended.notified()).await.expect("the request knows that nobody waits");
}

/// DO-09: who is in work is not disturbed.
#[tokio::test]
async fn too_many_connections_wait_their_turn() {
    let server = Server::start(Limits { connections: 1, ..Limits::default() }).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.begun.notified().await;
    let mut second = server.connect().await;
    second.write_all(LAST_GET.as_bytes()).await.unwrap();

    let early = timeout(SHORT, second.read_u8()).await;
    server.go_on.notify_one();

    assert!(early.is_err(), "the second connection was served beside the first");
    assert!(until(&mut first, "done").await.starts_with("HTTP/1.1 200"));
    assert!(rest(&mut second).await.ends_with("127.0.0.1"), "the first was idle then, and made room");
}

/// M11: nobody waits behind connections that do nothing.
#[tokio::test]
async fn m11_in_a_full_server_the_idlest_connection_makes_room() {
    let server = Server::start(Limits { connections: 3, ..Limits::default() }).await;
    let mut idle = server.connect().await;
    idle.write_all(GET.as_bytes()).await.unwrap();
    until(&mut idle, "127.0.0.1").await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.begun.notified().await;
    let mut fresh = server.connect().await;
    fresh.write_all(GET.as_bytes()).await.unwrap();
    until(&mut fresh, "127.0.0.1").await;

    let mut newcomer = server.connect().await;
    newcomer.write_all(GET.as_bytes()).await.unwrap();

    until(&mut newcomer, "127.0.0.1").await;
    assert_eq!(rest(&mut idle).await, "", "closed, with nothing more to say");
    fresh.write_all(LAST_GET.as_bytes()).await.unwrap();
    assert!(rest(&mut fresh).await.ends_with("127.0.0.1"), "this one was not the idlest");
    server.go_on.notify_one();
    until(&mut busy, "done").await;
}

/// M11: one address has its share and no more; others are served meanwhile.
#[tokio::test]
async fn m11_one_address_cannot_hold_the_connections_of_others() {
    let server = Server::start(Limits { connections: 100, connections_per_address: 3, ..Limits::default() }).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = server.connect().await;
        stream.write_all(GET.as_bytes()).await.unwrap();
        until(&mut stream, "127.0.0.1").await;
        held.push(stream);
    }

    for _ in 0..20 {
        let mut refused = server.connect().await;
        let end = timeout(LONG, refused.read_u8()).await.expect("the server closes the connection");
        assert!(end.is_err());
    }

    let mut other = server.connect_from("127.0.0.2").await;
    other.write_all(LAST_GET.as_bytes()).await.unwrap();
    assert!(rest(&mut other).await.ends_with("127.0.0.2"));
    let mut one = held.pop().unwrap();
    one.write_all(LAST_GET.as_bytes()).await.unwrap();
    assert!(rest(&mut one).await.ends_with("127.0.0.1"), "what it has is served");
    drop(one);
    let again = async {
        loop {
            let mut stream = server.connect().await;
            if stream.write_all(LAST_GET.as_bytes()).await.is_ok() && stream.read_u8().await.is_ok() {
                return;
            }
        }
    };
    timeout(LONG, again).await.expect("what is given back can be had again");
}

/// M11: a proxy brings many people.
#[tokio::test]
async fn m11_a_trusted_proxy_has_no_share() {
    let proxies = vec!["127.0.0.2/32".parse().unwrap()];
    let limits = Limits { connections: 100, connections_per_address: 1, ..Limits::default() };
    let server = Server::start_behind(limits, proxies).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        let mut stream = server.connect_from("127.0.0.2").await;
        stream.write_all(GET.as_bytes()).await.unwrap();
        until(&mut stream, "127.0.0.2").await;
        held.push(stream);
    }
    let _only = server.connect().await;

    let end = timeout(LONG, server.connect().await.read_u8()).await.expect("the server closes the connection");

    assert!(end.is_err());
}
