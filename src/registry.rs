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
pub mod networks;
mod outdated;
pub mod principal;
pub mod registry_file;
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
    policy::{
        change::{Author, Deed, Denied, right_of},
        permission::{Permission, Powers},
        refusal::Refusal,
    },
    store::{self, pool},
};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What was given breaks rules: all of them, so that everything can be put right at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Refusal>),
    /// Others changed it since it was read. It must be read again.
    #[error("{0}")]
    Outdated(Box<Since>),
    /// It is not there, or not any more.
    #[error("it does not exist")]
    Unknown,
    /// A rule protects it; the text says which.
    #[error("{0}")]
    NotPermitted(String),
    /// Who asked for it is not permitted this, or not any more: the change needs it, or what it touches holds it.
    #[error("this needs {}, which you are not permitted", .0.names())]
    Lacks(Powers),
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
            Denied::Outdated => Self::Outdated(Box::default()),
            Denied::Protected(why) => Self::NotPermitted(why.to_owned()),
            Denied::Lacks(lacking) => Self::Lacks(lacking),
        }
    }
}

/// Begins what is done to somebody's account, of which no node keeps anything in memory: how they prove who they are, where
/// they are signed in, what they allowed. Holds the account and who does it, who must hold all that the account does.
pub(crate) async fn begin_of_account(
    app: &App,
    by: &Principal,
    deed: Deed,
) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let right = right_of(deed);
    let user_id = deed.account().filter(|_| by.may(right, app.clock.now())).ok_or(ChangeError::NoLongerAllowed)?;
    let mut tx = pool::begin(&app.db).await?;
    let author = by.hold(app, &mut tx, &[user_id]).await?;
    author.check(right)?;
    if author != Author::Operator && author != Author::User(user_id) {
        author.exceeds(principal::powers_of_account(&mut tx, user_id).await?)?;
    }
    Ok(tx)
}

/// Begins what is done with a client and leaves it as it is. Holds the client and who does it, who must be one who may change it.
pub(crate) async fn begin_of_client(
    app: &App,
    by: &Principal,
    deed: Deed,
    client_id: &str,
) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let right = right_of(deed);
    if !by.may(right, app.clock.now()) {
        return Err(ChangeError::NoLongerAllowed);
    }
    let mut tx = pool::begin(&app.db).await?;
    let author = by.hold(app, &mut tx, &[]).await?;
    author.check(right)?;
    let held = store::clients::lock(&mut tx, &[client_id.to_owned()]).await?;
    match held.first().filter(|client| author.sees(client)) {
        Some(client) if author.may_change_client(client) => Ok(tx),
        Some(_) => Err(ChangeError::Lacks(Powers::of(&[Permission::ClientsWrite]))),
        None => Err(ChangeError::Unknown),
    }
}

/// Like [`begin_of_account`], for what users do to their own accounts and nobody else does.
pub(crate) async fn begin_of_own_account(
    app: &App,
    by: &Principal,
    user_id: Uuid,
) -> Result<Transaction<'static, Postgres>, ChangeError> {
    if !by.is_user(user_id) {
        return Err(ChangeError::NoLongerAllowed);
    }
    let mut tx = pool::begin(&app.db).await?;
    by.hold(app, &mut tx, &[user_id]).await?;
    Ok(tx)
}
