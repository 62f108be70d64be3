//! Changes to roles.

use serde_json::{Value, json};

use super::{ChangeError, Problem, RecentPrincipal, begin_with_roles, commit, text};
use crate::{
    app::App,
    model::registry::{Registry, Role},
    policy::{event::Event, feed::Part},
    store::{
        apis,
        grants::{self, GrantsOf},
        roles, sessions, users,
    },
};

/// The role that every installation has.
pub const ADMINISTRATOR: &str = "administrator";

/// The console's path for a new role.
const RESERVED_NAME: &str = "new";

/// Adds a role.
///
/// # Errors
/// [`ChangeError::Invalid`]: it breaks rules, or its name is taken.
pub async fn create(app: &App, by: &RecentPrincipal, role: Role) -> Result<(), ChangeError> {
    let now = app.clock.now();
    let (mut tx, _) = begin_with_roles(app, by).await?;
    let role = validated(&mut tx, role).await?;
    if !roles::insert(&mut *tx, &role, now).await? {
        return Err(Problem::new("name", "There is a role with this name already.").into());
    }
    roles::set_scopes(&mut tx, &role).await?;
    let event = app.event(Event::RoleCreated, by.actor(), now).about(subject(&role.name));
    app.write_event(&mut tx, event.change(None, Some(described(&role)))).await?;
    commit(app, tx, Part::Roles).await?;
    Ok(())
}

/// Replaces the description and the scopes of a role. Whether it opens the console does not change.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn update(app: &App, by: &RecentPrincipal, role: Role) -> Result<(), ChangeError> {
    let now = app.clock.now();
    let (mut tx, _) = begin_with_roles(app, by).await?;
    let before = found(&mut tx, &role.name).await?;
    let role = validated(&mut tx, Role { administrative: before.administrative, ..role }).await?;
    roles::update(&mut *tx, &role).await?;
    roles::set_scopes(&mut tx, &role).await?;
    let event = app.event(Event::RoleUpdated, by.actor(), now).about(subject(&role.name));
    app.write_event(&mut tx, event.change(Some(described(&before)), Some(described(&role)))).await?;
    commit(app, tx, Part::Roles).await?;
    Ok(())
}

/// Removes a role; whoever had it loses it. Who administered by it alone is signed out everywhere.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: it is [`ADMINISTRATOR`], or nobody could administer this installation any more.
pub async fn delete(app: &App, by: &RecentPrincipal, name: &str) -> Result<(), ChangeError> {
    if name == ADMINISTRATOR {
        return Err(ChangeError::NotPermitted("The role administrator is built in and stays.".into()));
    }
    let now = app.clock.now();
    let (mut tx, administrators) = begin_with_roles(app, by).await?;
    let before = found(&mut tx, name).await?;
    let ended = sessions::end_all_who_administer_by(&mut tx, name, now).await?;
    let revoked = grants::revoke(&mut tx, GrantsOf::Sessions(&ended), now).await?;
    roles::delete(&mut *tx, name).await?;
    if administrators > 0 && users::lock_and_count_administrators(&mut tx).await? == 0 {
        return Err(ChangeError::NotPermitted("Nobody would be left to administer this installation.".into()));
    }
    let event = app.event(Event::RoleDeleted, by.actor(), now).about(subject(name));
    let withdrawn = json!({"ended_sessions": ended.len(), "revoked_grants": revoked.len()});
    app.write_event(&mut tx, event.change(Some(described(&before)), Some(withdrawn))).await?;
    commit(app, tx, Part::Roles).await?;
    app.add_revoked(&revoked);
    Ok(())
}

async fn found(tx: &mut sqlx::PgConnection, name: &str) -> Result<Role, ChangeError> {
    roles::named(tx, &[name.to_owned()]).await?.pop().ok_or(ChangeError::Unknown)
}

async fn validated(tx: &mut sqlx::PgConnection, role: Role) -> Result<Role, ChangeError> {
    let scopes = role.scopes.iter().cloned().collect::<Vec<_>>();
    validate(role, &Registry::new(apis::concerned(tx, &scopes, None).await?, Vec::new()))
}

fn validate(role: Role, registry: &Registry) -> Result<Role, ChangeError> {
    let mut problems = Vec::new();
    if !is_role_name(&role.name) {
        problems.push(Problem::new("name", "Use 1 to 63 small letters, digits, - and _, beginning with a letter."));
    }
    if !role.description.is_empty() {
        problems.extend(text::sentence("description", &role.description, 300).err());
    }
    for scope in role.scopes.iter().filter(|scope| registry.owner(scope).is_none()) {
        problems.push(Problem::new("scopes", format!("No API has the scope {scope}.")));
    }
    if problems.is_empty() { Ok(role) } else { Err(ChangeError::Invalid(problems)) }
}

fn is_role_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(inner)
        && name != RESERVED_NAME
}

fn subject(name: &str) -> String {
    format!("role:{name}")
}

fn described(role: &Role) -> Value {
    let Role { name, description, administrative, required_level, scopes } = role;
    json!({
        "name": name, "description": description, "administrative": administrative, "required_acr": required_level,
        "scopes": scopes
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::protocol::assurance::Level;

    #[test]
    fn a_role_has_a_plain_name_and_known_scopes() {
        let wrong = |name: &str, description: &str, scopes: &[&str]| {
            let scopes = scopes.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
            let role = Role {
                name: name.into(),
                description: description.into(),
                administrative: false,
                required_level: Level::Aal1,
                scopes,
            };
            match validate(role, &Registry::default()) {
                Err(ChangeError::Invalid(problems)) => problems.iter().map(|problem| problem.field).collect(),
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
