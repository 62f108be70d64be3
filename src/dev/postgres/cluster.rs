//! The cluster itself: made once, checked before each run.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::{
    account::{self, NEEDS_SETPRIV},
    binaries::Binaries,
    home::Home,
    process::Process,
    socket::Socket,
};
use crate::secret::random_bytes;

/// How long an earlier run, whose server was killed, may take to shut down.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);

/// Modest, durable, and reachable by nothing but its socket.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "max_connections=100",
    "shared_buffers=64MB",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// A complete cluster that nobody runs, of the version of the programs.
pub struct Cluster<'a> {
    home: &'a Home,
    binaries: &'a Binaries,
}

impl<'a> Cluster<'a> {
    /// Opens the cluster, or makes it. The caller holds the right to run it.
    pub fn open_or_make(home: &'a Home, binaries: &'a Binaries) -> Result<Self> {
        let cluster = Self { home, binaries };
        if home.cluster().exists() {
            cluster.await_earlier_run()?;
        } else {
            cluster.make()?;
        }

        let version = fs::read_to_string(home.cluster().join("PG_VERSION")).context("the cluster has no version")?;
        ensure!(
            version.trim() == binaries.major,
            "PostgreSQL {} made {}, and the programs found are version {}: name the folder of the right ones in \
             PG_BIN_DIR, or start afresh with another data folder",
            version.trim(),
            home.cluster().display(),
            binaries.major
        );
        Ok(cluster)
    }

    /// Runs it until the process is dropped. Returns when it takes connections.
    pub fn run(&self, socket: &Socket) -> Result<Process> {
        let log = self.home.folder.join("log");
        let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = self.command("postgres", "INT");
        command.arg("-D").arg(self.home.cluster()).arg("-k").arg(&socket.folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.stdout(output.try_clone()?).stderr(output);

        let mut process = Process::spawn(command)?;
        process.await_ready(&self.home.cluster()).with_context(|| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            format!("PostgreSQL does not start on {}; it says:\n{}", self.home.folder.display(), log.trim_end())
        })?;
        Ok(process)
    }

    /// Makes it under another name, so that a run that is cut short leaves nothing that looks complete.
    fn make(&self) -> Result<()> {
        let (new, password) = (self.home.folder.join("cluster.new"), password_file(self.home));
        if new.exists() {
            await_processes_in(&new)?;
            fs::remove_dir_all(&new).with_context(|| format!("cannot delete {}", new.display()))?;
        }
        fs::create_dir(&new).with_context(|| format!("cannot make {}", new.display()))?;
        self.home.account.give(&new)?;
        write_private(&password, &URL_SAFE_NO_PAD.encode(random_bytes::<32>()))?;

        self.home.account.give(&password)?;
        let mut initdb = self.command("initdb", "KILL");
        initdb.args(["--username=portcullis", "--auth=scram-sha-256", "--pwfile"]).arg(&password);
        initdb.args(["--encoding=UTF8", "--locale=C", "--data-checksums", "--pgdata"]).arg(&new);
        finish(initdb, "")?;
        account::take_back(&password)?;

        let mut single_user = self.command("postgres", "KILL");
        single_user.arg("--single").arg("-D").arg(&new).arg("postgres");
        finish(single_user, "create database portcullis\n")?;
        fs::rename(&new, self.home.cluster()).context("cannot name the new cluster")
    }

    /// After a kill of its server the cluster ends by itself. This waits for that, and then removes the file that names
    /// its process: PostgreSQL would take any later process with that number for its own.
    fn await_earlier_run(&self) -> Result<()> {
        let note = self.home.cluster().join("postmaster.pid");
        if !note.exists() {
            return Ok(());
        }
        if process_in(&self.home.cluster()).is_some() {
            // In case the server was killed in the moment before `setpriv` asked for the signal.
            let mut stop = self.command("pg_ctl", "KILL");
            stop.args(["stop", "--mode=fast", "--no-wait", "--silent", "--pgdata"]).arg(self.home.cluster());
            let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
        await_processes_in(&self.home.cluster())?;
        match fs::remove_file(&note) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn command(&self, program: &str, signal: &str) -> Command {
        self.home.account.command(&self.binaries.path(program), signal)
    }
}

/// The URL of a running cluster, password included.
pub fn url(home: &Home) -> Result<String> {
    let password = fs::read_to_string(password_file(home)).context("cannot read the cluster's password")?;
    let socket = Socket::of(home)?;
    let host = percent_encode(socket.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    Ok(format!("postgresql://portcullis:{password}@localhost/portcullis?host={host}"))
}

fn password_file(home: &Home) -> PathBuf {
    home.folder.join("password")
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Runs a command with `input` to its end. An error has what it said.
fn finish(mut command: Command, input: &str) -> Result<()> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context(NEEDS_SETPRIV)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "PostgreSQL's cluster cannot be made: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Waits until no process works in `cluster`.
fn await_processes_in(cluster: &Path) -> Result<()> {
    let begun = Instant::now();
    while let Some(pid) = process_in(cluster) {
        ensure!(
            begun.elapsed() < PATIENCE,
            "PostgreSQL, left behind by an earlier run, still uses {}: end its process {pid}",
            cluster.display()
        );
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// A process that works in `cluster`, as the server and all its workers do. Dead ones that nobody has reaped do not count.
fn process_in(cluster: &Path) -> Option<String> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut working =
        processes.filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == cluster));
    Some(working.next()?.file_name().to_string_lossy().into_owned())
}
