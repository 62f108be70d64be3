//! The parts of the console.

use crate::policy::permission::Permission;

/// A part of the console, as its navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Section {
    Clients,
    Apis,
    Roles,
    Users,
    Keys,
    Branding,
    Security,
    Audit,
}

impl Section {
    /// All of them, in the order of the navigation.
    pub const ALL: [Self; 8] =
        [Self::Clients, Self::Apis, Self::Roles, Self::Users, Self::Keys, Self::Branding, Self::Security, Self::Audit];

    /// What the navigation calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clients => "Clients",
            Self::Apis => "APIs",
            Self::Roles => "Roles",
            Self::Users => "Users",
            Self::Keys => "Keys",
            Self::Branding => "Branding",
            Self::Security => "Security",
            Self::Audit => "Audit log",
        }
    }

    /// What its pages ask for, at least.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Clients => Permission::ClientsRead,
            Self::Apis => Permission::ApisRead,
            Self::Roles => Permission::RolesRead,
            Self::Users => Permission::UsersRead,
            Self::Keys => Permission::KeysRead,
            Self::Branding => Permission::SettingsRead,
            Self::Security | Self::Audit => Permission::AuditRead,
        }
    }

    /// The path of its first page.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Clients => "/admin/clients",
            Self::Apis => "/admin/apis",
            Self::Roles => "/admin/roles",
            Self::Users => "/admin/users",
            Self::Keys => "/admin/keys",
            Self::Branding => "/admin/branding",
            Self::Security => "/admin/security",
            Self::Audit => "/admin/audit",
        }
    }
}
