//! Access tokens that commands keep for each other until they expire, which is soon, so that a browser opens once and not for
//! each command. Nobody else of the machine can read the file.

use std::{
    env, fs,
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock::Clock;

/// So much of a token's life is left when it is used the last time, in seconds.
const LEFT: i64 = 5;

/// A token that is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    issuer: String,
    client_id: String,
    access_token: String,
    expires_at: i64,
}

impl Kept {
    /// A token that was issued now.
    pub fn new(issuer: &str, client_id: &str, access_token: &str, expires_in: i64) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            access_token: access_token.to_owned(),
            expires_at: now() + expires_in - LEFT,
        }
    }

    fn works(&self) -> bool {
        self.expires_at > now()
    }
}

/// A token of this client that works, if one was kept.
pub(super) fn find(issuer: &str, client_id: &str) -> Option<String> {
    let found = read(&file()?).into_iter().find(|one| one.issuer == issuer && one.client_id == client_id);
    found.map(|one| one.access_token)
}

/// Keeps a token in the place of the one before. If it cannot be kept, the next command asks for another one.
pub(super) fn keep(kept: &Kept) {
    let Some(file) = file() else { return };
    let others = read(&file).into_iter().filter(|one| (&one.issuer, &one.client_id) != (&kept.issuer, &kept.client_id));
    let all = others.collect::<Vec<_>>();
    let all = all.iter().chain([kept]).collect::<Vec<_>>();
    if let Err(error) = write(&file, &all) {
        eprintln!("{}: the access token is not kept: {error}", file.display());
    }
}

/// Whoever writes at the same moment writes another whole file.
fn write(file: &Path, all: &[&Kept]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension(Uuid::now_v7().to_string());
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    opened.write_all(serde_json::to_string(all)?.as_bytes())?;
    fs::rename(new, file)
}

fn read(file: &Path) -> Vec<Kept> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut all = serde_json::from_str::<Vec<Kept>>(&text).unwrap_or_default();
    all.retain(Kept::works);
    all
}

/// As the XDG Base Directory Specification has it.
fn file() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".local").join("state"));
    Some(state.or_else(home)?.join("portcullis").join("tokens.json"))
}

fn now() -> i64 {
    OffsetDateTime::unix_timestamp(Clock::default().now())
}
