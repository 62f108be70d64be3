//! What is changed by administrators, and by people in their own account: one function for each change, called by console,
//! account pages and command line alike.
//!
//! Each checks what it is given, and writes the change and its audit event in one transaction.

pub mod apis;
pub mod branding;
pub mod client_settings;
pub mod clients;
pub mod consents;
pub mod factors;
pub mod keys;
pub mod master_key;
pub mod revocation;
pub mod roles;
pub(crate) mod text;
pub mod users;

use sqlx::{Postgres, Transaction};

use crate::{
    app::App,
    store::{self, pool},
};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What was given breaks rules: all of them, so that everything can be put right at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Problem>),
    /// Somebody else changed it since it was read. It must be read again.
    #[error("somebody else changed it in the meantime")]
    Outdated,
    /// It is not there, or not any more.
    #[error("it does not exist")]
    Unknown,
    /// A rule protects it; the text says which.
    #[error("{0}")]
    NotPermitted(String),
    /// No signing key could be made.
    #[error(transparent)]
    NoKey(#[from] keys::NoKey),
    /// The database refused.
    #[error("the database does not answer")]
    Unavailable(#[from] sqlx::Error),
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Problem {
    /// The name that the field has in forms.
    pub field: &'static str,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

impl Problem {
    /// A problem of this field.
    #[must_use]
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

impl From<Problem> for ChangeError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

/// Begins a change of the registry. Raising the version first makes changes wait for each other, so that whatever a
/// change reads stays true until it is committed.
async fn begin(app: &App) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut tx = pool::begin(&app.db).await?;
    store::registry::raise_version(&mut tx).await?;
    Ok(tx)
}

/// Makes a change of the registry hold: on this node at once, on the others within a second.
async fn commit(app: &App, tx: Transaction<'static, Postgres>) -> sqlx::Result<()> {
    tx.commit().await?;
    if let Err(error) = app.refresh().await {
        tracing::warn!(%error, "a change is committed but could not be read back yet");
    }
    Ok(())
}
