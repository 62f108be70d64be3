//! Frames of HTTP/2, and a client that speaks it as it should.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than anything here takes; only a fault makes a test wait for so long.
pub const LONG: Duration = Duration::from_mins(1);

// RFC 9113 §6: types of frames, and flags.
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
// RFC 7541 appendix A: methods of requests.
pub const GET: u8 = 0x82;
pub const POST: u8 = 0x83;

/// A client that speaks the protocol as it should.
pub struct Client {
    pub stream: TcpStream,
    requests: u32,
}

impl Client {
    pub async fn connect(server: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        stream.write_all(&frame(SETTINGS, 0, 0, b"")).await.unwrap();
        Self { stream, requests: 0 }
    }

    pub async fn send(&mut self, frames: &[u8]) {
        self.stream.write_all(frames).await.unwrap();
    }

    /// The next frame of this type: its payload.
    async fn next(&mut self, kind: u8) -> Vec<u8> {
        loop {
            let frame = timeout(LONG, next_frame(&mut self.stream)).await.expect("an answer");
            let (found, payload) = frame.expect("the connection stays open");
            if found == kind {
                return payload;
            }
        }
    }

    /// Asks for a path in a new stream: its number.
    pub async fn open(&mut self, path: &str) -> u32 {
        let id = stream_id(self.requests);
        self.requests += 1;
        self.send(&ask(id, path)).await;
        id
    }

    /// Asks for `/`, gets it, and lets the server send as much again (RFC 9113 §6.9).
    pub async fn is_served(&mut self) {
        self.open("/").await;
        assert_eq!(self.next(DATA).await, b"served");
        self.send(&frame(WINDOW_UPDATE, 0, 0, &6_u32.to_be_bytes())).await;
    }

    /// Waits until the server has read and begun all that was sent before.
    pub async fn catch_up(&mut self) {
        self.send(&ping(0)).await;
        self.next(PING).await;
    }
}

/// Type and payload of what the server sends next. `None`: it has closed the connection.
pub async fn next_frame(stream: &mut (impl AsyncRead + Unpin)) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], payload))
}

/// RFC 9113 §4.1
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The streams that a client opens have odd numbers.
pub fn stream_id(n: u32) -> u32 {
    2 * n + 1
}

/// The header of a request: a method of the static table, http, the authority `a`, and a path (RFC 7541 §6, appendix A).
pub fn header(method: u8, path: &str) -> Vec<u8> {
    let length = u8::try_from(path.len()).unwrap();
    [&[method, 0x86, 0x01, 1, b'a', 0x04, length], path.as_bytes()].concat()
}

pub fn ask(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &header(GET, path))
}

pub fn reset(stream: u32) -> Vec<u8> {
    const CANCEL: u32 = 8;
    frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())
}

pub fn ping(n: u32) -> Vec<u8> {
    frame(PING, 0, 0, &u64::from(n).to_be_bytes())
}
