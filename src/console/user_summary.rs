//! What the page of a user says first: when they last signed in, and what their roles give.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::session::Administrator;
use crate::{
    app::user_in_record,
    language::Moment,
    model::{office::Office, user::User},
    policy::{
        event::{Event, Outcome},
        permission::Permission,
        user_agent::Device,
    },
    store::{
        audit_events::{self, Condition, RecordedChange, Search, search},
        users,
    },
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
    /// Who gave it to them, and when. `None`: the audit trail does not know it any more.
    pub given: Option<(String, Moment)>,
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

/// The roles of a user: what each gives, and who gave it to them.
pub(super) async fn held_roles(admin: &Administrator, user: &User) -> sqlx::Result<Vec<HeldRole>> {
    let mut given = given(admin, user).await?;
    Ok(user.roles.iter().map(|name| held_role(admin, name, given.remove(name))).collect())
}

/// Of each role that a user has, who gave it last, by the newest changes that the audit trail has of them.
async fn given(admin: &Administrator, user: &User) -> sqlx::Result<HashMap<String, (String, Moment)>> {
    let changes = audit_events::newest_changes(&admin.app.db, None, Some(&user_in_record(user.user_id))).await?;
    let actors = changes.iter().filter_map(|change| user_id(change.actor.as_deref()?)).collect::<Vec<_>>();
    let actors = users::of(&admin.app.db, &actors).await?;
    let username = |id: Uuid| actors.iter().find(|user| user.user_id == id).map(|user| user.username.clone());
    let mut given = HashMap::new();
    for RecordedChange { actor, at, before, after, .. } in changes {
        let had = before.as_ref().map(|before| names(&before["roles"])).unwrap_or_default();
        let by = actor.unwrap_or_default();
        let by = user_id(&by).and_then(username).unwrap_or(by);
        for role in names(&after["roles"]).into_iter().filter(|role| !had.contains(role)) {
            given.entry(role.to_owned()).or_insert_with(|| (by.clone(), Moment::new(at, admin.now)));
        }
    }
    Ok(given)
}

fn user_id(actor: &str) -> Option<Uuid> {
    actor.strip_prefix("user:")?.parse().ok()
}

fn names(roles: &Value) -> Vec<&str> {
    roles.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn held_role(admin: &Administrator, name: &str, given: Option<(String, Moment)>) -> HeldRole {
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
        given,
        office: role.and_then(|role| role.office).map_or("", Office::label),
        path: if admin.may(Permission::RolesRead) { format!("/admin/roles/{name}") } else { String::new() },
    }
}
