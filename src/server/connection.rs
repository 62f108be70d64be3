//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use metrics::counter;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use super::connections::Seat;
use super::request::Gate;
use super::stream::ObservedStream;
use super::{ClientCertificate, Limits, Peer, PeerAddress, Site, Stopping};

/// What a connection that is told to end may still need to deliver an answer that is ready.
const FAREWELL: Duration = Duration::from_secs(1);

/// How often the time that a connection may be idle is looked at again: it becomes shorter when others come.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Why a connection ends.
enum End {
    Closed,
    Overdue,
    MakesRoom,
    Stopping,
}

/// Serves one connection: with TLS if it begins with that, which must be done within the time for the first header.
pub async fn begin(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    address: PeerAddress,
    seat: Seat,
    site: Arc<Site>,
    mut stopping: Stopping,
) {
    // Answers are small and written at once; waiting for more of them to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return serve(stream, Peer { address, certificate: None }, seat, site, stopping).await;
    };
    let shaken = tokio::select! {
        shaken = timeout(site.limits.header_read, tls.accept(stream)) => shaken,
        () = seat.activity.told_to_close() => return,
        _ = stopping.wait_for(|stopping| *stopping) => return,
    };
    // Why a handshake failed is the client's affair, and how many did is an operator's.
    let result = if matches!(shaken, Ok(Ok(_))) { "done" } else { "failed" };
    counter!("portcullis_tls_handshakes_total", "result" => result).increment(1);
    if let Ok(Ok(stream)) = shaken {
        let certificate = stream.get_ref().1.peer_certificates().and_then(ClientCertificate::of_handshake);
        serve(stream, Peer { address, certificate }, seat, site, stopping).await;
    }
}

/// Serves one connection until it is closed, breaks a time limit, is idle while others need its seat, or the server stops
/// and it has nothing left to do.
async fn serve<S>(stream: S, peer: Peer, seat: Seat, site: Arc<Site>, mut stopping: Stopping)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = site.limits;
    let activity = Arc::clone(&seat.activity);
    let io = TokioIo::new(ObservedStream::new(stream, Arc::clone(&activity)));
    let streams = Arc::new(Semaphore::new(limits.streams as usize));
    let gate = Arc::new(Gate { site, peer, activity: Arc::clone(&activity), stopping: stopping.clone(), streams });
    let answer = service_fn(move |request| {
        let gate = Arc::clone(&gate);
        async move { Ok::<_, Infallible>(gate.answer(request).await) }
    });
    let builder = protocol(&limits);
    let mut connection = pin!(builder.serve_connection(io, answer));

    let deadline = || activity.deadline(&limits, seat.keep_alive());
    let end = tokio::select! {
        end = until_overdue(connection.as_mut(), LOOK_AGAIN, deadline) => end,
        () = activity.told_to_close() => End::MakesRoom,
        _ = stopping.wait_for(|stopping| *stopping) => End::Stopping,
    };
    let patience = match end {
        End::Closed => return,
        _ if activity.awaits_header() => return,
        End::Stopping | End::MakesRoom if activity.has_requests() => limits.shutdown,
        End::MakesRoom => return, // at once: to take leave may take a second, and others wait
        End::Stopping | End::Overdue => FAREWELL,
    };
    connection.as_mut().graceful_shutdown();
    let _ = timeout(patience, connection).await;
}

/// Drives a connection until it ends by itself or its deadline passes. Every byte and every request moves the deadline, so it
/// is computed again after each of them. It also depends on the number of other connections, so it is computed again at
/// least every `look_again`.
async fn until_overdue<T>(
    mut connection: Pin<&mut impl Future<Output = T>>,
    look_again: Duration,
    deadline: impl Fn() -> Instant,
) -> End {
    let next_look = || deadline().min(Instant::now() + look_again);
    let mut alarm = pin!(sleep_until(next_look()));
    poll_fn(|cx| {
        // Asked first: a connection that has always more to read uses up the turn of this task, and then no timer answers.
        if alarm.as_mut().poll(cx).is_ready() && Instant::now() >= deadline() {
            return End::Overdue.into();
        }
        // How it ended (reset, malformed, time-out of a ping) is the client's affair, and of no use in a log.
        if connection.as_mut().poll(cx).is_ready() {
            return End::Closed.into();
        }
        // A timer in the past would wake nobody until it is polled, so it is polled until it waits.
        loop {
            if alarm.deadline() != deadline() {
                alarm.as_mut().reset(next_look());
            }
            match alarm.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) if Instant::now() >= deadline() => return End::Overdue.into(),
                Poll::Ready(()) => {}
            }
        }
    })
    .await
}

/// The settings of both protocols. What hyper refuses by them, it answers itself (400, 431) and closes.
fn protocol(limits: &Limits) -> Builder<TokioExecutor> {
    const PING_INTERVAL: Duration = Duration::from_secs(20);
    const STREAM_WINDOW: u32 = 64 * 1024;
    const CONNECTION_WINDOW: u32 = 1024 * 1024;

    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None) // see `Activity`
        .max_headers(limits.header_fields)
        .max_buf_size(limits.header_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        // Streams that the client opens only to reset them (CVE-2023-44487, RUSTSEC-2023-0034, 2024-0003).
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    builder
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    /// DO-08: a client that never lets the server wait for it.
    #[tokio::test]
    async fn a_connection_that_is_always_busy_meets_its_deadline() {
        let deadline = Instant::now() + Duration::from_millis(20);
        let busy = pin!(async {
            loop {
                tokio::task::consume_budget().await;
            }
        });

        let end = until_overdue::<()>(busy, LOOK_AGAIN, || deadline).await;

        assert!(matches!(end, End::Overdue));
    }

    /// M11: the time to be idle is measured anew while others come.
    #[tokio::test]
    async fn m11_a_deadline_that_comes_nearer_is_noticed() {
        let (began, looks) = (Instant::now(), AtomicUsize::new(0));
        let others_come = || {
            let is_crowded = looks.fetch_add(1, Relaxed) > 20;
            began + Duration::from_secs(if is_crowded { 0 } else { 3600 })
        };

        let end = until_overdue::<()>(pin!(std::future::pending()), Duration::from_millis(1), others_come).await;

        assert!(matches!(end, End::Overdue));
    }
}
