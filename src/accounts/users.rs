//! Changes to the accounts of people.

pub(super) mod change;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

use change::Change;

use super::{
    hold::{self, SETS_A_PASSWORD},
    invitation,
    link::Purpose,
};
use crate::{
    app::App,
    mail::Loss,
    model::{registry::Registry, user::User},
    policy::{email_address::EmailAddress, event::Event},
    protocol::standard_claims::Profile,
    registry::{ChangeError, Principal, Problem, RecentPrincipal, begin_with_account, text},
    secret::{Secret, random_bytes},
    store::{links as mailed, roles, users},
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

/// Adds an account. Without a password nobody can sign in to it, until the person has chosen one by the invitation that
/// is mailed to their address, if they have one.
///
/// # Errors
/// [`ChangeError::Invalid`]: the settings break rules, or the username is taken.
pub async fn create(
    app: &App,
    by: &RecentPrincipal,
    settings: &UserSettings,
    password_hash: Option<String>,
) -> Result<User, ChangeError> {
    let now = app.clock.now();
    // Random, so that it does not tell the clients that see it when the account was made.
    let user_id = Builder::from_random_bytes(random_bytes()).into_uuid();
    let (mut tx, _) = begin_with_account(app, by, user_id).await?;
    let user = validated(&mut tx, settings, user_id, now).await?;
    if !users::insert(&mut *tx, &user, password_hash.as_deref()).await? {
        return Err(Problem::new("username", "There is a user with this name already.").into());
    }
    users::set_roles(&mut tx, user_id, &user.roles).await?;
    let event = app.event(Event::UserCreated, by.actor(), now).about_user(user_id);
    app.write_event(&mut tx, event.change(None, described(&user))).await?;
    if password_hash.is_none() && user.email.is_some() {
        invitation::send_within(app, &mut tx, by, &user, Purpose::Invitation).await?;
    }
    tx.commit().await?;
    Ok(user)
}

/// Replaces the details and roles of an account, all but its name. Another address is one that somebody else set
/// ([`crate::policy::recovery`]), and the old one is told.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the settings were read. [`ChangeError::NotPermitted`]:
/// nobody could administer this installation any more.
pub async fn update(
    app: &App,
    by: &RecentPrincipal,
    user_id: Uuid,
    revision: i32,
    settings: &UserSettings,
) -> Result<(), ChangeError> {
    let mut change = Change::begin(app, by, user_id).await?;
    if settings.username.trim() != change.before.username {
        return Err(Problem::new("username", "The username does not change: add another user.").into());
    }
    let after = validated(&mut change.tx, settings, user_id, change.now).await?;
    let (is_moved, now) = (!same_mailbox(change.before.email.as_deref(), after.email.as_deref()), change.now);
    let User { enabled, created_at, deleted_at, password_is_short, email_given_at, held_at, .. } = change.before;
    let email_given_at = if is_moved { after.email.as_ref().map(|_| now) } else { email_given_at };
    let after = User { enabled, created_at, revision, deleted_at, password_is_short, email_given_at, held_at, ..after };
    if is_moved {
        leave_address(app, &mut change).await?;
    }
    Box::pin(change.write(Event::UserUpdated, by, after)).await
}

const fn same_mailbox(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, None) => true,
        _ => false,
    }
}

/// The address that an account loses by an administrator is told, and what was mailed there to set a password ends.
async fn leave_address(app: &App, change: &mut Change<'_>) -> sqlx::Result<()> {
    let user_id = change.before.user_id;
    mailed::end_all_of_user(&mut *change.tx, user_id, &SETS_A_PASSWORD.map(Purpose::as_str), change.now).await?;
    hold::warn(&mut change.tx, app, &change.before, Loss::ByAdministrator).await
}

/// Replaces what an account says of its person, as they do themselves.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the profile was read.
pub async fn update_profile(
    app: &App,
    by: &Principal,
    (user_id, revision): (Uuid, i32),
    profile: Profile,
) -> Result<(), ChangeError> {
    let change = Change::begin(app, by, user_id).await?;
    validate_profile(&profile).map_err(ChangeError::Invalid)?;
    let after = User { profile, revision, ..change.before.clone() };
    change.write(Event::DetailsChanged, by, after).await
}

/// Switches an account on or off. Off, its sessions end and its grants are revoked.
///
/// # Errors
/// [`ChangeError::NotPermitted`]: nobody could administer this installation any more, or the account is deleted.
pub async fn set_enabled(app: &App, by: &RecentPrincipal, user_id: Uuid, enabled: bool) -> Result<(), ChangeError> {
    let change = Change::begin(app, by, user_id).await?;
    if change.before.deleted_at.is_some() {
        return Err(ChangeError::NotPermitted("This user is deleted. Restore them first.".into()));
    }
    if change.before.enabled == enabled {
        return Ok(());
    }
    let after = User { enabled, ..change.before.clone() };
    change.write(if enabled { Event::UserEnabled } else { Event::UserDisabled }, by, after).await
}

async fn validated(
    tx: &mut PgConnection,
    settings: &UserSettings,
    user_id: Uuid,
    now: OffsetDateTime,
) -> Result<User, ChangeError> {
    let registry = Registry::new(Vec::new(), roles::named(tx, &settings.roles).await?);
    validate(settings, user_id, &registry, now).map_err(ChangeError::Invalid)
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
    if email.is_some_and(|email| email.parse::<EmailAddress>().is_err()) {
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
            deleted_at: None,
            password_is_short: false,
            email_given_at: None,
            held_at: None,
        }),
        _ => Err(problems),
    }
}

/// The names in a profile are visible in full.
fn validate_profile(profile: &Profile) -> Result<(), Vec<Problem>> {
    let names = [
        ("name", &profile.name),
        ("given_name", &profile.given_name),
        ("family_name", &profile.family_name),
        ("nickname", &profile.nickname),
    ];
    let problems = names.into_iter().filter_map(|(field, name)| text::name(field, name.as_deref()?).err());
    let problems = problems.collect::<Vec<_>>();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What the record says of an account. It outlives the person's data, so of those it has fingerprints only: enough to see
/// that something changed, and to find out whether it was a certain value (LP-07).
fn described(user: &User) -> Option<Value> {
    let fingerprint = |text: &str| Secret::presented(text).hash().fingerprint();
    Some(json!({
        "username": fingerprint(&user.username),
        "email": user.email.as_deref().map(fingerprint),
        "email_verified": user.email_verified,
        "profile": fingerprint(&serde_json::to_string(&user.profile).ok()?),
        "roles": user.roles,
        "enabled": user.enabled,
        "deleted": user.deleted_at.is_some(),
    }))
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
