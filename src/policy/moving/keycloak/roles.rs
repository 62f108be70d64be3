//! Roles and groups of a realm.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, Realm, RealmRole, is_own_client, names::role_name};
use crate::policy::moving::Note;

/// Roles that every realm has for itself.
const OWN_ROLES: [&str; 2] = ["offline_access", "uma_authorization"];
/// The longest description of a role.
const LONGEST_DESCRIPTION: usize = 300;

/// What a role is called there: a role of the realm, of a client, or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    Realm(String),
    Client(String, String),
    Group(String),
}

/// A role or group that comes as a role.
#[derive(Debug, PartialEq, Eq)]
pub struct ArrivedRole {
    /// What it is called here.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What is different.
    pub notes: Vec<Note>,
}

/// The roles of a realm, by what they are called there.
pub struct Roles {
    /// Each that comes, in the order of their kinds and names.
    pub arrived: Vec<ArrivedRole>,
    names: BTreeMap<Named, String>,
    brings: BTreeMap<Named, Vec<Named>>,
    default: Named,
}

impl Roles {
    /// The roles of a realm: its own, those of its clients, and its groups. What Keycloak has for itself stays behind.
    #[must_use]
    pub fn of(realm: &Realm) -> Self {
        let default = Named::Realm(format!("default-roles-{}", realm.realm.to_lowercase()));
        let mut roles = Self { arrived: Vec::new(), names: BTreeMap::new(), brings: BTreeMap::new(), default };
        for role in realm.roles.realm.iter().filter(|role| !OWN_ROLES.contains(&role.name.as_str())) {
            roles.add(Named::Realm(role.name.clone()), &role.name, role);
        }
        for (client, of_client) in realm.roles.client.iter().filter(|(client, _)| !is_own_client(client)) {
            for role in of_client {
                roles.add(Named::Client(client.clone(), role.name.clone()), &format!("{client}-{}", role.name), role);
            }
        }
        realm.groups.iter().for_each(|group| roles.add_group(group, None));
        roles
    }

    fn add(&mut self, named: Named, there: &str, role: &RealmRole) {
        let brings = of_both(&role.composites.realm, &role.composites.client);
        self.brings.insert(named.clone(), brings);
        if named != self.default {
            let description = role.description.as_deref().filter(|text| !text.starts_with("${")).unwrap_or_default();
            let described = description.chars().take(LONGEST_DESCRIPTION).collect();
            self.name(named, there, described, !role.composites.realm.is_empty() || !role.composites.client.is_empty());
        }
    }

    fn add_group(&mut self, group: &Group, above: Option<&Named>) {
        let named = Named::Group(group.path.clone());
        let mut brings = of_both(&group.realm_roles, &group.client_roles);
        brings.extend(above.cloned());
        self.brings.insert(named.clone(), brings);
        self.name(named.clone(), &group.path, format!("The group {}", group.path), false);
        group.sub_groups.iter().for_each(|below| self.add_group(below, Some(&named)));
    }

    fn name(&mut self, named: Named, there: &str, description: String, is_composite: bool) {
        let taken = self.names.values().cloned().collect::<BTreeSet<_>>();
        let name = role_name(there.trim_start_matches('/'), &taken);
        let mut notes = Vec::new();
        if name != there {
            notes.push(Note::new("name", format!("It was called {there} there.")));
        }
        if is_composite {
            notes.push(Note::new("composites", "Its users get the roles that it brought along, each by itself."));
        }
        self.arrived.push(ArrivedRole { name: name.clone(), description, notes });
        self.names.insert(named, name);
    }

    /// What a user has by these, with all that they bring along.
    pub(super) fn held(&self, begin: Vec<Named>) -> BTreeSet<String> {
        let (mut seen, mut open) = (BTreeSet::new(), begin);
        while let Some(named) = open.pop() {
            if seen.insert(named.clone()) {
                open.extend(self.brings.get(&named).into_iter().flatten().cloned());
            }
        }
        seen.iter().filter_map(|named| self.names.get(named).cloned()).collect()
    }
}

/// The roles of a realm and of its clients by these names.
pub(super) fn of_both(realm: &[String], client: &BTreeMap<String, Vec<String>>) -> Vec<Named> {
    let of_clients = client
        .iter()
        .flat_map(|(client, names)| names.iter().map(move |name| Named::Client(client.clone(), name.clone())));
    realm.iter().cloned().map(Named::Realm).chain(of_clients).collect()
}
