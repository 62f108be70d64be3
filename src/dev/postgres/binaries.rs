//! Where PostgreSQL's server programs are on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

/// Each version that Debian and Ubuntu install has a folder here.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A folder with `initdb` and `postgres` of one version.
pub struct Binaries {
    folder: PathBuf,
    /// The version by which data folders are compatible, such as `17`.
    pub major: String,
}

impl Binaries {
    /// Finds them in `$PG_BIN_DIR`, in Debian's folders (the highest version), or on the `PATH`.
    pub fn find() -> Result<Self> {
        let folder = candidates().into_iter().find(|folder| has_programs(folder)).context(
            "no PostgreSQL server programs found: install them (apt-get install postgresql), name their folder in \
             PG_BIN_DIR, or use a database of your own with `portcullis serve`",
        )?;
        // A link would hide the library and share folders that lie beside the real programs.
        let folder = fs::canonicalize(folder.join("postgres"))?.parent().map_or(folder.clone(), Path::to_path_buf);
        let output = Command::new(folder.join("postgres")).arg("--version").env_clear().output()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))
            .with_context(|| format!("{} does not say its version", folder.join("postgres").display()))?;
        Ok(Self { folder, major })
    }

    pub fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    debian.sort_unstable_by(|one, other| other.cmp(one));

    let path = env::var_os("PATH").unwrap_or_default();
    env::var_os("PG_BIN_DIR")
        .map(PathBuf::from)
        .into_iter()
        .chain(debian.into_iter().map(|(_, folder)| folder))
        .chain(env::split_paths(&path))
        .collect()
}

fn has_programs(folder: &Path) -> bool {
    folder.is_absolute() && ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → `15`
fn major_of(version: &str) -> Option<String> {
    let number = version.strip_prefix("postgres (PostgreSQL) ")?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        for (version, major) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some("15")),
            ("postgres (PostgreSQL) 19beta2\n", Some("19")),
            ("postgres (PostgreSQL) devel\n", None),
            ("something else", None),
        ] {
            assert_eq!(major_of(version).as_deref(), major);
        }
    }
}
