//! How a server learns that it is to end.

use std::io;

use tokio::signal::unix::{self, Signal, SignalKind};

/// Returns at the next SIGINT or SIGTERM. From the call on, before anybody awaits it, these end nothing by themselves.
///
/// Several may wait: all learn of the same signal.
pub fn signal() -> impl Future<Output = ()> + Send + 'static {
    let signals = listen();
    async {
        match signals {
            Ok((mut interrupt, mut terminate)) => tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            },
            Err(error) => tracing::error!(%error, "a server that no signal can end does not run"),
        }
    }
}

fn listen() -> io::Result<(Signal, Signal)> {
    Ok((unix::signal(SignalKind::interrupt())?, unix::signal(SignalKind::terminate())?))
}
