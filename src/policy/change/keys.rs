//! Which rows a change depends on, by their names.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Change;
use crate::protocol::standard_claims::is_oidc_scope;

/// A row, or some, that a change stands on. The order is the one in which every transaction holds them, so that no two wait
/// for each other for ever.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Who administers: how many they are stays so.
    Administrators,
    /// An account.
    User(Uuid),
    /// An API by its id.
    Api(Uuid),
    /// An API by its identifier, or its id as text.
    ApiNamed(String),
    /// A scope, with the API that owns it.
    Scope(String),
    /// A role.
    Role(String),
    /// A client.
    Client(String),
}

/// How a row is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// It stays: nobody removes it meanwhile.
    Stays,
    /// Nobody else changes it meanwhile. New grants of a client may refer to it all the same.
    Changes,
}

/// What this change stands on.
#[must_use]
pub fn keys(change: &Change) -> BTreeMap<Key, Hold> {
    use Hold::{Changes, Stays};
    let client = |id: &String| (Key::Client(id.clone()), Changes);
    let role = |name: &String| (Key::Role(name.clone()), Changes);
    let stays = |name: &String| (Key::Role(name.clone()), Stays);
    let scope = |name: &String| (!is_oidc_scope(name)).then(|| (Key::Scope(name.clone()), Stays));
    let account = |user_id: &Uuid| [(Key::Administrators, Changes), (Key::User(*user_id), Changes)];
    match change {
        Change::RegisterClient { client_id, metadata, .. } | Change::EditClient { client_id, metadata, .. } => {
            let api = metadata.introspects_api.iter().map(|api| (Key::ApiNamed(api.clone()), Stays));
            // An id that could be a user's: no user is added meanwhile, and there is none yet.
            let user = Uuid::try_parse(client_id).ok().filter(|_| change.registers_client());
            let user = user.iter().flat_map(account);
            metadata
                .scopes
                .as_slice()
                .iter()
                .filter_map(scope)
                .chain(api)
                .chain([client(client_id)])
                .chain(user)
                .collect()
        }
        Change::DescribeClient { url, metadata } => {
            let scopes = metadata.scopes.as_slice().iter().filter_map(scope);
            scopes.chain([client(&url.as_str().to_owned())]).collect()
        }
        Change::SwitchClient { client_id, .. }
        | Change::AddClientSecret { client_id, .. }
        | Change::EndClientSecret { client_id, .. }
        | Change::DeleteClient { client_id } => BTreeMap::from([client(client_id)]),
        Change::GiveClient { client_id, owner } => {
            let owner = owner.map(|user_id| (Key::User(user_id), Stays));
            owner.into_iter().chain([client(client_id)]).collect()
        }
        Change::RegisterApi { api_id, settings } | Change::EditApi { api_id, settings, .. } => {
            let named = (Key::ApiNamed(settings.identifier.trim().to_owned()), Stays);
            let scopes = settings.scopes.keys().filter_map(scope);
            scopes.chain([(Key::Administrators, Changes), (Key::Api(*api_id), Changes), named]).collect()
        }
        // Roles that lose a scope get another revision, and may be administrative ones.
        Change::DeleteApi { api_id } => BTreeMap::from([(Key::Administrators, Changes), (Key::Api(*api_id), Changes)]),
        Change::AddRole { name, settings, .. } | Change::EditRole { name, settings, .. } => {
            settings.scopes.iter().filter_map(scope).chain([(Key::Administrators, Changes), role(name)]).collect()
        }
        Change::DeleteRole { name } => BTreeMap::from([(Key::Administrators, Changes), role(name)]),
        Change::AddUser { user_id, settings, .. } => {
            // The forms in which a client may have the same id.
            let clients = [user_id.to_string(), user_id.simple().to_string()].map(|id| (Key::Client(id), Stays));
            settings.roles.iter().map(stays).chain(account(user_id)).chain(clients).collect()
        }
        Change::EditUser { user_id, settings, .. } => {
            settings.roles.iter().map(stays).chain(account(user_id)).collect()
        }
        // It changes nobody's roles.
        Change::EditProfile { user_id, .. } => BTreeMap::from([(Key::User(*user_id), Changes)]),
        Change::SwitchUser { user_id, .. } | Change::DeleteUser { user_id } | Change::RestoreUser { user_id } => {
            account(user_id).into()
        }
    }
}
