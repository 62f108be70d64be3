//! Makes what arrives fit what is here.

use time::OffsetDateTime;

use crate::{
    policy::{
        change::{Change, RoleSettings, State, problems_of_user},
        moving::{
            Note,
            keycloak::{ArrivedRole, ArrivedUser},
        },
        refusal::Refusal,
    },
    protocol::standard_claims::fields::FIELDS,
};

/// Adds a role that gives no scope and does not administer, whatever it is called. Administrators give it scopes here.
pub(super) fn role(arrived: &ArrivedRole) -> Change {
    let settings = RoleSettings { description: arrived.description.clone(), ..RoleSettings::default() };
    Change::AddRole { name: arrived.name.clone(), office: None, settings }
}

/// Leaves out of a user the roles that are not here, and those that administer.
pub(super) fn roles(user: &mut ArrivedUser, state: &State) {
    user.settings.roles.retain(|name| state.role(name).is_some_and(|role| !role.administers()));
}

/// Leaves out of a user what cannot be here: an address that is none, details that break rules.
pub(super) fn details(user: &mut ArrivedUser, now: OffsetDateTime) {
    let settings = &mut user.settings;
    let wrong = problems_of_user(settings, None, |_| true, now);
    for Refusal { field, message, .. } in wrong.into_iter().filter(|refusal| refusal.field != "username") {
        if field == "email" {
            (settings.email, settings.email_verified) = (None, false);
        } else if let Some(field) = FIELDS.iter().find(|own| own.name == field) {
            field.set(&mut settings.profile, None);
        }
        user.notes.push(Note::new(field, format!("It is left out: {message}")));
    }
}
