//! Changes of APIs and their scopes, as console and command line ask for them.

use uuid::Uuid;

use super::{ChangeError, Principal, make};
use crate::{
    app::App,
    clock::time_ordered_id,
    model::registry::Api,
    policy::change::{Change, Thing},
};

pub use crate::policy::change::ApiSettings;

/// Registers an API.
///
/// # Errors
/// [`ChangeError::Invalid`]: the settings break rules, or the identifier or a scope is another API's.
pub async fn create(app: &App, by: &Principal, settings: &ApiSettings) -> Result<Api, ChangeError> {
    let api_id = time_ordered_id(app.clock.now());
    match make(app, by, Change::RegisterApi { api_id, settings: settings.clone() }).await? {
        Some(Thing::Api(api)) => Ok(*api),
        _ => Err(ChangeError::Unknown),
    }
}

/// Replaces the settings of an API, all but its identifier. Scopes that are gone are taken from roles and clients too.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the settings were read.
pub async fn update(
    app: &App,
    by: &Principal,
    api_id: Uuid,
    revision: i32,
    settings: &ApiSettings,
) -> Result<(), ChangeError> {
    make(app, by, Change::EditApi { api_id, revision, settings: settings.clone() }).await.map(|_| ())
}

/// Removes an API with its scopes: nobody gets a token for it any more.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn delete(app: &App, by: &Principal, api_id: Uuid) -> Result<(), ChangeError> {
    make(app, by, Change::DeleteApi { api_id }).await.map(|_| ())
}
