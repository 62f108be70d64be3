//! The folder of the Unix socket: the only way into the cluster, and only its owner and root can use it.

use std::{
    env,
    fs::{self, DirBuilder},
    os::unix::fs::{DirBuilderExt, symlink},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use uuid::Uuid;

use super::home::Home;

/// The longest path that a socket address holds, without its final zero (unix(7)).
const LONGEST: usize = 107;

/// The folder, for one run.
pub struct Socket {
    /// Absolute, without links.
    pub folder: PathBuf,
    /// The name by which the cluster's folder knows it: the folder itself, or a link to a shorter path.
    entry: PathBuf,
}

impl Socket {
    /// Makes the folder anew: what a killed run left in it goes. The caller holds the right to run the cluster.
    pub fn make(home: &Home) -> Result<Self> {
        let entry = home.folder.join("socket");
        Self::remove(&entry);

        let folder =
            if fits(&entry) { entry.clone() } else { env::temp_dir().join(format!("portcullis-{}", Uuid::now_v7())) };
        let failed = || format!("cannot make the socket's folder {}", folder.display());
        DirBuilder::new().mode(0o700).create(&folder).with_context(failed)?;
        home.account.give(&folder)?;
        if folder != entry {
            symlink(&folder, &entry).with_context(failed)?;
        }
        Ok(Self { folder, entry })
    }

    /// The folder that the running cluster has.
    pub fn of(home: &Home) -> Result<PathBuf> {
        fs::canonicalize(home.folder.join("socket")).context("the cluster has no socket")
    }

    /// Nothing to remove is fine, and what cannot be removed will show when it is made again.
    fn remove(entry: &Path) {
        if let Ok(folder) = fs::read_link(entry) {
            let _ = fs::remove_dir_all(folder);
            let _ = fs::remove_file(entry);
        } else {
            let _ = fs::remove_dir_all(entry);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        Self::remove(&self.entry);
    }
}

/// Whether PostgreSQL can take it: short enough, and without what its list of folders treats as a separator.
fn fits(folder: &Path) -> bool {
    let socket = folder.join(".s.PGSQL.5432");
    socket.as_os_str().len() <= LONGEST && folder.to_str().is_some_and(|text| !text.contains([',', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_odd_path_does_not_fit() {
        let longest = "x".repeat(LONGEST - "/".len() - "/.s.PGSQL.5432".len());

        assert!(fits(Path::new(&format!("/{longest}"))));
        assert!(!fits(Path::new(&format!("/{longest}x"))));
        assert!(!fits(Path::new("/this,that")));
    }
}
