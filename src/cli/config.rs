//! `portcullis config`: which settings are in force, and from where.

use std::process::ExitCode;

use anyhow::Result;

use super::{answer::Answer, installation::Installation};

/// Prints every setting. Of a secret, only whether it is set.
///
/// # Errors
/// Everything that is wrong with the settings.
pub fn run(installation: &Installation) -> Result<ExitCode> {
    let config = installation.read()?;
    Ok(Answer::list(config.in_force, &["key", "value", "origin"])?.print(installation.json)?)
}
