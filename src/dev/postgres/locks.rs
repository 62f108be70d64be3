//! Who may run the cluster, and who may join it. The system lets go of these locks when their process ends, however it
//! ends, so they are never stale.
//!
//! - `running.lock` is held by whoever runs the cluster.
//! - `open.lock` is held, too, by a server that has started it and lets others join.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::home::Home;

/// How long to wait for a command that uses the cluster, or for a server that is just starting it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a server that was killed may take to end.
const DYING: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(10);

/// The right to run the cluster.
pub struct Locks {
    _running: File,
    open: File,
}

impl Locks {
    /// Takes the right to run the cluster. An error: a server has it.
    pub fn take(home: &Home) -> Result<Self> {
        let begun = Instant::now();
        while begun.elapsed() < DYING {
            if let Some(locks) = Self::take_or_join(home)? {
                return Ok(locks);
            }
            thread::sleep(PAUSE);
        }
        bail!("another running `portcullis dev` uses {}: stop it, or use another --data-dir", home.folder.display())
    }

    /// Takes the right to run the cluster. `None`: a server runs it and lets others join.
    pub fn take_or_join(home: &Home) -> Result<Option<Self>> {
        let failed = || format!("cannot lock {}", home.folder.display());
        let running = lock_file(&home.folder.join("running.lock")).with_context(failed)?;
        let open = lock_file(&home.folder.join("open.lock")).with_context(failed)?;

        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if is_taken(running.try_lock()).with_context(failed)? {
                return Ok(Some(Self { _running: running, open }));
            }
            if !is_taken(open.try_lock_shared()).with_context(failed)? {
                return Ok(None);
            }
            open.unlock().with_context(failed)?;
            thread::sleep(PAUSE);
        }
        bail!("another portcullis command has been using {} for {PATIENCE:?}", home.folder.display())
    }

    /// Lets others join.
    pub fn invite(&self) -> Result<()> {
        self.open.lock().context("cannot let others join the cluster")
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn is_taken(attempt: Result<(), TryLockError>) -> io::Result<bool> {
    match attempt {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
