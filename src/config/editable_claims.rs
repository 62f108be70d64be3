//! What users may change of themselves.

use std::str::FromStr;

/// The claims that users may change in their own account: never what others rely on, such as `email_verified`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableClaims(Vec<&'static str>);

/// One claim that an installation may let its users change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditableClaim(&'static str);

/// Why a claim cannot be let to users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEditable {
    /// Others rely on it, or it is changed in another way.
    #[error("users cannot change this claim here; give any of {}", EditableClaims::ALL.join(", "))]
    Forbidden,
    /// The whole of it can be, not a part alone.
    #[error("an address is changed as a whole: give address")]
    PartOfAddress,
    /// There is no such claim.
    #[error("there is no such claim; give any of {}", EditableClaims::ALL.join(", "))]
    Unknown,
}

/// Claims that are proven, made by us, or changed on a page of their own.
const FORBIDDEN: [&str; 8] = [
    "sub",
    "username",
    "preferred_username",
    "email",
    "email_verified",
    "phone_number_verified",
    "updated_at",
    "roles",
];
/// The members of `address`.
const PARTS_OF_ADDRESS: [&str; 6] = ["formatted", "street_address", "locality", "region", "postal_code", "country"];

impl EditableClaims {
    /// Every claim that an installation may let its users change.
    pub const ALL: [&'static str; 14] = [
        "name",
        "given_name",
        "middle_name",
        "family_name",
        "nickname",
        "phone_number",
        "address",
        "birthdate",
        "gender",
        "locale",
        "zoneinfo",
        "profile",
        "picture",
        "website",
    ];

    /// These claims.
    #[must_use]
    pub fn new(claims: impl IntoIterator<Item = EditableClaim>) -> Self {
        Self(claims.into_iter().map(|claim| claim.0).collect())
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> &[&'static str] {
        &self.0
    }
}

/// How users are called, and in which language we write to them.
impl Default for EditableClaims {
    fn default() -> Self {
        Self(vec!["name", "given_name", "family_name", "nickname", "locale"])
    }
}

impl FromStr for EditableClaim {
    type Err = NotEditable;

    fn from_str(name: &str) -> Result<Self, NotEditable> {
        let known = EditableClaims::ALL.into_iter().find(|claim| *claim == name).map(Self);
        let part = name.strip_prefix("address.").unwrap_or(name);
        known.ok_or(if FORBIDDEN.contains(&name) {
            NotEditable::Forbidden
        } else if PARTS_OF_ADDRESS.contains(&part) {
            NotEditable::PartOfAddress
        } else {
            NotEditable::Unknown
        })
    }
}
