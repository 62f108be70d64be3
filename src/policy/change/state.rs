//! What a plan is made from: the rows that the transaction has locked and read.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Consequence, Plan, Thing, author};
use crate::{
    model::{
        office::Office,
        registry::{Api, Role},
        user::User,
    },
    policy::{
        client_metadata::Apis,
        permission::{self, Powers},
    },
    protocol::client::Client,
};

/// What changes stand on, as far as a transaction holds it. What is not in it is not there, or was not asked for.
#[derive(Clone, Default)]
pub struct State {
    apis: BTreeMap<Uuid, Api>,
    roles: BTreeMap<String, Role>,
    clients: BTreeMap<String, Client>,
    users: BTreeMap<Uuid, User>,
    /// How many enabled users are administrators.
    administrators: i64,
}

impl State {
    /// The API with this id.
    #[must_use]
    pub fn api(&self, api_id: Uuid) -> Option<&Api> {
        self.apis.get(&api_id)
    }

    /// The API with this identifier, or with this id as text.
    #[must_use]
    pub fn api_named(&self, name: &str) -> Option<&Api> {
        let by_id = || Uuid::try_parse(name).ok().and_then(|id| self.api(id));
        self.apis.values().find(|api| api.identifier == name).or_else(by_id)
    }

    /// The API that owns this scope.
    #[must_use]
    pub fn owner(&self, scope: &str) -> Option<&Api> {
        self.apis.values().find(|api| api.scopes.contains_key(scope))
    }

    /// The role with this name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// The client with this id, with its secrets.
    #[must_use]
    pub fn client(&self, client_id: &str) -> Option<&Client> {
        self.clients.get(client_id)
    }

    /// The user with this id.
    #[must_use]
    pub fn user(&self, user_id: Uuid) -> Option<&User> {
        self.users.get(&user_id)
    }

    /// Every API that is held.
    pub fn apis(&self) -> impl Iterator<Item = &Api> {
        self.apis.values()
    }

    /// Every role that is held.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// Every client that is held.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// Every user that is held.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// How many enabled users are administrators.
    #[must_use]
    pub fn administrators(&self) -> i64 {
        self.administrators
    }

    /// What the user may do in the administration, by the offices of their roles.
    #[must_use]
    pub fn powers(&self, user: &User) -> Powers {
        let roles = user.roles.iter().filter_map(|name| self.role(name));
        roles.map(permission::of_role).fold(Powers::NONE, Powers::and)
    }

    /// The same, and what their roles let clients do in their name.
    #[must_use]
    pub fn powers_given_to(&self, user: &User) -> Powers {
        author::powers_given(user, |name| self.role(name))
    }

    /// Whether one of the user's roles gives an office, whichever.
    #[must_use]
    pub fn administers(&self, user: &User) -> bool {
        user.roles.iter().filter_map(|name| self.role(name)).any(Role::administers)
    }

    /// Whether the user may do everything.
    #[must_use]
    pub fn is_administrator(&self, user: &User) -> bool {
        user.roles.iter().filter_map(|name| self.role(name)).any(|role| role.office == Some(Office::Administrator))
    }

    /// How many enabled users are administrators by this role and by no other. Whoever has a role with an office is held
    /// when it is deleted.
    pub(super) fn administrators_only_by(&self, name: &str) -> i64 {
        let makes_one = |role: &&String| self.role(role).is_some_and(|role| role.office == Some(Office::Administrator));
        let only_by_it = |user: &&User| user.enabled && user.roles.iter().filter(makes_one).eq([name]);
        i64::try_from(self.users().filter(only_by_it).count()).unwrap_or(i64::MAX)
    }

    /// Notes how many enabled users are administrators.
    pub fn count_administrators(&mut self, count: i64) {
        self.administrators = count;
    }

    /// Takes in what was read.
    pub fn put(&mut self, thing: Thing) {
        match thing {
            Thing::Client(client) => drop(self.clients.insert(client.client_id.clone(), *client)),
            Thing::Api(api) => drop(self.apis.insert(api.api_id, *api)),
            Thing::Role(role) => drop(self.roles.insert(role.name.clone(), role)),
            Thing::User(user) => drop(self.users.insert(user.user_id, *user)),
        }
    }

    /// What there is once this plan is written, so that the next change of a transaction stands on it.
    pub fn follow(&mut self, plan: &Plan) {
        let administered = |state: &Self, thing: Option<&Thing>| match thing {
            Some(Thing::User(user)) => i64::from(user.enabled && state.is_administrator(user)),
            _ => 0,
        };
        self.administrators += administered(self, plan.after.as_ref()) - administered(self, plan.before.as_ref());
        if let (Some(Thing::Role(role)), None) = (&plan.before, &plan.after) {
            self.administrators -= self.administrators_only_by(&role.name);
        }
        match (&plan.before, &plan.after) {
            (_, Some(after)) => self.put(after.clone()),
            (Some(Thing::Client(client)), None) => drop(self.clients.remove(&client.client_id)),
            (Some(Thing::Api(api)), None) => drop(self.apis.remove(&api.api_id)),
            (Some(Thing::Role(role)), None) => self.forget_role(&role.name),
            (Some(Thing::User(user)), None) => drop(self.users.remove(&user.user_id)),
            (None, None) => {}
        }
        for consequence in &plan.consequences {
            self.suffer(consequence);
        }
    }

    fn forget_role(&mut self, name: &str) {
        self.roles.remove(name);
        for user in self.users.values_mut() {
            user.roles.retain(|role| role != name);
        }
    }

    fn suffer(&mut self, consequence: &Consequence) {
        match consequence {
            Consequence::Scopes(gone) => {
                let has_any =
                    |client: &&mut Client| client.scopes.iter().any(|scope| gone.iter().any(|gone| gone == scope));
                for client in self.clients.values_mut().filter(has_any) {
                    client.metadata.scopes = client.scopes.filtered(|scope| gone.iter().all(|gone| gone != scope));
                    client.revision += 1;
                }
                let gives_any = |role: &&mut Role| role.scopes.iter().any(|scope| gone.contains(scope));
                for role in self.roles.values_mut().filter(gives_any) {
                    role.scopes.retain(|scope| !gone.contains(scope));
                    role.revision += 1;
                }
            }
            Consequence::Introspection(identifier) => {
                let introspects = |client: &&mut Client| client.introspects_api.as_deref() == Some(identifier);
                for client in self.clients.values_mut().filter(introspects) {
                    client.metadata.introspects_api = None;
                    client.revision += 1;
                }
            }
            Consequence::GrantsOfClient(_)
            | Consequence::GrantsOfUser(_)
            | Consequence::SessionsOfUser(_)
            | Consequence::SessionsByRole(_) => {}
        }
    }
}

impl Apis for State {
    fn has_scope(&self, name: &str) -> bool {
        self.owner(name).is_some()
    }

    fn identifier(&self, named: &str) -> Option<&str> {
        self.api_named(named).map(|api| api.identifier.as_str())
    }
}
