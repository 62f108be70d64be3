//! Changes of roles, as console and command line ask for them.

use super::{ChangeError, RecentPrincipal, make};
use crate::{
    app::App,
    model::registry::Role,
    policy::change::{Change, RoleSettings},
};

pub use crate::policy::change::ADMINISTRATOR;

/// Adds a role.
///
/// # Errors
/// [`ChangeError::Invalid`]: it breaks rules, or its name is taken.
pub async fn create(app: &App, by: &RecentPrincipal, role: Role) -> Result<(), ChangeError> {
    let (name, office) = (role.name.clone(), role.office);
    make(app, by, Change::AddRole { name, office, settings: RoleSettings::from(role) }).await.map(|_| ())
}

/// Replaces the settings of the role with this name. Its office does not change.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision by now.
pub async fn update(app: &App, by: &RecentPrincipal, role: Role) -> Result<(), ChangeError> {
    let (name, revision) = (role.name.clone(), role.revision);
    make(app, by, Change::EditRole { name, revision, settings: RoleSettings::from(role) }).await.map(|_| ())
}

/// Removes a role; its users lose it. Who administered by it alone is signed out everywhere.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: it is [`ADMINISTRATOR`], or nobody could administer this installation any more.
pub async fn delete(app: &App, by: &RecentPrincipal, name: &str) -> Result<(), ChangeError> {
    make(app, by, Change::DeleteRole { name: name.to_owned() }).await.map(|_| ())
}
