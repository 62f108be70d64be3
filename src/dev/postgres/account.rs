//! The user that PostgreSQL runs as. It refuses to run as root, so root hands it to an unprivileged user.

use std::{
    env, fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

/// Who runs PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Whoever runs us.
    Ours,
    /// We are root, and it is somebody else.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The user who owns `cluster`, if it exists; else whoever is fit to.
    pub fn for_cluster(cluster: &Path) -> Result<Self> {
        if our_uid()? != 0 {
            return Ok(Self::Ours);
        }
        if let Ok(metadata) = cluster.metadata()
            && metadata.uid() != 0
        {
            return Ok(Self::Other { uid: metadata.uid(), gid: metadata.gid() });
        }
        let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        unprivileged(&passwd).context("root needs a user `postgres` or `nobody` to run PostgreSQL as; neither exists")
    }

    /// A command that this user runs, with an environment of its own (ours may hold secrets). It gets `signal` when the
    /// thread that spawns it ends, however it ends.
    pub fn command(self, program: &Path, signal: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--no-new-privs", "--pdeathsig", signal]);
        if let Self::Other { uid, gid } = self {
            command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--clear-groups"]);
        }
        command
            .arg(program)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .current_dir("/")
            .stdin(Stdio::null())
            .process_group(0); // Ctrl-C is for us: we stop PostgreSQL when we are done with it
        command
    }

    /// Makes it the owner of `path`.
    pub fn give(self, path: &Path) -> Result<()> {
        match self {
            Self::Ours => Ok(()),
            Self::Other { uid, gid } => {
                chown(path, Some(uid), Some(gid)).with_context(|| format!("cannot give away {}", path.display()))
            }
        }
    }

    /// Whether it may pass through `folder` and all that lead there.
    pub fn reaches(self, folder: &Path) -> Result<bool> {
        let mut command = self.command(Path::new("test"), "KILL");
        let status = command.arg("-x").arg(folder).stderr(Stdio::null()).status().context(NEEDS_SETPRIV)?;
        Ok(status.success())
    }
}

/// What to say when a command cannot be spawned.
pub const NEEDS_SETPRIV: &str = "cannot run setpriv, which util-linux has (apt-get install util-linux)";

/// Takes `path` back from the account it was given to.
pub fn take_back(path: &Path) -> Result<()> {
    chown(path, Some(our_uid()?), None).with_context(|| format!("cannot take back {}", path.display()))
}

/// Who we are, by the effective user id.
pub fn our_uid() -> Result<u32> {
    let status = fs::read_to_string("/proc/self/status").context("cannot read /proc/self/status")?;
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    ids.split_whitespace().nth(1).and_then(|uid| uid.parse().ok()).context("/proc/self/status does not say who we are")
}

fn unprivileged(passwd: &str) -> Option<Account> {
    ["postgres", "nobody"].iter().find_map(|wanted| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let uid = fields.by_ref().next().filter(|name| name == wanted).and_then(|_| fields.nth(1))?;
            Some(Account::Other { uid: uid.parse().ok()?, gid: fields.next()?.parse().ok()? })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_is_preferred_to_nobody() {
        let nobody = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n";
        let both = format!("{nobody}postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n");

        assert_eq!(unprivileged(&both), Some(Account::Other { uid: 101, gid: 104 }));
        assert_eq!(unprivileged(nobody), Some(Account::Other { uid: 65534, gid: 65533 }));
        assert_eq!(unprivileged("root:x:0:0:root:/root:/bin/bash\n"), None);
    }
}
