//! Changes of roles.

use std::collections::BTreeSet;

use super::{Consequence, Denied, Event, Plan, State, Thing, taken};
use crate::{
    model::{office::Office, registry::Role},
    policy::{
        refusal::{Fault, Refusal},
        text,
    },
    protocol::assurance::Level,
};

/// The role that every installation has.
pub const ADMINISTRATOR: &str = "administrator";

/// The console's path for a new role.
const RESERVED_NAME: &str = "new";

/// How a role is to be, before anything of it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSettings {
    /// What it is for.
    pub description: String,
    /// The minimum assurance level for users with this role.
    pub required_level: Level,
    /// The scopes that its users may grant.
    pub scopes: BTreeSet<String>,
}

impl From<Role> for RoleSettings {
    fn from(role: Role) -> Self {
        let Role { description, required_level, scopes, .. } = role;
        Self { description, required_level, scopes }
    }
}

pub(super) fn add(state: &State, name: &str, office: Option<Office>, given: &RoleSettings) -> Result<Plan, Denied> {
    let mut refusals = problems(state, given);
    if !is_role_name(name) {
        let rule = "Use 1 to 63 small letters, digits, - and _, beginning with a letter.";
        refusals.insert(0, Refusal::new("name", Fault::Malformed, rule));
    }
    if state.role(name).is_some() {
        refusals.push(taken::role());
    }
    if !refusals.is_empty() {
        return Err(refusals.into());
    }
    let after = of(name, office, 1, given);
    Ok(Plan { event: Event::RoleCreated, before: None, after: Some(Thing::Role(after)), consequences: Vec::new() })
}

pub(super) fn edit(state: &State, name: &str, revision: i32, given: &RoleSettings) -> Result<Plan, Denied> {
    let before = state.role(name).ok_or(Denied::Unknown)?;
    if before.revision != revision {
        return Err(Denied::Outdated);
    }
    let refusals = problems(state, given);
    if !refusals.is_empty() {
        return Err(refusals.into());
    }
    let after = of(name, before.office, revision + 1, given);
    Ok(Plan {
        event: Event::RoleUpdated,
        before: Some(Thing::Role(before.clone())),
        after: Some(Thing::Role(after)),
        consequences: Vec::new(),
    })
}

pub(super) fn delete(state: &State, name: &str) -> Result<Plan, Denied> {
    let before = state.role(name).ok_or(Denied::Unknown)?;
    if name == ADMINISTRATOR {
        return Err(Denied::Protected("The role administrator is built in and stays."));
    }
    let losing = state.administrators_only_by(name);
    if losing > 0 && losing == state.administrators() {
        return Err(Denied::Protected("Nobody would be left to administer this installation."));
    }
    Ok(Plan {
        event: Event::RoleDeleted,
        before: Some(Thing::Role(before.clone())),
        after: None,
        consequences: vec![Consequence::SessionsByRole(name.to_owned())],
    })
}

fn of(name: &str, office: Option<Office>, revision: i32, given: &RoleSettings) -> Role {
    let RoleSettings { description, required_level, scopes } = given.clone();
    let description = description.trim().to_owned();
    Role { name: name.to_owned(), description, office, required_level, scopes, revision }
}

fn problems(state: &State, given: &RoleSettings) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if !given.description.is_empty() {
        refusals.extend(text::sentence("description", &given.description, 300).err());
    }
    for scope in given.scopes.iter().filter(|scope| state.owner(scope).is_none()) {
        refusals.push(Refusal::new("scopes", Fault::Unknown, format!("No API has the scope {scope}.")));
    }
    refusals
}

/// Whether a role may have this name.
#[must_use]
pub fn is_role_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(inner)
        && name != RESERVED_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_a_plain_name_and_known_scopes() {
        let wrong = |name: &str, description: &str, scopes: &[&str]| {
            let scopes = scopes.iter().map(ToString::to_string).collect();
            let given = RoleSettings { description: description.into(), required_level: Level::Aal1, scopes };
            match add(&State::default(), name, None, &given) {
                Err(Denied::Refused(refusals)) => refusals.iter().map(|refusal| refusal.field).collect(),
                _ => vec![],
            }
        };
        assert_eq!(wrong("nurse", "", &[]), [""; 0]);
        assert_eq!(wrong("nurse-2_b", "Reads records", &[]), [""; 0]);
        for name in ["", "Nurse", "2nurse", "nurse role", "new", &"n".repeat(64)] {
            assert_eq!(wrong(name, "", &[]), ["name"], "{name:?}");
        }
        assert_eq!(wrong("nurse", "a\u{200b}b", &["records:read"]), ["description", "scopes"]);
    }
}
