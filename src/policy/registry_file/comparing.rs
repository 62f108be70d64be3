//! Tells a file from what is registered.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Described, DescribedClient, DescribedRole, Registered, api, client, role};
use crate::policy::change::{ADMINISTRATOR, ApiSettings, Change};

/// What is to be done about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Act {
    Add,
    Change,
    Delete,
}

/// One step from what is registered to what the file says.
#[derive(Clone)]
pub struct Step {
    /// What is to be done.
    pub act: Act,
    /// `api`, `role` or `client`.
    pub kind: &'static str,
    /// Its identifier, name or id.
    pub name: String,
    /// What differs.
    pub differences: Vec<Difference>,
    /// The change. An API that is registered has no id yet, and a client no secret. An edit names the revision that was seen.
    pub change: Change,
}

/// A member that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its name.
    pub field: String,
    /// What is registered. Null: it has its default.
    pub before: Value,
    /// What the file says. Null: the default.
    pub after: Value,
}

/// The steps from what is registered to what the file says. What the file does not know goes only if it is to be pruned.
///
/// Scopes that an API loses are taken from roles and clients. So what goes comes first, then APIs, those that lose scopes
/// before those that may get them; and what the file says of roles and clients is compared with what is then left of them.
#[must_use]
pub fn compare(there: &Registered, wanted: &Described, prunes: bool) -> Vec<Step> {
    let mut steps = if prunes { pruned(there, wanted) } else { Vec::new() };
    let mut apis = apis(there, wanted);
    apis.sort_by_key(|(loses, step)| (!loses, step.act));
    let left = left_of(there, wanted, prunes);
    steps.extend(apis.into_iter().map(|(_, step)| step));
    steps.extend(roles(&left, wanted));
    steps.extend(clients(&left, wanted));
    steps
}

fn pruned(there: &Registered, wanted: &Described) -> Vec<Step> {
    let gone = |kind, name: &str, change| {
        let (act, differences) = (Act::Delete, Vec::new());
        Step { act, kind, name: name.to_owned(), differences, change }
    };
    let clients = there.clients.iter().filter(|one| !wanted.clients.contains_key(&one.client_id));
    let clients =
        clients.map(|one| gone("client", &one.client_id, Change::DeleteClient { client_id: one.client_id.clone() }));
    // Every installation has that one.
    let roles = there.roles.iter().filter(|one| one.name != ADMINISTRATOR && !wanted.roles.contains_key(&one.name));
    let roles = roles.map(|one| gone("role", &one.name, Change::DeleteRole { name: one.name.clone() }));
    let apis = there.apis.iter().filter(|one| !wanted.apis.contains_key(&one.identifier));
    let apis = apis.map(|one| gone("api", &one.identifier, Change::DeleteApi { api_id: one.api_id }));
    clients.chain(roles).chain(apis).collect()
}

/// The steps of APIs, each with whether it takes scopes away.
fn apis(there: &Registered, wanted: &Described) -> Vec<(bool, Step)> {
    let known = there.apis.iter().map(|api| (api.identifier.as_str(), api)).collect::<BTreeMap<_, _>>();
    let step = |(identifier, settings): (&String, &ApiSettings)| {
        let before = known.get(identifier.as_str());
        let differences = differing(before.map(|known| api(&(*known).into())).as_ref(), &api(settings))?;
        let (act, settings) = (if before.is_some() { Act::Change } else { Act::Add }, settings.clone());
        let loses = before.is_some_and(|api| api.scopes.keys().any(|name| !settings.scopes.contains_key(name)));
        let change = match before {
            Some(api) => Change::EditApi { api_id: api.api_id, revision: api.revision, settings },
            None => Change::RegisterApi { api_id: Uuid::nil(), settings },
        };
        Some((loses, Step { act, kind: "api", name: identifier.clone(), differences, change }))
    };
    wanted.apis.iter().filter_map(step).collect()
}

fn roles(left: &Registered, wanted: &Described) -> Vec<Step> {
    let known = left.roles.iter().map(|role| (role.name.as_str(), role)).collect::<BTreeMap<_, _>>();
    let step = |(name, one): (&String, &DescribedRole)| {
        let before = known.get(name.as_str());
        let described = before.map(|known| DescribedRole { office: known.office, settings: (*known).clone().into() });
        let differences = differing(described.map(|known| role(name, &known)).as_ref(), &role(name, one))?;
        let (name, settings, office) = (name.clone(), one.settings.clone(), one.office);
        let change = match before {
            // Another office than it has cannot be given to it: the change that adds it says so.
            Some(role) if role.office == office => {
                Change::EditRole { name: name.clone(), revision: role.revision, settings }
            }
            _ => Change::AddRole { name: name.clone(), office, settings },
        };
        let act = if before.is_some() { Act::Change } else { Act::Add };
        Some(Step { act, kind: "role", name, differences, change })
    };
    wanted.roles.iter().filter_map(step).collect()
}

fn clients(left: &Registered, wanted: &Described) -> Vec<Step> {
    let known = left.clients.iter().map(|client| (client.client_id.as_str(), client)).collect::<BTreeMap<_, _>>();
    let mut steps = Vec::new();
    for (client_id, one) in &wanted.clients {
        let Some(before) = known.get(client_id.as_str()) else {
            let (metadata, enabled) = (Box::new(one.metadata.clone()), one.enabled);
            let change = Change::RegisterClient { client_id: client_id.clone(), metadata, secret: None, enabled };
            let differences = differing(None, &client(client_id, one)).unwrap_or_default();
            steps.push(Step { act: Act::Add, kind: "client", name: client_id.clone(), differences, change });
            continue;
        };
        let step = |differences, change| Step {
            act: Act::Change,
            kind: "client",
            name: client_id.clone(),
            differences,
            change,
        };
        let described = DescribedClient { enabled: one.enabled, metadata: before.metadata.clone() };
        if let Some(differences) = differing(Some(&client(client_id, &described)), &client(client_id, one)) {
            let (metadata, revision) = (Box::new(one.metadata.clone()), before.revision);
            steps.push(step(differences, Change::EditClient { client_id: client_id.clone(), revision, metadata }));
        }
        if before.enabled != one.enabled {
            let field = "enabled".to_owned();
            let differences = vec![Difference { field, before: before.enabled.into(), after: one.enabled.into() }];
            steps.push(step(differences, Change::SwitchClient { client_id: client_id.clone(), enabled: one.enabled }));
        }
    }
    steps
}

/// What is left of roles and clients once APIs have lost what the file does not know.
fn left_of(there: &Registered, wanted: &Described, prunes: bool) -> Registered {
    let (mut lost, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for api in &there.apis {
        match wanted.apis.get(&api.identifier) {
            Some(settings) => lost.extend(api.scopes.keys().filter(|name| !settings.scopes.contains_key(*name))),
            None if prunes => {
                lost.extend(api.scopes.keys());
                gone.insert(api.identifier.as_str());
            }
            None => {}
        }
    }
    let mut left = there.clone();
    for role in &mut left.roles {
        role.scopes.retain(|scope| !lost.contains(scope));
    }
    for client in &mut left.clients {
        client.metadata.scopes = client.scopes.filtered(|scope| lost.iter().all(|lost| lost.as_str() != scope));
        if client.introspects_api.as_deref().is_some_and(|api| gone.contains(api)) {
            client.metadata.introspects_api = None;
        }
    }
    left
}

/// What differs. `None`: nothing does.
fn differing(before: Option<&Map<String, Value>>, after: &Map<String, Value>) -> Option<Vec<Difference>> {
    let nothing = Map::new();
    let was = before.unwrap_or(&nothing);
    let names = was.keys().chain(after.keys()).collect::<BTreeSet<_>>();
    let differences = names.into_iter().filter(|name| was.get(*name) != after.get(*name)).map(|name| Difference {
        field: name.clone(),
        before: was.get(name).cloned().unwrap_or_default(),
        after: after.get(name).cloned().unwrap_or_default(),
    });
    let differences = differences.collect::<Vec<_>>();
    (before.is_none() || !differences.is_empty()).then_some(differences)
}
