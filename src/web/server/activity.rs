//! What a connection is doing, and until when it may go on like this.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::Limits;
use super::framing::Framing;

/// Shared by the stream of a connection (which sees bytes), its requests, and whoever closes it.
///
/// hyper's own header time-out would not do: it also runs while a connection is idle, so that 10 seconds for a header
/// would mean 10 seconds of keep-alive, and it begins after the first bytes have told HTTP/1 from HTTP/2.
pub struct Activity {
    state: Mutex<State>,
}

struct State {
    /// When the header that is now awaited was begun; the first one is begun by connecting.
    header_since: Option<Instant>,
    /// When anything last went on.
    active_at: Instant,
    requests: usize,
    /// HTTP/2 pings a silent client, so there bytes are no sign of life and none of a header.
    is_http2: bool,
    framing: Framing,
}

/// Counts a request from its header to the last byte of its answer that hyper takes.
pub struct Ongoing(Arc<Activity>);

impl Activity {
    pub fn begin() -> Arc<Self> {
        let now = Instant::now();
        let framing = Framing::default();
        let state = State { header_since: Some(now), active_at: now, requests: 0, is_http2: false, framing };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// When the connection is to be closed, if nothing else happens.
    pub fn deadline(&self, limits: &Limits) -> Instant {
        let state = self.state();
        match state.header_since {
            Some(since) => since + limits.header_read,
            None => state.active_at + limits.keep_alive,
        }
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
        let mut state = self.state();
        state.framing.read(bytes);
        if !state.is_http2 {
            state.active_at = Instant::now();
            if state.requests == 0 && state.header_since.is_none() {
                state.header_since = Some(state.active_at);
            }
        }
    }

    pub fn sent(&self) {
        let mut state = self.state();
        if !state.is_http2 {
            state.active_at = Instant::now();
        }
    }

    pub fn request_began(self: &Arc<Self>, is_http2: bool) -> Ongoing {
        let mut state = self.state();
        state.header_since = None;
        state.active_at = Instant::now();
        state.requests += 1;
        state.is_http2 = is_http2;
        Ongoing(Arc::clone(self))
    }

    /// Nothing that is done under the lock leaves it half done, so a poisoned one is as good as another.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut state = self.0.state();
        state.requests -= 1;
        state.active_at = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seconds_left(activity: &Activity) -> u64 {
        let left = activity.deadline(&Limits::default()) - Instant::now();
        left.as_secs_f64().round() as u64
    }

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_has_ten_seconds_however_slowly_it_drips() {
        let activity = Activity::begin();
        pass(4).await;
        activity.received(b"GET");
        pass(5).await;
        activity.received(b" ");

        assert_eq!(seconds_left(&activity), 1);
        assert!(activity.awaits_header());
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_stays_for_keep_alive_until_the_next_header_begins() {
        let activity = Activity::begin();
        activity.received(b"GET / HTTP/1.1\r\n\r\n");
        drop(activity.request_began(false));
        pass(70).await;
        assert_eq!(seconds_left(&activity), 5);

        activity.received(b"G");

        assert_eq!(seconds_left(&activity), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn pings_do_not_keep_an_http2_connection_open() {
        let activity = Activity::begin();
        drop(activity.request_began(true));
        pass(70).await;
        activity.received(b"ping");
        activity.sent();

        assert_eq!(seconds_left(&activity), 5);
        assert!(!activity.awaits_header());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_goes_on_keeps_its_connection() {
        let activity = Activity::begin();
        let ongoing = activity.request_began(true);
        pass(70).await;
        ongoing.goes_on();

        assert_eq!(seconds_left(&activity), 75);
        assert!(activity.has_requests());
    }
}
