//! The private PostgreSQL of `portcullis dev`: the system's own binaries, run as a child on a folder of ours.
//!
//! ```text
//! DATA_DIR/postgres/            or a link to a folder in /var/lib/portcullis, see `home`
//! ├── cluster/                  PostgreSQL's files
//! ├── socket/                   the only way in; or a link to a folder with a shorter path, see `socket`
//! ├── password  log             of the one role, `portcullis`; of the last run
//! └── running.lock  open.lock   see `locks`
//! ```
//!
//! Everything here blocks: call it from a thread that may wait.

mod account;
mod binaries;
mod cluster;
mod home;
mod locks;
mod process;
mod socket;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::Result;

use self::{binaries::Binaries, cluster::Cluster, home::Home, locks::Locks, process::Process, socket::Socket};

/// A PostgreSQL that answers at [`url`](Self::url). Dropping it stops what it started, as [`stop`](Self::stop) does.
pub struct Postgres {
    url: String,
    elsewhere: Option<PathBuf>,
    _ours: Option<(Server, Locks)>,
}

/// What runs, and goes in this order.
struct Server {
    _process: Process,
    _socket: Socket,
}

impl Postgres {
    /// Starts the cluster of `data_dir` for a server, making it first if there is none. Others may join it.
    ///
    /// # Errors
    ///
    /// What is missing or wrong and what to do about it: no programs, another server on this folder, another version.
    pub fn start(data_dir: &Path) -> Result<Self> {
        let home = Home::open(data_dir)?;
        let locks = Locks::take(&home)?;
        let server = Server::start(&home)?;
        locks.invite()?;
        Self::new(&home, Some((server, locks)))
    }

    /// Joins the cluster that a running server has started, or starts it for as long as this value lives.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), but for a server on this folder.
    pub fn start_or_join(data_dir: &Path) -> Result<Self> {
        let home = Home::open(data_dir)?;
        let ours = match Locks::take_or_join(&home)? {
            Some(locks) => Some((Server::start(&home)?, locks)),
            None => None,
        };
        Self::new(&home, ours)
    }

    /// Deletes the cluster of `data_dir` with everything in it.
    ///
    /// # Errors
    ///
    /// A server uses it, or it cannot be deleted.
    pub fn discard(data_dir: &Path) -> Result<()> {
        let home = Home::open(data_dir)?;
        let _locks = Locks::take(&home)?;
        home.discard()
    }

    /// The URL that sqlx and psql take. It holds the password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the cluster is, if it could not be in the data folder because PostgreSQL's user cannot reach that.
    #[must_use]
    pub fn elsewhere(&self) -> Option<&Path> {
        self.elsewhere.as_deref()
    }

    /// Ends what [`start`](Self::start) or [`start_or_join`](Self::start_or_join) started, and waits for it. Open
    /// connections are cut, nothing that was committed is lost.
    pub fn stop(self) {
        drop(self);
    }

    fn new(home: &Home, ours: Option<(Server, Locks)>) -> Result<Self> {
        Ok(Self { url: cluster::url(home)?, elsewhere: home.elsewhere(), _ours: ours })
    }
}

impl Server {
    fn start(home: &Home) -> Result<Self> {
        let binaries = Binaries::find()?;
        let cluster = Cluster::open_or_make(home, &binaries)?;
        let socket = Socket::make(home)?;
        Ok(Self { _process: cluster.run(&socket)?, _socket: socket })
    }
}
