//! Changes to the accounts of people.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

use super::{ChangeError, Problem, text};
use crate::{
    app::{Actor, App},
    policy::{registry::Registry, user::User},
    protocol::standard_claims::Profile,
    secret::random_bytes,
    store::{
        grants::{self, GrantsOf},
        sessions, users,
    },
};

/// How an account is to be, before anything of it is checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserSettings {
    /// What the person types to sign in. It never changes.
    pub username: String,
    /// An address. Empty counts as none.
    pub email: Option<String>,
    /// Whether the person has shown that mail reaches them there.
    pub email_verified: bool,
    /// The other claims of OpenID Connect.
    pub profile: Profile,
    /// The names of their roles.
    pub roles: Vec<String>,
}

impl From<&User> for UserSettings {
    fn from(user: &User) -> Self {
        Self {
            username: user.username.clone(),
            email: user.email.clone(),
            email_verified: user.email_verified,
            profile: user.profile.clone(),
            roles: user.roles.clone(),
        }
    }
}

/// Adds an account. Without a password nobody can sign in to it.
///
/// # Errors
/// [`ChangeError::Invalid`]: the settings break rules, or the username is taken.
pub async fn create(
    app: &App,
    actor: &Actor,
    settings: &UserSettings,
    password_hash: Option<String>,
) -> Result<User, ChangeError> {
    let now = app.clock.now();
    // Random, so that it does not tell the clients that see it when the account was made.
    let user_id = Builder::from_random_bytes(random_bytes()).into_uuid();
    let user = validate(settings, user_id, &app.registry(), now).map_err(ChangeError::Invalid)?;
    let mut tx = app.db.begin().await?;
    if !users::insert(&mut *tx, &user, password_hash.as_deref()).await? {
        return Err(Problem::new("username", "There is a user with this name already.").into());
    }
    users::set_roles(&mut tx, user_id, &user.roles).await?;
    let event = app.event("user.created", actor, now).about(subject(user_id));
    app.write_event(&mut tx, event.change(None, described(&user))).await?;
    tx.commit().await?;
    Ok(user)
}

/// Replaces the details and roles of an account, all but its name.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the settings were read. [`ChangeError::NotPermitted`]:
/// nobody could administer this installation any more.
pub async fn update(
    app: &App,
    actor: &Actor,
    user_id: Uuid,
    revision: i32,
    settings: &UserSettings,
) -> Result<(), ChangeError> {
    let change = Change::begin(app, user_id).await?;
    if settings.username.trim() != change.before.username {
        return Err(Problem::new("username", "The username does not change: add another user.").into());
    }
    let after = validate(settings, user_id, &app.registry(), change.now).map_err(ChangeError::Invalid)?;
    let after = User { enabled: change.before.enabled, created_at: change.before.created_at, revision, ..after };
    change.write("user.updated", actor, after).await
}

/// Switches an account on or off. Off, its sessions end and its grants are revoked.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: nobody could administer this installation any more.
pub async fn set_enabled(app: &App, actor: &Actor, user_id: Uuid, enabled: bool) -> Result<(), ChangeError> {
    let change = Change::begin(app, user_id).await?;
    if change.before.enabled == enabled {
        return Ok(());
    }
    let after = User { enabled, ..change.before.clone() };
    change.write(if enabled { "user.enabled" } else { "user.disabled" }, actor, after).await
}

/// A change of an account that exists.
struct Change<'a> {
    app: &'a App,
    tx: Transaction<'static, Postgres>,
    now: OffsetDateTime,
    administrators: i64,
    before: User,
}

impl<'a> Change<'a> {
    async fn begin(app: &'a App, user_id: Uuid) -> Result<Self, ChangeError> {
        let mut tx = app.db.begin().await?;
        let administrators = users::lock_and_count_administrators(&mut tx).await?;
        let before = users::find(&mut *tx, user_id).await?.ok_or(ChangeError::Unknown)?;
        Ok(Self { app, tx, now: app.clock.now(), administrators, before })
    }

    async fn write(self, event: &str, actor: &Actor, after: User) -> Result<(), ChangeError> {
        let Self { app, mut tx, now, administrators, before } = self;
        if !users::update(&mut *tx, &after, now).await? {
            return Err(ChangeError::Outdated);
        }
        users::set_roles(&mut tx, after.user_id, &after.roles).await?;
        if administrators > 0 && users::lock_and_count_administrators(&mut tx).await? == 0 {
            return Err(ChangeError::NotPermitted(
                "This is the last enabled administrator. Make somebody else one first.".into(),
            ));
        }
        let revoked = withdraw(&mut tx, &before, &after, now).await?;
        let event = app.event(event, actor, now).about(subject(after.user_id));
        app.write_event(&mut tx, event.change(described(&before), described(&after))).await?;
        tx.commit().await?;
        app.add_revoked(&revoked);
        Ok(())
    }
}

/// Takes back what the person may not have any more: sessions and grants when the account is disabled, grants when a
/// role is lost, because tokens may carry what it gave. Says which grants.
async fn withdraw(
    tx: &mut PgConnection,
    before: &User,
    after: &User,
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, ChangeError> {
    let disabled = before.enabled && !after.enabled;
    if disabled {
        sessions::end_all_of_user(&mut *tx, after.user_id, now).await?;
    }
    if disabled || before.roles.iter().any(|role| !after.roles.contains(role)) {
        return Ok(grants::revoke(tx, GrantsOf::User(after.user_id, None), now).await?);
    }
    Ok(Vec::new())
}

/// Makes an account of the settings.
///
/// # Errors
/// Everything that is wrong with them.
pub fn validate(
    given: &UserSettings,
    user_id: Uuid,
    registry: &Registry,
    now: OffsetDateTime,
) -> Result<User, Vec<Problem>> {
    let mut problems = Vec::new();
    let username = text::name("username", &given.username).map_err(|problem| problems.push(problem));
    let email = given.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
    if email.is_some_and(|email| !text::is_email(email)) {
        problems.push(Problem::new("email", "This is not an e-mail address."));
    }
    for role in given.roles.iter().filter(|role| registry.role(role).is_none()) {
        problems.push(Problem::new("roles", format!("There is no role {role}.")));
    }
    match username {
        Ok(username) if problems.is_empty() => Ok(User {
            user_id,
            username,
            email: email.map(str::to_owned),
            email_verified: email.is_some() && given.email_verified,
            profile: given.profile.clone(),
            enabled: true,
            roles: given.roles.clone(),
            created_at: now,
            updated_at: now,
            revision: 1,
        }),
        _ => Err(problems),
    }
}

fn subject(user_id: Uuid) -> String {
    format!("user:{user_id}")
}

fn described(user: &User) -> Option<Value> {
    let mut described = serde_json::to_value(UserSettings::from(user)).ok()?;
    described["enabled"] = user.enabled.into();
    Some(described)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_a_visible_name_and_known_roles() {
        let wrong = |username: &str, email: &str, roles: &[&str]| {
            let settings = UserSettings {
                username: username.into(),
                email: Some(email.into()),
                roles: roles.iter().map(ToString::to_string).collect(),
                ..UserSettings::default()
            };
            let user = validate(&settings, Uuid::nil(), &Registry::default(), OffsetDateTime::UNIX_EPOCH);
            user.err().into_iter().flatten().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong("alice", "", &[]), [""; 0]);
        assert_eq!(wrong("alice", "alice@example.org", &[]), [""; 0]);
        assert_eq!(wrong("al\u{200b}ice", "alice", &["nurse"]), ["username", "email", "roles"]);
    }

    #[test]
    fn no_address_is_never_a_verified_one() {
        let settings = UserSettings { username: "a".into(), email_verified: true, ..UserSettings::default() };
        let user = validate(&settings, Uuid::nil(), &Registry::default(), OffsetDateTime::UNIX_EPOCH).unwrap();
        assert!(!user.email_verified);
    }
}
