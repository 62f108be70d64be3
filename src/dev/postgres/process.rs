//! The running `postgres`.
//!
//! The kernel sends it SIGINT, a fast shutdown, when the thread that spawned it ends (`PR_SET_PDEATHSIG`). So it gets a
//! thread of its own that lives until we stop: if our process is killed, the thread dies with it, and PostgreSQL stops as
//! cleanly as when we end the thread ourselves.

use std::{
    convert::Infallible,
    fs,
    path::Path,
    process::{Child, Command, ExitStatus},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::account::NEEDS_SETPRIV;

/// Recovery after a crash takes its time.
const READY_WITHIN: Duration = Duration::from_mins(2);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(3);

/// A PostgreSQL server that runs until this is dropped.
pub struct Process {
    child: Child,
    /// The thread that spawned it, and what keeps that waiting.
    thread: Option<(JoinHandle<()>, mpsc::Sender<Infallible>)>,
}

impl Process {
    pub fn spawn(mut command: Command) -> Result<Self> {
        let (spawned, child) = mpsc::channel();
        let (hold, end) = mpsc::channel();
        let thread = thread::Builder::new().name("postgres".into()).spawn(move || {
            if spawned.send(command.spawn()).is_ok() {
                let _ = end.recv();
            }
        })?;
        let child = child.recv()?.context(NEEDS_SETPRIV)?;
        Ok(Self { child, thread: Some((thread, hold)) })
    }

    /// Waits until it takes connections: it says so in its `postmaster.pid`.
    pub fn await_ready(&mut self, cluster: &Path) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status}");
            }
            let note = fs::read_to_string(cluster.join("postmaster.pid")).unwrap_or_default();
            if is_ready(&note, self.child.id()) {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        bail!("it was not ready within {READY_WITHIN:?}")
    }

    fn wait(&mut self) -> Option<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < STOPPED_WITHIN {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(PAUSE);
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some((thread, hold)) = self.thread.take() {
            drop(hold);
            let _ = thread.join();
        }
        if self.wait().is_none() {
            tracing::warn!("PostgreSQL did not stop within {STOPPED_WITHIN:?} and is killed; it will recover");
            let _ = self.child.kill().and_then(|()| self.child.wait());
        }
    }
}

/// Line 1 is the number of its process, line 8 what it is up to (PostgreSQL's `utils/pidfile.h`).
fn is_ready(note: &str, pid: u32) -> bool {
    let mut lines = note.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_process_is_ready() {
        let note = "4711\n/data/cluster\n1763673600\n5432\n/data/socket\n\n  123456   32768\nready   \n";

        assert!(is_ready(note, 4711));
        assert!(!is_ready(note, 4712));
        assert!(!is_ready(&note.replace("ready   ", "starting"), 4711));
        assert!(!is_ready("4711\n", 4711));
    }
}
