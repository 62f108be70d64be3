//! The HTTP server: it accepts connections, keeps everybody to the limits, and ends cleanly.
//!
//! `axum::serve` has no limits: it leaves a half-sent header open for ever, and a shutdown waits for it. And hyper drops
//! a handler when its client hangs up, which in sqlx may leave a transaction open on a pooled connection, so that later
//! writes are acknowledged and lost. Here each request runs to its end in its own task, whoever is still listening.
//!
//! Work on a request can ask here what is known of it, however deep it is: its id ([`request_id`]), and whether its caller
//! still waits ([`waiting`]).

mod activity;
mod client_certificate;
mod connection;
mod connections;
mod framing;
pub mod headers;
pub mod json_error;
mod request;
pub mod request_id;
mod stream;
pub mod tls;
pub mod waiting;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

pub use self::client_certificate::ClientCertificate;
use self::connections::Connections;
use self::tls::Tls;

/// The address at the other end of the connection: a request extension. It may be a proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// What a client may ask for, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Header fields of a request; more are answered with 431.
    pub header_fields: usize,
    /// Bytes of the request line and the header; more are answered with 431. At least 8 KiB.
    pub header_bytes: usize,
    /// Bytes of the request's URI; more are answered with 414.
    pub uri_bytes: usize,
    /// From the first byte of a header (or from the connection, for the first one) to its last.
    pub header_read: Duration,
    /// How much of a body is read, for the extractors in [`form`](crate::web::form).
    pub body: BodyLimits,
    /// From the header to the answer; then 503. The work itself goes on to its end.
    pub request: Duration,
    /// How long a connection may be silent between two requests, or while it should take an answer. Between two requests it
    /// is less and less from half of [`connections`](Self::connections) on, down to 5 seconds.
    pub keep_alive: Duration,
    /// Requests that one connection may have in work (HTTP/2 streams).
    pub streams: u32,
    /// Open connections. For later ones the idlest make room; if none is idle, they wait in the backlog of the operating
    /// system.
    pub connections: usize,
    /// Open connections of one address (IPv6: one /64). Later ones are closed at once.
    pub connections_per_address: usize,
    /// How long a shutdown waits for requests that are in work.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_fields: 64,
            header_bytes: 32 * 1024,
            uri_bytes: 8 * 1024,
            header_read: Duration::from_secs(10),
            body: BodyLimits::default(),
            request: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            streams: 100,
            connections: 8192,
            connections_per_address: 512,
            shutdown: Duration::from_secs(30),
        }
    }
}

/// How much of a body is read and how long that may take. A request extension; without it the default holds.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// More are refused.
    pub bytes: usize,
    /// For the whole body, so that sending it byte by byte does not help.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes: 64 * 1024, time: Duration::from_secs(10) }
    }
}

/// Where connections come from, and how they begin.
pub enum Listener {
    /// In clear.
    Clear(TcpListener),
    /// With a handshake.
    Tls {
        /// The socket.
        tcp: TcpListener,
        /// What they begin with.
        tls: Arc<Tls>,
        /// A second socket, where clients are asked for a certificate of theirs.
        mutual: Option<TcpListener>,
    },
}

impl From<TcpListener> for Listener {
    fn from(tcp: TcpListener) -> Self {
        Self::Clear(tcp)
    }
}

impl Listener {
    fn announce(&self) -> io::Result<()> {
        let (tcp, mutual) = match self {
            Self::Clear(tcp) => (tcp, None),
            Self::Tls { tcp, mutual, .. } => (tcp, mutual.as_ref()),
        };
        tracing::info!(address = %tcp.local_addr()?, tls = matches!(self, Self::Tls { .. }), "listening");
        if let Some(mutual) = mutual {
            tracing::info!(address = %mutual.local_addr()?, tls = true, "listening for clients with certificates");
        }
        Ok(())
    }
}

/// What all connections share.
struct Site {
    router: Router,
    limits: Limits,
}

/// Who is at the other end of a connection, as far as the connection tells.
struct Peer {
    address: PeerAddress,
    certificate: Option<ClientCertificate>,
}

/// What a connection needs to begin.
struct Hall {
    connections: Arc<Connections>,
    site: Arc<Site>,
    stopping: Stopping,
}

/// Becomes true when the server is to end. Each connection and each request holds one, so that the shutdown knows when
/// the last of them is gone.
type Stopping = watch::Receiver<bool>;

/// Serves HTTP/1.1, and HTTP/2 to clients that begin with it, until `shutdown` is ready; then takes no more requests,
/// finishes what is in work, and returns. Connections that wait or have sent half a header are closed at once. The networks
/// that are `spared` have no limit of their own on connections: trusted proxies bring many users.
///
/// # Errors
///
/// The listener has no address.
pub async fn serve(
    listener: impl Into<Listener>,
    router: Router,
    limits: Limits,
    spared: Vec<IpNet>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = listener.into();
    listener.announce()?;
    let (stop, stopping) = watch::channel(false);
    let (connections, site) = (Connections::new(limits, spared), Arc::new(Site { router, limits }));

    tokio::select! {
        () = accept_all(listener, Hall { connections, site, stopping }) => {}
        () = shutdown => {}
    }

    stop.send_replace(true);
    if tokio::time::timeout(limits.shutdown, stop.closed()).await.is_err() {
        tracing::warn!(requests = stop.receiver_count(), "the shutdown did not wait for what was still in work");
    }
    Ok(())
}

/// Takes what comes, and the certificate anew when its files change. Never ready.
async fn accept_all(listener: Listener, hall: Hall) {
    match listener {
        Listener::Clear(tcp) => accept_connections(&tcp, || None, &hall).await,
        Listener::Tls { tcp, tls, mutual: None } => {
            tokio::join!(accept_connections(&tcp, || Some(tls.acceptor()), &hall), tls.watch());
        }
        Listener::Tls { tcp, tls, mutual: Some(mutual) } => {
            tokio::join!(
                accept_connections(&tcp, || Some(tls.acceptor()), &hall),
                accept_connections(&mutual, || Some(tls.mutual_acceptor()), &hall),
                tls.watch(),
            );
        }
    }
}

async fn accept_connections(tcp: &TcpListener, acceptor: impl Fn() -> Option<TlsAcceptor>, hall: &Hall) {
    loop {
        let (stream, peer) = accept(tcp).await;
        let Some(seat) = hall.connections.seat(peer.ip()).await else { continue };
        let (site, stopping) = (Arc::clone(&hall.site), hall.stopping.clone());
        tokio::spawn(connection::begin(stream, acceptor(), PeerAddress(peer), seat, site, stopping));
    }
}

/// The next connection. No failure ends the server: without file descriptors (EMFILE, ENFILE) it waits until some
/// connection is closed, and a client that left while it waited is no failure of ours.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_about_one_client(error.kind()) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted for a moment");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_about_one_client(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(kind, ConnectionAborted | ConnectionRefused | ConnectionReset)
}
