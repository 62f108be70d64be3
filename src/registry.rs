//! What administrators change of what is registered: one function for each change, called by console and command line
//! alike. Changes of accounts ([`crate::accounts`]) begin here too.
//!
//! Each checks what it is given, and writes the change and its audit event in one transaction. That begins by holding
//! what the change rests on ([`principal`]).

pub mod apis;
pub mod branding;
pub mod client_settings;
pub mod clients;
pub mod keys;
pub mod master_key;
pub mod principal;
pub mod revocation;
pub mod roles;
pub(crate) mod text;

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

pub use principal::{Principal, RecentPrincipal};

use crate::{
    app::{App, InternalError},
    policy::feed::Touched,
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
    /// Who asked for it was signed out in the meantime, or may not do it any more.
    #[error("whoever asked for it is signed out, or may not do it any more")]
    NoLongerAllowed,
    /// No signing key could be made.
    #[error(transparent)]
    NoKey(#[from] keys::NoKey),
    /// We failed, or the database did.
    #[error("{0}")]
    Internal(InternalError),
}

impl<E: Into<InternalError>> From<E> for ChangeError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
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

// Every change begins by one of these four. They hold rows in one order, so that no two changes wait for each other for
// ever: the registry as a whole, the administrative roles, accounts by their ids, the session of who makes the change, and
// then whatever else it is about. The version of the registry comes last (`commit`).

/// Begins a change of the registry. Changes wait for each other, so that whatever one reads stays true until it is
/// committed.
async fn begin(app: &App, by: &Principal) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let mut tx = pool::begin(&app.db).await?;
    store::registry::take_turn(&mut tx).await?;
    by.hold(app, &mut tx, &[]).await?;
    Ok(tx)
}

/// Begins a change of roles. Says how many people administer; that stays so until the transaction ends (AD-12).
async fn begin_with_roles(app: &App, by: &Principal) -> Result<(Transaction<'static, Postgres>, i64), ChangeError> {
    let mut tx = pool::begin(&app.db).await?;
    store::registry::take_turn(&mut tx).await?;
    let administrators = store::users::lock_and_count_administrators(&mut tx).await?;
    by.hold(app, &mut tx, &[]).await?;
    Ok((tx, administrators))
}

/// Begins a change of an account that may end, or begin, its rights: the same for people.
pub(crate) async fn begin_with_account(
    app: &App,
    by: &Principal,
    user_id: Uuid,
) -> Result<(Transaction<'static, Postgres>, i64), ChangeError> {
    let mut tx = pool::begin(&app.db).await?;
    let administrators = store::users::lock_and_count_administrators(&mut tx).await?;
    by.hold(app, &mut tx, &[user_id]).await?;
    Ok((tx, administrators))
}

/// Begins any other change that concerns an account: how its person proves who they are, where they are signed in, what
/// they allowed.
pub(crate) async fn begin_of_account(
    app: &App,
    by: &Principal,
    user_id: Uuid,
) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let mut tx = pool::begin(&app.db).await?;
    by.hold(app, &mut tx, &[user_id]).await?;
    Ok(tx)
}

/// Makes a change of the registry hold: on this node at once, on the others, which learn what it touched, within a second.
async fn commit(app: &App, tx: Transaction<'static, Postgres>, touched: impl Into<Touched>) -> sqlx::Result<()> {
    store::registry::commit(tx, &touched.into()).await?;
    if let Err(error) = app.refresh().await {
        tracing::warn!(%error, "a change is committed but could not be read back yet");
    }
    Ok(())
}
