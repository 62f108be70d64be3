//! What somebody may be entrusted with in the administration of this installation.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a role lets its users do here. What each may is one table ([`crate::policy::permission`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Office {
    /// Everything.
    Administrator,
    /// All clients.
    ClientManager,
    /// The clients that they register, and those that are given to them.
    ClientOwner,
    /// Accounts and their roles, as far as those give nothing here.
    UserManager,
    /// Sees everything, changes nothing.
    Auditor,
    /// Signing keys and settings.
    Operator,
}

/// There is no office of this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no office; there are administrator, client_manager, client_owner, user_manager, auditor and operator"
)]
pub struct UnknownOffice(String);

impl Office {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Administrator, Self::ClientManager, Self::ClientOwner, Self::UserManager, Self::Auditor, Self::Operator];

    /// What JSON, options and the database call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::ClientManager => "client_manager",
            Self::ClientOwner => "client_owner",
            Self::UserManager => "user_manager",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
        }
    }

    /// What the console calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::ClientManager => "Client manager",
            Self::ClientOwner => "Client owner",
            Self::UserManager => "User manager",
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
        }
    }

    /// What who holds it may do, in a few words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Administrator => "may do everything",
            Self::ClientManager => "registers and changes clients, all of them",
            Self::ClientOwner => "registers clients, and sees and changes those that they own",
            Self::UserManager => "adds, changes and removes users who hold no office above their own",
            Self::Auditor => "sees everything and changes nothing",
            Self::Operator => "rotates signing keys and changes settings",
        }
    }
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Office {
    type Err = UnknownOffice;

    fn from_str(text: &str) -> Result<Self, UnknownOffice> {
        Self::ALL.into_iter().find(|office| office.as_str() == text).ok_or_else(|| UnknownOffice(text.to_owned()))
    }
}

impl Serialize for Office {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Office {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
