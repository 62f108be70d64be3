//! What may be done in the administration of this installation, and which office may do it: one table.
//!
//! Console, admin API and the rules of changes ([`crate::policy::change`]) ask for permissions; nothing asks for an office.
//! The scopes of our own API are the permissions too, each behind [`SCOPE_PREFIX`].

use crate::model::{
    office::Office,
    registry::{Registry, Role},
    user::User,
};

/// Stands before a permission where it is a scope. Scopes of all APIs share their names, and `users:read` is likely to be
/// somebody's already.
pub const SCOPE_PREFIX: &str = "portcullis:";

/// Makes [`Permission`] of the table below.
macro_rules! permissions {
    ($($(#[doc = $meaning:literal])+ $permission:ident = $name:literal;)+) => {
        /// Something that may be done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Permission {
            $($(#[doc = $meaning])+ $permission,)+
        }

        impl Permission {
            /// All, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$permission),+];

            /// What texts, JSON and scopes call it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$permission => $name),+ }
            }

            /// What it allows, in a few words.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$permission => concat!($($meaning),+).trim_ascii()),+ }
            }
        }
    };
}

permissions! {
    /// See every client.
    ClientsRead = "clients:read";
    /// Register, change, switch off and delete every client, give it secrets, and say who owns it.
    ClientsWrite = "clients:write";
    /// Register clients, and see and change those that one owns.
    ClientsOwn = "clients:own";
    /// See APIs and their scopes.
    ApisRead = "apis:read";
    /// Register, change and delete APIs and their scopes.
    ApisWrite = "apis:write";
    /// See roles.
    RolesRead = "roles:read";
    /// Add, change and delete roles.
    RolesWrite = "roles:write";
    /// See users, how they prove who they are, and where they are signed in.
    UsersRead = "users:read";
    /// Add, change, switch off and delete users, mail them links, and reset their factors.
    UsersWrite = "users:write";
    /// End sessions of users, and withdraw what they allowed clients.
    SessionsWrite = "sessions:write";
    /// See the signing keys, of which private parts are never shown.
    KeysRead = "keys:read";
    /// Rotate and withdraw signing keys.
    KeysWrite = "keys:write";
    /// See how this installation shows itself.
    SettingsRead = "settings:read";
    /// Change how this installation shows itself.
    SettingsWrite = "settings:write";
    /// See which networks are blocked, and why.
    NetworksRead = "networks:read";
    /// Block networks for a while, and let them in again.
    NetworksWrite = "networks:write";
    /// Read the audit log, and who attacks.
    AuditRead = "audit:read";
    /// As a client, make by itself the changes for which people must have proven lately who they are.
    Unattended = "unattended";
}

impl Permission {
    /// As a scope of our own API.
    #[must_use]
    pub fn scope(self) -> String {
        format!("{SCOPE_PREFIX}{}", self.name())
    }

    /// The permission that a scope stands for, if it is one of our own.
    #[must_use]
    pub fn of_scope(scope: &str) -> Option<Self> {
        let name = scope.strip_prefix(SCOPE_PREFIX)?;
        Self::ALL.iter().copied().find(|permission| permission.name() == name)
    }
}

/// Some permissions, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Powers(u32);

impl Powers {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every permission.
    pub const ALL: Self = Self::of(Permission::ALL);

    /// These.
    #[must_use]
    pub const fn of(permissions: &[Permission]) -> Self {
        let (mut bits, mut place) = (0, 0);
        while place < permissions.len() {
            bits |= 1 << permissions[place] as u32;
            place += 1;
        }
        Self(bits)
    }

    /// What these scopes stand for.
    pub fn of_scopes<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let permissions = scopes.into_iter().filter_map(Permission::of_scope).collect::<Vec<_>>();
        Self::of(&permissions)
    }

    /// Whether this is one of them.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether this is one of them, or would be for something that one owns.
    #[must_use]
    pub const fn has_for_own(self, permission: Permission) -> bool {
        let is_of_clients = matches!(permission, Permission::ClientsRead | Permission::ClientsWrite);
        self.has(permission) || (is_of_clients && self.has(Permission::ClientsOwn))
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of these that the other ones lack.
    #[must_use]
    pub const fn beyond(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }

    /// Their names, for a sentence.
    #[must_use]
    pub fn names(self) -> String {
        self.iter().map(Permission::name).collect::<Vec<_>>().join(", ")
    }
}

/// What an office may do: the table of docs/administrators.md.
#[must_use]
pub const fn of_office(office: Office) -> Powers {
    use Permission as P;
    match office {
        Office::Administrator => Powers::ALL,
        Office::ClientManager => Powers::of(&[P::ClientsRead, P::ClientsWrite, P::ClientsOwn, P::ApisRead]),
        Office::ClientOwner => Powers::of(&[P::ClientsOwn, P::ApisRead]),
        Office::UserManager => Powers::of(&[P::UsersRead, P::UsersWrite, P::SessionsWrite, P::RolesRead]),
        Office::Auditor => Powers::of(&[
            P::ClientsRead,
            P::ApisRead,
            P::RolesRead,
            P::UsersRead,
            P::KeysRead,
            P::SettingsRead,
            P::NetworksRead,
            P::AuditRead,
        ]),
        Office::Operator => Powers::of(&[
            P::KeysRead,
            P::KeysWrite,
            P::SettingsRead,
            P::SettingsWrite,
            P::NetworksRead,
            P::NetworksWrite,
        ]),
    }
}

/// What a role gives by its office. Its scopes give nothing here: they say what clients may do for its users.
#[must_use]
pub fn of_role(role: &Role) -> Powers {
    role.office.map_or(Powers::NONE, of_office)
}

/// What a user may do by all their roles.
#[must_use]
pub fn of_user(user: &User, registry: &Registry) -> Powers {
    let roles = user.roles.iter().filter_map(|name| registry.role(name));
    roles.map(of_role).fold(Powers::NONE, Powers::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_and_its_scope_are_one() {
        for permission in Permission::ALL {
            assert_eq!(Permission::of_scope(&permission.scope()), Some(*permission));
            assert_eq!(Permission::of_scope(permission.name()), None, "the scope of another API");
        }
        assert!(Permission::ALL.len() <= 32, "each has a bit");
    }

    #[test]
    fn an_auditor_changes_nothing_and_sees_all_that_anybody_sees() {
        let auditor = of_office(Office::Auditor);
        for permission in Permission::ALL {
            assert_eq!(auditor.has(*permission), permission.name().ends_with(":read"), "{}", permission.name());
        }
    }

    #[test]
    fn only_administrators_may_do_everything() {
        for office in Office::ALL {
            assert_eq!(of_office(office) == Powers::ALL, office == Office::Administrator, "{office}");
        }
    }

    #[test]
    fn who_owns_a_client_needs_no_more() {
        let owner = of_office(Office::ClientOwner);
        assert!(owner.has_for_own(Permission::ClientsWrite) && !owner.has(Permission::ClientsWrite));
        assert!(!owner.has_for_own(Permission::UsersRead));
    }
}
