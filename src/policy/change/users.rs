//! Changes of accounts.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Consequence, Denied, Event, Plan, Setting, State, Thing, taken};
use crate::{
    model::user::User,
    policy::{
        email_address::EmailAddress,
        profile,
        refusal::{Fault, Refusal},
        text,
    },
    protocol::standard_claims::Profile,
};

/// How long a deleted account can be restored. Then everything personal is erased, within a day.
pub const RESTORABLE: Duration = Duration::days(29);

const DELETED: &str = "This user is deleted. Restore them first.";

/// How an account is to be, before anything of it is checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserSettings {
    /// What the user types to sign in. It never changes.
    pub username: String,
    /// An address. Empty counts as none.
    pub email: Option<String>,
    /// Whether the user has shown that mail reaches them there.
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

pub(super) fn add(state: &State, user_id: Uuid, given: &UserSettings, now: OffsetDateTime) -> Result<Plan, Denied> {
    let after = checked(state, user_id, given, None, now)?;
    if [user_id.to_string(), user_id.simple().to_string()].iter().any(|id| state.client(id).is_some()) {
        return Err(taken::user_id().into());
    }
    let after = Some(Thing::User(Box::new(after)));
    Ok(Plan { event: Event::UserCreated, before: None, after, consequences: Vec::new() })
}

pub(super) fn edit(
    state: &State,
    (user_id, revision): (Uuid, i32),
    given: &UserSettings,
    setting: &Setting<'_>,
) -> Result<Plan, Denied> {
    let before = seen(state, user_id, revision)?;
    if before.deleted_at.is_some() {
        return Err(Denied::Protected(DELETED));
    }
    if given.username.trim() != before.username {
        return Err(Refusal::new("username", Fault::Fixed, "The username does not change: add another user.").into());
    }
    let now = setting.now;
    let wanted = checked(state, user_id, given, Some(before), now)?;
    let is_moved = !same_mailbox(before.email.as_deref(), wanted.email.as_deref());
    let email_given_at = if is_moved { wanted.email.as_ref().map(|_| now) } else { before.email_given_at };
    let User { email, email_verified, profile, roles, .. } = wanted;
    let after = User { email, email_verified, profile, roles, email_given_at, ..before.clone() };
    changed(state, Event::UserUpdated, before, after, setting)
}

pub(super) fn edit_profile(
    state: &State,
    (user_id, revision): (Uuid, i32),
    wanted: &Profile,
    setting: &Setting<'_>,
) -> Result<Plan, Denied> {
    let before = seen(state, user_id, revision)?;
    let profile = profile::checked_own(&before.profile, wanted, setting.editable_claims, setting.now)?;
    let after = User { profile, ..before.clone() };
    changed(state, Event::DetailsChanged, before, after, setting)
}

pub(super) fn switch(
    state: &State,
    user_id: Uuid,
    enabled: bool,
    setting: &Setting<'_>,
) -> Result<Option<Plan>, Denied> {
    let before = state.user(user_id).ok_or(Denied::Unknown)?;
    if before.deleted_at.is_some() {
        return Err(Denied::Protected(DELETED));
    }
    if before.enabled == enabled {
        return Ok(None);
    }
    let event = if enabled { Event::UserEnabled } else { Event::UserDisabled };
    changed(state, event, before, User { enabled, ..before.clone() }, setting).map(Some)
}

pub(super) fn delete(state: &State, user_id: Uuid, setting: &Setting<'_>) -> Result<Option<Plan>, Denied> {
    let before = state.user(user_id).ok_or(Denied::Unknown)?;
    if before.deleted_at.is_some() {
        return Ok(None);
    }
    let after = User { enabled: false, deleted_at: Some(setting.now), ..before.clone() };
    changed(state, Event::UserDeleted, before, after, setting).map(Some)
}

pub(super) fn restore(state: &State, user_id: Uuid, setting: &Setting<'_>) -> Result<Plan, Denied> {
    let before = state.user(user_id).filter(|user| user.deleted_at.is_some()).ok_or(Denied::Unknown)?;
    changed(state, Event::UserRestored, before, User { deleted_at: None, ..before.clone() }, setting)
}

/// What is wrong with the settings of an account. `before`: the account as it is; only what is another way there is judged.
/// `is_role`: whether there is a role with this name.
pub fn problems(
    given: &UserSettings,
    before: Option<&User>,
    is_role: impl Fn(&str) -> bool,
    now: OffsetDateTime,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if before.is_none() {
        refusals.extend(text::name("username", &given.username).err());
    }
    let email = address(given).filter(|email| before.and_then(|user| user.email.as_deref()) != Some(email));
    if email.is_some_and(|email| email.parse::<EmailAddress>().is_err()) {
        refusals.push(Refusal::new("email", Fault::Malformed, "This is not an e-mail address."));
    }
    for role in given.roles.iter().filter(|role| !is_role(role)) {
        refusals.push(Refusal::new("roles", Fault::Unknown, format!("There is no role {role}.")));
    }
    refusals.extend(profile_of(given, before, now).err().into_iter().flatten());
    refusals
}

fn profile_of(given: &UserSettings, before: Option<&User>, now: OffsetDateTime) -> Result<Profile, Vec<Refusal>> {
    let before = before.map(|user| user.profile.clone()).unwrap_or_default();
    profile::checked(&before, &given.profile, now)
}

fn checked(
    state: &State,
    user_id: Uuid,
    given: &UserSettings,
    before: Option<&User>,
    now: OffsetDateTime,
) -> Result<User, Vec<Refusal>> {
    let refusals = problems(given, before, |role| state.role(role).is_some(), now);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let email = address(given);
    Ok(User {
        user_id,
        username: given.username.trim().to_owned(),
        email: email.map(str::to_owned),
        email_verified: email.is_some() && given.email_verified,
        profile: profile_of(given, before, now)?,
        enabled: true,
        roles: given.roles.clone(),
        created_at: now,
        updated_at: now,
        revision: 1,
        deleted_at: None,
        password_is_short: false,
        email_given_at: None,
        held_at: None,
    })
}

/// The address that was given, if any.
fn address(given: &UserSettings) -> Option<&str> {
    given.email.as_deref().map(str::trim).filter(|email| !email.is_empty())
}

fn seen(state: &State, user_id: Uuid, revision: i32) -> Result<&User, Denied> {
    let user = state.user(user_id).ok_or(Denied::Unknown)?;
    if user.revision == revision { Ok(user) } else { Err(Denied::Outdated) }
}

/// The plan of every change of an account that exists. Sessions end when the account is disabled, and when its user may do
/// more or less in the administration than before, which is another way to be signed in. Grants are revoked with them, and all of them when a role
/// is lost, because tokens may carry what it gave, or when the user may use no application any more.
fn changed(state: &State, event: Event, before: &User, after: User, setting: &Setting<'_>) -> Result<Plan, Denied> {
    let [was, stays] = [before, &after].map(|user| user.enabled && state.is_administrator(user));
    if state.administrators() == 1 && was && !stays {
        return Err(Denied::Protected("This is the last enabled administrator. Make somebody else one first."));
    }
    let is_disabled = before.enabled && !after.enabled;
    let lost_a_role = before.roles.iter().any(|role| !after.roles.contains(role));
    let mut consequences = Vec::new();
    if is_disabled || state.powers(before) != state.powers(&after) {
        consequences.push(Consequence::SessionsOfUser(before.user_id));
    }
    if is_disabled || lost_a_role || (setting.separation_of_duties && state.administers(&after)) {
        consequences.push(Consequence::GrantsOfUser(before.user_id));
    }
    let after = User { revision: before.revision + 1, updated_at: setting.now, ..after };
    Ok(Plan {
        event,
        before: Some(Thing::User(Box::new(before.clone()))),
        after: Some(Thing::User(Box::new(after))),
        consequences,
    })
}

/// Whether mail to both comes to the same place.
#[must_use]
pub fn same_mailbox(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, None) => true,
        _ => false,
    }
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
            let user = checked(&State::default(), Uuid::nil(), &settings, None, OffsetDateTime::UNIX_EPOCH);
            user.err().into_iter().flatten().map(|refusal| refusal.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong("alice", "", &[]), [""; 0]);
        assert_eq!(wrong("alice", "alice@example.org", &[]), [""; 0]);
        assert_eq!(wrong("al\u{200b}ice", "alice", &["nurse"]), ["username", "email", "roles"]);
    }

    #[test]
    fn no_address_is_never_a_verified_one() {
        let settings = UserSettings { username: "a".into(), email_verified: true, ..UserSettings::default() };
        let user = checked(&State::default(), Uuid::nil(), &settings, None, OffsetDateTime::UNIX_EPOCH).unwrap();
        assert!(!user.email_verified);
    }
}
