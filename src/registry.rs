//! How what is registered changes: one way, for console, account pages and command line alike.
//!
//! A change is a value ([`Change`](crate::policy::change::Change)). A transaction of changes ([`Changing`]) locks what they
//! depend on and checks who makes them ([`principal`]), asks the rules ([`change::plan`](crate::policy::change::plan)), writes
//! the result and its audit event, and raises the version of the registry at the end. The caller says how many changes go
//! together.

pub mod apis;
pub mod branding;
mod changing;
pub mod client_documents;
pub mod clients;
pub mod documents;
mod hold;
pub mod keys;
pub mod master_key;
mod outdated;
pub mod principal;
pub mod revocation;
pub mod roles;
mod write;

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

pub use changing::{Attempt, Changing, NoneMade, make, make_all, make_possible};
pub use outdated::Since;
pub use principal::{Principal, RecentPrincipal};

use crate::{
    app::{App, InternalError},
    policy::{change::Denied, refusal::Refusal},
    store::pool,
};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What was given breaks rules: all of them, so that everything can be put right at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Refusal>),
    /// Others changed it since it was read. It must be read again.
    #[error("{0}")]
    Outdated(Since),
    /// It is not there, or not any more.
    #[error("it does not exist")]
    Unknown,
    /// A rule protects it; the text says which.
    #[error("{0}")]
    NotPermitted(String),
    /// Who asked for it was signed out in the meantime, or may not do it.
    #[error("you were signed out, or may not do this")]
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

impl From<Refusal> for ChangeError {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(vec![refusal])
    }
}

impl From<Denied> for ChangeError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused(refusals) => Self::Invalid(refusals),
            Denied::Unknown => Self::Unknown,
            Denied::Outdated => Self::Outdated(Since::default()),
            Denied::Protected(why) => Self::NotPermitted(why.to_owned()),
        }
    }
}

/// Begins a change of how a user proves who they are, where they are signed in, or what they allowed: what no node keeps
/// in memory. Holds the account and who makes the change.
pub(crate) async fn begin_of_account(
    app: &App,
    by: &Principal,
    user_id: Uuid,
) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let mut tx = pool::begin(&app.db).await?;
    by.hold(app, &mut tx, &[user_id]).await?;
    Ok(tx)
}
