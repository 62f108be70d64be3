//! HTTP/2 floods, frame by frame over raw sockets: hostile clients do not use a library (DO-08).
//!
//! h2 ends the connection for most of them: by limits that `server` sets (20 streams that are reset before they are
//! taken up, 100 refused ones), and by its own (5 CONTINUATION frames for our length of headers, 100 empty DATA frames).
//! What it only answers or skips, like PING and SETTINGS, it does not count. That takes no memory, because it reads
//! nothing while its answers wait to be taken, and leaves others their turn; our time limits end it.

mod client;

use std::{
    future::pending,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    routing::{get, post},
};
use portcullis::server::{Limits, serve};
use tokio::{io::AsyncWriteExt, net::TcpListener, sync::Semaphore, time::timeout};
use tracing::subscriber::{DefaultGuard, NoSubscriber};

use client::{
    CONTINUATION, Client, DATA, END_HEADERS, END_STREAM, GET, GOAWAY, HEADERS, LONG, POST, PRIORITY, SETTINGS, ask,
    frame, header, next_frame, ping, reset, stream_id,
};

const SHORT: Duration = Duration::from_millis(200);

/// RFC 9113 §7: the other side makes more work than it should.
const ENHANCE_YOUR_CALM: u32 = 11;

/// What follows in a flood: a piece of it, by the number of the piece.
type Frames = fn(u32) -> Vec<u8>;

struct Server {
    address: SocketAddr,
    _unlogged: DefaultGuard,
    /// How many requests for `/slow` have begun. They end when this is closed.
    begun: Arc<AtomicUsize>,
    go_on: Arc<Semaphore>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let (begun, go_on) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let (counted, awaited) = (begun.clone(), go_on.clone());
        let slow = async move || {
            counted.fetch_add(1, Relaxed);
            let _closed = awaited.acquire().await;
        };
        let router = Router::new()
            .route("/", get(async || "served"))
            .route("/read", post(async |body: Bytes| body.len().to_string()))
            .route("/slow", get(slow));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router, limits, Vec::new(), pending()));
        // The log of the tests would note each frame (see `privacy`).
        let unlogged = tracing::subscriber::set_default(NoSubscriber::default());
        Self { address, _unlogged: unlogged, begun, go_on }
    }
}

/// Sends this, and then more and more, until the server closes the connection; takes what it answers meanwhile. Gives the
/// error that the server names, if it does.
async fn flood(client: Client, first: Vec<u8>, more: Frames) -> Option<u32> {
    let (mut reader, mut writer) = client.stream.into_split();
    let writing = async {
        let mut frames = first;
        for n in 0.. {
            if writer.write_all(&frames).await.is_err() {
                break;
            }
            frames = more(n);
        }
        pending().await // the last answer may still have to be read
    };
    let reading = async {
        let mut error = None;
        while let Some((kind, payload)) = next_frame(&mut reader).await {
            if kind == GOAWAY {
                error = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
            }
        }
        error
    };
    tokio::select! { error = reading => error, never = writing => never }
}

/// Serves another client until the flood has ended, and then a new one.
async fn beside<T: Send + 'static>(server: &Server, flood: impl Future<Output = T> + Send + 'static) -> T {
    let mut other = Client::connect(server.address).await;
    other.is_served().await;
    let flood = tokio::spawn(timeout(LONG, flood));
    while !flood.is_finished() {
        other.is_served().await;
    }
    Client::connect(server.address).await.is_served().await;
    flood.await.unwrap().expect("the server ends the connection")
}

/// A piece of a thousand frames, each by its number in the whole flood.
fn many(n: u32, one: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    const PIECE: u32 = 1000;
    (n * PIECE..(n + 1) * PIECE).flat_map(one).collect()
}

#[tokio::test]
async fn do_08_a_flood_ends_its_own_connection() {
    // A header whose value never ends: a literal that announces 2^21 bytes (RFC 7541 §5.1).
    let endless = [&header(GET, "/")[..], &[0, 1, b'a', 0x7f, 0x81, 0xff, 0x7f]].concat();
    let floods: [(&str, Vec<u8>, Frames); 6] = [
        ("streams that are reset at once", vec![], |n| {
            many(n, |n| [ask(stream_id(n), "/slow"), reset(stream_id(n))].concat())
        }),
        ("streams beyond their number", vec![], |n| many(n, |n| ask(stream_id(n), "/slow"))),
        ("CONTINUATION of nothing", frame(HEADERS, END_STREAM, 1, &header(GET, "/")), |n| {
            many(n, |_| frame(CONTINUATION, 0, 1, b""))
        }),
        ("CONTINUATION of whole fields", frame(HEADERS, END_STREAM, 1, &header(GET, "/")), |n| {
            many(n, |_| frame(CONTINUATION, 0, 1, &[0, 1, b'a', 1, b'b']))
        }),
        ("CONTINUATION of an endless field", frame(HEADERS, END_STREAM, 1, &endless), |_| {
            frame(CONTINUATION, 0, 1, &[b'a'; 16 * 1024])
        }),
        ("DATA without data", frame(HEADERS, END_HEADERS, 1, &header(POST, "/read")), |n| {
            many(n, |_| frame(DATA, 0, 1, b""))
        }),
    ];

    for (name, first, more) in floods {
        let server = Server::start(Limits::default()).await;
        let hostile = Client::connect(server.address).await;

        let error = beside(&server, flood(hostile, first, more)).await;

        assert_eq!(error, Some(ENHANCE_YOUR_CALM), "{name}");
        assert!(server.begun.load(Relaxed) <= Limits::default().streams as usize, "{name}");
    }
}

#[tokio::test]
async fn do_08_frames_that_ask_for_nothing_keep_no_connection_open() {
    let floods: [(&str, Frames); 4] = [
        ("PING", |n| many(n, ping)),
        ("SETTINGS", |n| many(n, |_| frame(SETTINGS, 0, 0, b""))),
        ("PRIORITY", |n| many(n, |n| frame(PRIORITY, 0, stream_id(n), &[0; 5]))),
        ("an unknown type", |n| many(n, |_| frame(0xff, 0, 0, b""))),
    ];

    for (name, more) in floods {
        let server = Server::start(Limits { header_read: SHORT, ..Limits::default() }).await;
        let hostile = Client::connect(server.address).await;

        let error = beside(&server, flood(hostile, vec![], more)).await;

        assert_eq!(error, None, "{name}");
    }
}

#[tokio::test]
async fn do_08_answers_that_nobody_takes_keep_no_connection_open() {
    let server = Server::start(Limits { header_read: SHORT, ..Limits::default() }).await;
    let mut hostile = Client::connect(server.address).await;

    beside(&server, async move { while hostile.stream.write_all(&many(0, ping)).await.is_ok() {} }).await;
}

/// A stream that is reset when its request has begun is free for h2, but not for us: the work goes on.
#[tokio::test]
async fn do_08_to_reset_streams_begins_no_more_work_than_a_connection_may() {
    let server = Server::start(Limits { streams: 4, ..Limits::default() }).await;
    let mut client = Client::connect(server.address).await;

    for _ in 0..50 {
        let id = client.open("/slow").await;
        client.catch_up().await;
        client.send(&reset(id)).await;
    }
    client.catch_up().await;
    assert_eq!(server.begun.load(Relaxed), 4);
    server.go_on.close();
    client.is_served().await;

    assert_eq!(server.begun.load(Relaxed), 4);
}
