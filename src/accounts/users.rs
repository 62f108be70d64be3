//! Changes of accounts, as console, account pages and command line ask for them.

use uuid::{Builder, Uuid};

use super::changes::make;
use crate::{
    app::App,
    model::user::User,
    policy::change::{Change, Thing},
    protocol::standard_claims::Profile,
    registry::{Attempt, ChangeError, Principal, RecentPrincipal, make_possible},
    secret::random_bytes,
};

pub use crate::policy::change::UserSettings;

/// Adds an account. Without a password nobody can sign in to it, until its user has chosen one by the invitation that is
/// mailed to their address, if they have one.
///
/// # Errors
/// [`ChangeError::Invalid`]: the settings break rules, or the username is taken.
pub async fn create(
    app: &App,
    by: &RecentPrincipal,
    settings: &UserSettings,
    password_hash: Option<String>,
) -> Result<User, ChangeError> {
    match make(app, by, &addition(settings.clone(), password_hash)).await? {
        Some(Thing::User(user)) => Ok(*user),
        _ => Err(ChangeError::Unknown),
    }
}

/// The change that adds an account.
#[must_use]
pub fn addition(settings: UserSettings, password_hash: Option<String>) -> Change {
    // Random, so that it does not tell the clients that see it when the account was made.
    let user_id = Builder::from_random_bytes(random_bytes()).into_uuid();
    Change::AddUser { user_id, settings: Box::new(settings), password_hash }
}

/// Replaces the details and roles of an account, all but its name. Another address is one that somebody else set
/// ([`crate::policy::recovery`]), and the old one is told.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the settings were read. [`ChangeError::NotPermitted`]:
/// nobody could administer this installation any more, or the account is deleted.
pub async fn update(
    app: &App,
    by: &RecentPrincipal,
    user_id: Uuid,
    revision: i32,
    settings: &UserSettings,
) -> Result<(), ChangeError> {
    make(app, by, &Change::EditUser { user_id, revision, settings: Box::new(settings.clone()) }).await.map(|_| ())
}

/// Replaces what an account says of its user, as they do themselves.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the profile was read.
pub async fn update_profile(
    app: &App,
    by: &Principal,
    (user_id, revision): (Uuid, i32),
    profile: Profile,
) -> Result<(), ChangeError> {
    make(app, by, &Change::EditProfile { user_id, revision, profile: Box::new(profile) }).await.map(|_| ())
}

/// Switches an account on or off, and tells its user. Off, its sessions end and its grants are revoked.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: nobody could administer this installation any more, or the account is deleted.
pub async fn set_enabled(app: &App, by: &RecentPrincipal, user_id: Uuid, enabled: bool) -> Result<(), ChangeError> {
    make(app, by, &Change::SwitchUser { user_id, enabled }).await.map(|_| ())
}

/// Switches those of these accounts on or off that can be, and says of each why it was not.
///
/// # Errors
/// None was, because of what they have in common.
pub async fn set_all_enabled(
    app: &App,
    by: &RecentPrincipal,
    user_ids: &[Uuid],
    enabled: bool,
) -> Result<Vec<Result<(), ChangeError>>, ChangeError> {
    let change = |user_id: &Uuid| Change::SwitchUser { user_id: *user_id, enabled };
    let changes = user_ids.iter().map(change).collect::<Vec<_>>();
    let made = make_possible(app, by, &changes, Attempt::Real).await?;
    Ok(made.into_iter().map(|made| made.map(|_| ())).collect())
}

/// Deletes an account: nobody signs in to it any more, its sessions and grants end, and its user is told. Its name stays
/// taken until it is erased.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: nobody could administer this installation any more.
pub async fn delete(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    make(app, by, &Change::DeleteUser { user_id }).await.map(|_| ())
}

/// Brings a deleted account back, without its sessions and grants, and disabled: it may have been so before.
///
/// # Errors
/// [`ChangeError::Unknown`]: it is not deleted, or erased.
pub async fn restore(app: &App, by: &RecentPrincipal, user_id: Uuid) -> Result<(), ChangeError> {
    make(app, by, &Change::RestoreUser { user_id }).await.map(|_| ())
}
