//! `portcullis revoke-all`

use anyhow::Result;

use super::{answer::Answer, installation::operator};
use crate::{app::App, registry::revocation};

/// Ends everything, and says how much that was.
pub async fn run(app: &App) -> Result<Answer> {
    Ok(Answer::one(revocation::revoke_all(app, &operator()).await?)?)
}
