//! `portcullis config`: which settings are in force, and from where.

use std::process::ExitCode;

use anyhow::Result;

use super::{answer::Answer, installation::Installation};
use crate::admin_api::operations::SHOW_SETTINGS;

const COLUMNS: &[&str] = &["key", "value", "origin"];

/// Prints every setting: as this machine has them, or those of a server. Of a secret, only whether it is set.
///
/// # Errors
/// Everything that is wrong with the settings, or why the server did not tell.
pub async fn run(installation: &Installation) -> Result<ExitCode> {
    let answer = match installation.server().await? {
        Some(server) => Answer::list(server.call(&SHOW_SETTINGS, &[], None).await?["settings"].take(), COLUMNS)?,
        None => Answer::list(installation.read()?.in_force, COLUMNS)?,
    };
    Ok(answer.print(installation.json)?)
}
