//! Locks and reads what changes depend on, until their transaction ends.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{ChangeError, Principal};
use crate::{
    app::App,
    policy::change::{Author, Change, Hold, Key, State, Thing, keys},
    store::{apis, clients, roles, users},
};

/// The rows of each kind that are to be held, by how: those that nobody else may change, and those that must stay.
#[derive(Default)]
struct Wanted {
    administrators: bool,
    users: Vec<Uuid>,
    apis: Vec<Uuid>,
    apis_named: Vec<String>,
    scopes: Vec<String>,
    changed_roles: BTreeSet<String>,
    roles: BTreeSet<String>,
    clients: Vec<String>,
}

/// Holds what these changes stand on, and who makes them, in the order of [`Key`]; reads what is there.
///
/// # Errors
/// [`ChangeError::NoLongerAllowed`]
pub(super) async fn all(
    app: &App,
    tx: &mut PgConnection,
    by: &Principal,
    changes: &[Change],
) -> Result<(Author, State), ChangeError> {
    let mut wanted = wanted(changes);
    let mut state = State::default();
    if wanted.administrators {
        state.count_administrators(users::lock_and_count_administrators(&mut *tx).await?);
    }
    // Whoever is about to lose an office by the end of a role first ends what they are doing with it.
    let members = users::members_of_offices(&mut *tx, &doomed_roles(changes)).await?;
    let accounts = [wanted.users.as_slice(), &members].concat();
    // A client whose token makes changes is held with the others, or two that change each other would wait for ever.
    wanted.clients.extend(by.client_id().map(str::to_owned));
    let author = match by.client_id() {
        None => Some(by.hold(app, &mut *tx, &accounts).await?),
        Some(_) => by.hold_accounts(&mut *tx, &accounts).await.map(|()| None)?,
    };
    for user in users::of(&mut *tx, &accounts).await? {
        wanted.roles.extend(user.roles.iter().cloned());
        state.put(Thing::User(Box::new(user)));
    }
    for api in apis::lock(&mut *tx, &wanted.apis, &wanted.apis_named, &wanted.scopes).await? {
        state.put(Thing::Api(Box::new(api)));
    }
    for role in roles::lock(&mut *tx, &texts(&wanted.changed_roles), &texts(&wanted.roles)).await? {
        state.put(Thing::Role(role));
    }
    for client in clients::lock(&mut *tx, &wanted.clients).await? {
        state.put(Thing::Client(Box::new(client)));
    }
    let author = match author {
        Some(author) => Some(author),
        None => by.author_of_token(app, tx, by.client_id().and_then(|id| state.client(id))).await?,
    };
    Ok((author.ok_or(ChangeError::NoLongerAllowed)?, state))
}

fn wanted(changes: &[Change]) -> Wanted {
    let mut wanted = Wanted::default();
    for (key, hold) in changes.iter().flat_map(keys).collect::<BTreeSet<_>>() {
        match key {
            Key::Administrators => wanted.administrators = true,
            Key::User(user_id) => wanted.users.push(user_id),
            Key::Api(api_id) => wanted.apis.push(api_id),
            // Nothing has such a name, and PostgreSQL would refuse it as an error.
            Key::ApiNamed(name) | Key::Scope(name) | Key::Role(name) | Key::Client(name) if name.contains('\0') => {}
            Key::ApiNamed(name) => wanted.apis_named.push(name),
            Key::Scope(name) => wanted.scopes.push(name),
            Key::Role(name) if hold == Hold::Changes => drop(wanted.changed_roles.insert(name)),
            Key::Role(name) => drop(wanted.roles.insert(name)),
            Key::Client(client_id) => wanted.clients.push(client_id),
        }
    }
    wanted
}

fn doomed_roles(changes: &[Change]) -> Vec<String> {
    let doomed = |change: &Change| if let Change::DeleteRole { name } = change { Some(name.clone()) } else { None };
    changes.iter().filter_map(doomed).collect()
}

fn texts(names: &BTreeSet<String>) -> Vec<String> {
    names.iter().cloned().collect()
}
