//! What a connection is doing, and until when it may go on like this.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Limits;
use super::framing::Framing;

/// Shared by the stream of a connection (which sees bytes), its requests, and whoever closes it.
///
/// hyper's own header time-out would not do: it also runs while a connection is idle, so that 10 seconds for a header
/// would mean 10 seconds of keep-alive, and it begins after the first bytes have told HTTP/1 from HTTP/2.
pub struct Activity {
    state: Mutex<State>,
    closing: Notify,
}

struct State {
    /// When the header that is now awaited was begun; the first one is begun by connecting.
    header_since: Option<Instant>,
    /// When anything last went on.
    active_at: Instant,
    requests: usize,
    /// HTTP/2 pings a silent client, so there bytes are no sign of life and none of a header.
    is_http2: bool,
    is_closing: bool,
    framing: Framing,
}

/// Counts a request from its header to the last byte of its answer that hyper takes.
pub struct Ongoing(Arc<Activity>);

impl Activity {
    pub fn begin() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::begin(Instant::now())), closing: Notify::new() })
    }

    /// When the connection is to be closed, if nothing else happens and it may be idle for so long.
    pub fn deadline(&self, limits: &Limits, keep_alive: Duration) -> Instant {
        self.state().deadline(limits, keep_alive)
    }

    /// Since when it has waited for a request or for the rest of a header. `None`: it has requests in work, or closes.
    pub fn idle_since(&self) -> Option<Instant> {
        self.state().idle_since()
    }

    /// Tells the connection to make room.
    pub fn close(&self) {
        self.state().is_closing = true;
        self.closing.notify_one();
    }

    /// Ready when the connection has to make room.
    pub async fn told_to_close(&self) {
        self.closing.notified().await;
    }

    /// Whether there is nothing but the beginning of a header, or not even that.
    pub fn awaits_header(&self) -> bool {
        self.state().header_since.is_some()
    }

    pub fn has_requests(&self) -> bool {
        self.state().requests > 0
    }

    /// Whether the client sent a request whose end another server might see elsewhere.
    pub fn is_ambiguous(&self) -> bool {
        self.state().framing.is_ambiguous()
    }

    /// Whether the connection must end after this request, because later ones could not be checked.
    pub fn is_last_request(&self) -> bool {
        let state = self.state();
        !state.is_http2 && state.framing.is_lost()
    }

    pub fn received(&self, bytes: &[u8]) {
        self.state().received(bytes, Instant::now());
    }

    pub fn sent(&self) {
        self.state().sent(Instant::now());
    }

    pub fn request_began(self: &Arc<Self>, is_http2: bool) -> Ongoing {
        self.state().request_began(is_http2, Instant::now());
        Ongoing(Arc::clone(self))
    }

    /// Nothing that is done under the lock leaves it half done, so a poisoned one is as good as another.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(now: Instant) -> Self {
        let framing = Framing::default();
        Self { header_since: Some(now), active_at: now, requests: 0, is_http2: false, is_closing: false, framing }
    }

    fn deadline(&self, limits: &Limits, keep_alive: Duration) -> Instant {
        match self.header_since {
            Some(since) => since + limits.header_read,
            None if self.requests > 0 => self.active_at + limits.keep_alive,
            None => self.active_at + keep_alive,
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        let is_idle = self.requests == 0 && !self.is_closing;
        is_idle.then(|| self.header_since.unwrap_or(self.active_at))
    }

    fn received(&mut self, bytes: &[u8], now: Instant) {
        self.framing.read(bytes);
        if !self.is_http2 {
            self.active_at = now;
            if self.requests == 0 {
                self.header_since.get_or_insert(now);
            }
        }
    }

    fn sent(&mut self, now: Instant) {
        if !self.is_http2 {
            self.active_at = now;
        }
    }

    fn request_began(&mut self, is_http2: bool, now: Instant) {
        self.header_since = None;
        self.active_at = now;
        self.requests += 1;
        self.is_http2 = is_http2;
    }

    fn request_ended(&mut self, now: Instant) {
        self.active_at = now;
        self.requests -= 1;
    }
}

impl Ongoing {
    /// The answer goes on: a long one may take longer than a connection may be silent.
    pub fn goes_on(&self) {
        self.0.state().active_at = Instant::now();
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.0.state().request_ended(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection that begins at second 0.
    struct Connection {
        state: State,
        began: Instant,
    }

    impl Connection {
        fn begin() -> Self {
            let began = Instant::now();
            Self { state: State::begin(began), began }
        }

        fn at(&self, second: u64) -> Instant {
            self.began + Duration::from_secs(second)
        }

        fn closes_at(&self) -> u64 {
            self.closes_among_many_at(Limits::default().keep_alive.as_secs())
        }

        fn closes_among_many_at(&self, keep_alive: u64) -> u64 {
            (self.state.deadline(&Limits::default(), Duration::from_secs(keep_alive)) - self.began).as_secs()
        }
    }

    #[test]
    fn a_header_has_ten_seconds_however_slowly_it_drips() {
        let mut connection = Connection::begin();
        for second in [4, 9] {
            connection.state.received(b"G", connection.at(second));
        }

        assert_eq!(connection.closes_at(), 10);
    }

    #[test]
    fn an_idle_connection_stays_until_the_next_header_takes_too_long() {
        let mut connection = Connection::begin();
        connection.state.request_began(false, connection.at(1));
        connection.state.request_ended(connection.at(2));
        connection.state.sent(connection.at(3));
        assert_eq!(connection.closes_at(), 78);

        connection.state.received(b"G", connection.at(70));

        assert_eq!(connection.closes_at(), 80);
    }

    /// M11: what is short is the time to be idle, not the time to be answered.
    #[test]
    fn m11_a_connection_at_work_is_not_closed_the_sooner() {
        let mut connection = Connection::begin();
        assert_eq!(connection.closes_among_many_at(5), 10, "a header has its time");
        connection.state.request_began(false, connection.at(1));
        assert_eq!((connection.closes_among_many_at(5), connection.state.idle_since()), (76, None));
        connection.state.request_ended(connection.at(8));
        assert_eq!((connection.closes_among_many_at(5), connection.state.idle_since()), (13, Some(connection.at(8))));
    }

    #[test]
    fn a_body_is_no_header() {
        let mut connection = Connection::begin();
        connection.state.request_began(false, connection.at(1));
        connection.state.received(b"a=b", connection.at(5));

        assert_eq!(connection.closes_at(), 80);
    }

    #[test]
    fn pings_do_not_keep_an_http2_connection_open() {
        let mut connection = Connection::begin();
        connection.state.request_began(true, connection.at(1));
        connection.state.request_ended(connection.at(2));
        connection.state.received(b"ping", connection.at(70));
        connection.state.sent(connection.at(70));

        assert_eq!(connection.closes_at(), 77);
    }
}
