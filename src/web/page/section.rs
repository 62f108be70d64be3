//! The parts of the console.

use crate::policy::permission::Permission;

/// A part of the console, as its navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Section {
    Home,
    Clients,
    Apis,
    Roles,
    Users,
    Attacks,
    Keys,
    Audit,
    Branding,
    Reference,
}

/// Parts that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// What they have in common. Empty: it is one alone.
    pub name: &'static str,
    /// The parts.
    pub sections: &'static [Section],
}

/// All parts, in the order of the navigation.
pub const GROUPS: [Group; 5] = [
    Group { name: "", sections: &[Section::Home] },
    Group { name: "Registry", sections: &[Section::Clients, Section::Apis, Section::Roles] },
    Group { name: "People", sections: &[Section::Users] },
    Group { name: "Security", sections: &[Section::Attacks, Section::Keys, Section::Audit] },
    Group { name: "Settings", sections: &[Section::Branding, Section::Reference] },
];

impl Section {
    /// What the navigation calls it, and the heading of its first page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Clients => "Clients",
            Self::Apis => "APIs",
            Self::Roles => "Roles",
            Self::Users => "Users",
            Self::Attacks => "Attacks",
            Self::Keys => "Keys",
            Self::Audit => "Audit log",
            Self::Branding => "Branding",
            Self::Reference => "Admin API",
        }
    }

    /// What its pages ask for, at least. `None`: an office, whichever.
    #[must_use]
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Clients => Some(Permission::ClientsRead),
            Self::Apis => Some(Permission::ApisRead),
            Self::Roles => Some(Permission::RolesRead),
            Self::Users => Some(Permission::UsersRead),
            Self::Keys => Some(Permission::KeysRead),
            Self::Branding => Some(Permission::SettingsRead),
            Self::Home | Self::Attacks | Self::Audit => Some(Permission::AuditRead),
            Self::Reference => None,
        }
    }

    /// The path of its first page.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Home => "/admin",
            Self::Clients => "/admin/clients",
            Self::Apis => "/admin/apis",
            Self::Roles => "/admin/roles",
            Self::Users => "/admin/users",
            Self::Attacks => "/admin/security",
            Self::Keys => "/admin/keys",
            Self::Audit => "/admin/audit",
            Self::Branding => "/admin/branding",
            Self::Reference => "/admin/reference",
        }
    }

    /// Its picture (`templates/console/icons.html`).
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Clients => "clients",
            Self::Apis => "apis",
            Self::Roles => "roles",
            Self::Users => "users",
            Self::Attacks => "attacks",
            Self::Keys => "keys",
            Self::Audit => "audit",
            Self::Branding => "branding",
            Self::Reference => "reference",
        }
    }

    /// The part that a path belongs to, if it is one of the console's.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        GROUPS.iter().flat_map(|group| group.sections).copied().find(|section| {
            let rest = path.strip_prefix(section.path());
            let is_below = |rest: &str| rest.starts_with('/') && *section != Self::Home;
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?') || is_below(rest))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_part_below_which_it_is() {
        for (path, section) in [
            ("/admin", Some(Section::Home)),
            ("/admin/clients", Some(Section::Clients)),
            ("/admin/clients/app/edit", Some(Section::Clients)),
            ("/admin/security?over=day", Some(Section::Attacks)),
            ("/admin/clientsession", None),
            ("/admin/sign-out", None),
        ] {
            assert_eq!(Section::at(path), section, "{path}");
        }
    }
}
