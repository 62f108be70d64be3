//! What the page of a user says first: when they last signed in, and what their roles give.

use super::session::Administrator;
use crate::{
    language::Moment,
    model::office::Office,
    policy::{
        event::{Event, Outcome},
        permission::Permission,
        user_agent::Device,
    },
    store::audit_events::{Condition, Search, search},
};

/// When and where somebody last signed in.
pub struct LastSignIn {
    /// When.
    pub at: Moment,
    /// The browser and its system; may be empty.
    pub device: String,
    /// The address; may be empty.
    pub address: String,
}

/// A role that somebody has.
pub struct HeldRole {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it gives, in words: "3 scopes at Records".
    pub gives: String,
    /// What it lets its users do here; empty for nothing.
    pub office: &'static str,
    /// Its page; empty if the reader may not see it.
    pub path: String,
}

/// The last sign-in that the audit trail knows of.
pub(super) async fn last_sign_in(admin: &Administrator, subject: &str) -> sqlx::Result<Option<LastSignIn>> {
    let conditions = vec![
        Condition::Subject(subject.to_owned()),
        Condition::Event(vec![Event::SignIn.name().to_owned()]),
        Condition::Outcome(Outcome::Success),
    ];
    let found = search(&admin.app.db, &Search { conditions, ..Search::default() }, 1).await?;
    Ok(found.events.into_iter().next().map(|event| LastSignIn {
        at: Moment::new(event.at, admin.now),
        device: Device::of(event.user_agent.as_deref().unwrap_or_default()).to_string(),
        address: event.ip.unwrap_or_default(),
    }))
}

/// What a role of a user gives.
pub(super) fn held_role(admin: &Administrator, name: &str) -> HeldRole {
    let registry = admin.snapshot.registry();
    let role = registry.role(name);
    let of_api = registry.apis().filter_map(|api| {
        let scopes = role.into_iter().flat_map(|role| &role.scopes).filter(|scope| api.scopes.contains_key(*scope));
        match scopes.count() {
            0 => None,
            1 => Some(format!("1 scope at {}", api.name)),
            many => Some(format!("{many} scopes at {}", api.name)),
        }
    });
    HeldRole {
        name: name.to_owned(),
        description: role.map(|role| role.description.clone()).unwrap_or_default(),
        gives: of_api.collect::<Vec<_>>().join(", "),
        office: role.and_then(|role| role.office).map_or("", Office::label),
        path: if admin.may(Permission::RolesRead) { format!("/admin/roles/{name}") } else { String::new() },
    }
}
