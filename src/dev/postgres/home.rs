//! Where the cluster of a data folder lives.
//!
//! In the data folder, unless root starts it and PostgreSQL's user cannot reach that (below `/root`, say). Then it lives
//! in a folder of [`ELSEWHERE`], and a link in the data folder leads there, so that the next start finds it again.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, symlink},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use uuid::Uuid;

use super::account::{Account, our_uid};

/// Where clusters go that cannot be in their data folder.
const ELSEWHERE: &str = "/var/lib/portcullis";

/// The folder of one cluster, and who runs it.
pub struct Home {
    /// Absolute, without links.
    pub folder: PathBuf,
    pub account: Account,
    /// The name by which the data folder knows it: the folder itself, or a link to it.
    entry: PathBuf,
}

impl Home {
    /// Finds the cluster's folder, or makes an empty one.
    pub fn open(data_dir: &Path) -> Result<Self> {
        let failed = || format!("cannot use the data folder {}", data_dir.display());
        make_passable(data_dir).with_context(failed)?;
        let entry = fs::canonicalize(data_dir).with_context(failed)?.join("postgres");
        match fs::canonicalize(&entry) {
            Ok(folder) => Self::existing(folder, entry),
            Err(_) => Self::new(entry),
        }
    }

    /// The folder, if it is not in the data folder.
    pub fn elsewhere(&self) -> Option<PathBuf> {
        (self.folder != self.entry).then(|| self.folder.clone())
    }

    /// Where PostgreSQL keeps its files.
    pub fn cluster(&self) -> PathBuf {
        self.folder.join("cluster")
    }

    /// Deletes the folder with all it holds.
    pub fn discard(self) -> Result<()> {
        let failed = || format!("cannot delete {}", self.folder.display());
        fs::remove_dir_all(&self.folder).with_context(failed)?;
        if self.elsewhere().is_some() {
            fs::remove_file(&self.entry).with_context(failed)?;
        }
        Ok(())
    }

    fn existing(folder: PathBuf, entry: PathBuf) -> Result<Self> {
        let us = our_uid()?;
        ensure!(
            us == 0 || folder.metadata()?.uid() == us,
            "{} belongs to another user: run this as that user, or use another data folder",
            folder.display()
        );
        let account = Account::for_cluster(&folder.join("cluster"))?;
        Ok(Self { folder, account, entry })
    }

    fn new(entry: PathBuf) -> Result<Self> {
        let failed = || format!("cannot make {}", entry.display());
        let account = Account::for_cluster(&entry)?;
        if entry.is_symlink() {
            fs::remove_file(&entry).with_context(failed)?; // it leads nowhere
        }
        make_passable(&entry).with_context(failed)?;
        if account.reaches(&entry)? {
            return Ok(Self { folder: entry.clone(), account, entry });
        }

        let folder = Path::new(ELSEWHERE).join(Uuid::now_v7().to_string());
        make_passable(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::remove_dir(&entry).and_then(|()| symlink(&folder, &entry)).with_context(failed)?;
        Ok(Self { folder, account, entry })
    }
}

/// Makes a folder that others can pass through but not read, if there is none.
fn make_passable(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o711).create(folder)
}
