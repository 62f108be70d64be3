//! What stands against a scope that is asked for. A scope is held if nothing does.

use serde_json::{Map, Value, json};

use super::{Asked, Holder};
use crate::{
    model::registry::{Registry, Role},
    policy::permission::{Permission, of_role},
    protocol::{client::Client, scope::Scope, standard_claims::is_oidc_scope},
};

/// Something that stands against a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// No API has it, and OpenID Connect has none of this name.
    Unknown,
    /// The client is not registered for it.
    NotRegistered,
    /// Nobody signs in for a client itself, so it can be about nobody.
    NobodySignsIn,
    /// Another API was named.
    OtherResource,
    /// What was granted before is for other APIs.
    NotGranted,
    /// None of the user's roles carries it.
    NoRole,
    /// It is a permission that none of the user's offices gives.
    NoOffice,
    /// It is for clients that act by themselves: a user can prove anew who they are.
    ForClientsAlone,
}

/// The most scopes of which the audit trail tells why they were left out.
const MOST_RECORDED: usize = 20;

impl Against {
    /// Everything that can stand against a scope.
    const ALL: [Self; 8] = [
        Self::Unknown,
        Self::NotRegistered,
        Self::NobodySignsIn,
        Self::OtherResource,
        Self::NotGranted,
        Self::NoRole,
        Self::NoOffice,
        Self::ForClientsAlone,
    ];

    /// What a name for programs stands for.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|against| against.code() == code)
    }

    /// A name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_scope",
            Self::NotRegistered => "not_registered",
            Self::NobodySignsIn => "nobody_signs_in",
            Self::OtherResource => "other_resource",
            Self::NotGranted => "not_granted",
            Self::NoRole => "no_role",
            Self::NoOffice => "no_office",
            Self::ForClientsAlone => "for_clients_alone",
        }
    }

    /// The same, for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "No API has this scope.",
            Self::NotRegistered => "The client is not registered for it.",
            Self::NobodySignsIn => {
                "The client asks for itself: nobody signs in, so there is nobody whom it could be about."
            }
            Self::OtherResource => "It is a scope of another API than the one that is named.",
            Self::NotGranted => "It is a scope of another API than those that were granted.",
            Self::NoRole => "No role of the user gives it.",
            Self::NoOffice => "No office of the user permits it.",
            Self::ForClientsAlone => "Only a client that acts by itself can have it.",
        }
    }
}

/// Who asks for what, and for whom: what each scope is judged by.
pub struct Question<'a> {
    client: &'a Client,
    holder: Holder<'a>,
    asked: Asked<'a>,
    registry: &'a Registry,
    roles: Vec<&'a Role>,
}

impl<'a> Question<'a> {
    /// What this client asks.
    #[must_use]
    pub fn new(client: &'a Client, holder: Holder<'a>, asked: Asked<'a>, registry: &'a Registry) -> Self {
        Self { client, holder, asked, registry, roles: holder.roles(registry) }
    }

    /// Of the scopes that are asked for, those that are held.
    #[must_use]
    pub fn held(&self) -> Scope {
        self.asked.scope.filtered(|scope| self.against(scope).next().is_none())
    }

    /// What is not held of it, for the audit trail: each scope with the names of what stands against it. `None`: nothing.
    #[must_use]
    pub fn left_out(&self) -> Option<Value> {
        let codes = |scope: &str| self.against(scope).map(Against::code).collect::<Vec<_>>();
        let all = self.asked.scope.iter().map(|scope| (scope.to_owned(), codes(scope)));
        let left_out = all.filter(|(_, codes)| !codes.is_empty()).take(MOST_RECORDED);
        let left_out = left_out.map(|(scope, codes)| (scope, json!(codes))).collect::<Map<_, _>>();
        (!left_out.is_empty()).then_some(Value::Object(left_out))
    }

    /// All that stands against a scope.
    pub fn against(&self, scope: &str) -> impl Iterator<Item = Against> + use<> {
        let not_registered = (!self.client.scopes.contains(scope)).then_some(Against::NotRegistered);
        let [first, second] = match self.registry.owner(scope) {
            Some(api) => [self.against_api(&api.identifier), self.against_person(scope)],
            None if !is_oidc_scope(scope) => [Some(Against::Unknown), None],
            None => [matches!(self.holder, Holder::Client).then_some(Against::NobodySignsIn), None],
        };
        [not_registered, first, second].into_iter().flatten()
    }

    fn against_api(&self, identifier: &String) -> Option<Against> {
        let admits = |limits: &[String]| limits.is_empty() || limits.contains(identifier);
        if !admits(self.asked.resources) {
            Some(Against::OtherResource)
        } else if !admits(self.asked.within) {
            Some(Against::NotGranted)
        } else {
            None
        }
    }

    fn against_person(&self, scope: &str) -> Option<Against> {
        if !matches!(self.holder, Holder::Person(_)) {
            return None;
        }
        match Permission::of_scope(scope) {
            Some(Permission::Unattended) => Some(Against::ForClientsAlone),
            Some(_) => (!self.is_given(scope)).then_some(Against::NoOffice),
            None => (!self.is_given(scope)).then_some(Against::NoRole),
        }
    }

    fn is_given(&self, scope: &str) -> bool {
        self.roles.iter().any(|role| gives(role, scope))
    }

    /// The user's roles that give a scope, by name.
    pub fn given_by<'q>(&'q self, scope: &'q str) -> impl Iterator<Item = &'a str> + use<'q, 'a> {
        self.roles.iter().filter(move |role| gives(role, scope)).map(|role| role.name.as_str())
    }
}

/// Whether whoever has this role may have this scope. Those of our own API are permissions, and offices give them.
#[must_use]
pub fn gives(role: &Role, scope: &str) -> bool {
    match Permission::of_scope(scope) {
        Some(Permission::Unattended) => false,
        Some(permission) => of_role(role).has(permission),
        None => role.scopes.contains(scope),
    }
}
