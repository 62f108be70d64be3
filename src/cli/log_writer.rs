//! The way of log lines to their reader: a queue of bounded size, and one thread that writes it out.
//!
//! Whoever logs does not wait for the reader: if the queue is full, the line is lost, and as soon as there is room again
//! one line says how many were. Only a line that is itself the record of an act (decision D7) waits for room. A full
//! pipe, a full disk and a reader that is gone are the same here: there is no room until a write succeeds.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How much may wait to be written, in bytes. As much again may be on its way.
const CAPACITY: usize = 1 << 20;
/// How long lines are gathered before they are written: to wake the thread for each costs more than the line itself.
const GATHER: Duration = Duration::from_millis(1);
/// How soon a write that failed is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// How long the end of the program waits for a slow reader.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Writes lines in a thread of its own. When it is dropped, it first writes what is left, for a second at most.
#[must_use = "dropping it ends the log"]
pub struct LogWriter(Arc<Queue>);

/// Where lines wait to be written.
pub struct Queue {
    state: Mutex<State>,
    /// Something waits to be written, or nothing will any more.
    work: Condvar,
    /// Something was taken or written, or nothing will be any more.
    progress: Condvar,
    /// The line that says how many lines were lost.
    loss: fn(u64) -> String,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    /// How many lines there was no room for.
    lost: u64,
    /// What was taken last is on its way.
    writing: bool,
    ended: bool,
}

impl State {
    fn is_full(&self) -> bool {
        self.lines.len() >= CAPACITY
    }
}

impl LogWriter {
    /// Begins to write to `out`, which should not buffer. `loss` makes the line that says how many lines were lost.
    ///
    /// # Errors
    /// There can be no other thread.
    pub fn start(out: impl Write + Send + 'static, loss: fn(u64) -> String) -> io::Result<Self> {
        let (state, work, progress) = (Mutex::default(), Condvar::new(), Condvar::new());
        let queue = Arc::new(Queue { state, work, progress, loss });
        let taken = Arc::clone(&queue);
        thread::Builder::new().name("log".into()).spawn(move || taken.write_to(out))?;
        Ok(Self(queue))
    }

    /// Where to put lines.
    #[must_use]
    pub fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.0)
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        let queue = &self.0;
        let has_more = |state: &mut State| state.writing || !state.lines.is_empty();
        let waited = queue.progress.wait_timeout_while(queue.state(), LAST_WAIT, has_more);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended = true;
        queue.work.notify_all();
        queue.progress.notify_all();
    }
}

impl Queue {
    /// Puts a line in, which ends with a line feed. If there is no room, it is lost, or waits for room if it
    /// `must_stay`.
    pub fn push(&self, line: &str, must_stay: bool) {
        let mut state = self.state();
        if must_stay {
            let no_room = |state: &mut State| state.is_full() && !state.ended;
            state = self.progress.wait_while(state, no_room).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_full() {
            state.lost += 1;
        } else {
            if state.lines.is_empty() {
                self.work.notify_one();
            }
            state.lines.extend_from_slice(line.as_bytes());
        }
    }

    fn write_to(&self, mut out: impl Write) {
        let mut lines = Vec::new();
        while self.take(&mut lines) {
            let mut rest = lines.as_slice();
            while !rest.is_empty() {
                match out.write(rest) {
                    Ok(written @ 1..) => rest = &rest[written..],
                    Ok(0) | Err(_) => thread::sleep(RETRY),
                }
            }
        }
    }

    /// Takes all that waits, in place of what has been written. `false`: it was the last.
    fn take(&self, lines: &mut Vec<u8>) -> bool {
        lines.clear();
        let mut state = self.state();
        state.writing = false;
        self.progress.notify_all();
        let nothing = |state: &mut State| state.lines.is_empty() && !state.ended;
        state = self.work.wait_while(state, nothing).unwrap_or_else(PoisonError::into_inner);
        if !state.ended {
            drop(state);
            thread::sleep(GATHER);
            state = self.state();
        }
        mem::swap(&mut state.lines, lines);
        if state.lost > 0 {
            lines.extend_from_slice((self.loss)(mem::take(&mut state.lost)).as_bytes());
        }
        state.writing = !lines.is_empty();
        self.progress.notify_all();
        state.writing
    }

    /// What a thread that panicked leaves behind is whole: it changes by single steps.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
