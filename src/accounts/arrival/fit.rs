//! Makes what arrives fit what is here.

use time::OffsetDateTime;

use super::Came;
use crate::{
    model::registry::{self, Registry},
    policy::{
        change::{Change, RoleSettings, problems_of_user},
        moving::{
            Note,
            keycloak::{ArrivedRole, ArrivedUser},
        },
        refusal::{Fault, Refusal},
    },
    protocol::standard_claims::fields::FIELDS,
    registry::{ChangeError, Changing},
};

/// A role that arrives.
pub(super) struct Role {
    /// What it is called here.
    pub name: String,
    /// What adds it. `None`: there is one already.
    pub change: Option<Change>,
    /// The one that there is administers, so nobody who arrives gets it.
    administers: bool,
}

impl Role {
    pub async fn add(self, changing: &mut Changing<'_>) -> Result<Came<()>, ChangeError> {
        if self.administers {
            let message = "A role of this name administers here, so nobody who comes gets it. Rename one of the two.";
            return Ok(Came::Refused(Refusal::new("name", Fault::NotAllowed, message).into()));
        }
        let Some(change) = self.change else { return Ok(Came::Exists) };
        let made = changing.apply_possible(&[change]).await?.into_iter().next();
        Ok(Came::of(made.unwrap_or(Err(ChangeError::Unknown)).map(|_| ())))
    }
}

/// A role that gives no scope and does not administer, whatever it is called. Administrators give it scopes here.
pub(super) fn role(arrived: ArrivedRole, registry: &Registry) -> Role {
    let ArrivedRole { name, description, .. } = arrived;
    let here = registry.role(&name);
    let settings = RoleSettings { description, ..RoleSettings::default() };
    let change = Change::AddRole { name: name.clone(), office: None, settings };
    Role { administers: here.is_some_and(registry::Role::administers), change: here.is_none().then_some(change), name }
}

/// Leaves out of a user what cannot be here: roles that administer, an address that is none, details that break rules.
pub(super) fn user(user: &mut ArrivedUser, roles: &[Role], now: OffsetDateTime) {
    let settings = &mut user.settings;
    settings.roles.retain(|name| roles.iter().any(|role| role.name == *name && !role.administers));
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
