//! Two administrators changed the same user. The audit trail, from which it is known what there was before, has fingerprints of
//! what concerns the person alone; so they tell whether the second left something as it was, which is all that is needed.

use serde_json::{Map, Value, json};

use super::merging::{Reconciled, reconciled};
use crate::{
    accounts::users::UserSettings,
    model::user::User,
    policy::change::{Thing, described},
    registry::Since,
    web::view::FormErrors,
};

/// What stands for something of which only the fingerprint is known.
const UNKNOWN: &str = "\u{0}unknown";
/// Members that the audit trail has as fingerprints.
const FINGERPRINTS: [&str; 2] = ["email", "profile"];

/// What both want, and what the form says about it.
pub(super) fn merged(since: &Since, theirs: &User, mine: &UserSettings) -> (UserSettings, FormErrors) {
    let registered = UserSettings::from(theirs);
    let [theirs_told, mine_told] = [&registered, mine].map(|settings| told(theirs, settings));
    let [theirs_members, mine_members] = [&registered, mine].map(members);
    let mut before = since.before.clone();
    for name in FINGERPRINTS {
        if let Some(known) = before.get_mut(name) {
            *known = if theirs_told.get(name) == Some(known) {
                theirs_members[name].clone()
            } else if mine_told.get(name) == Some(known) {
                mine_members[name].clone()
            } else {
                UNKNOWN.into()
            };
        }
    }
    let both_changed_profile =
        before.get("profile").is_some_and(|one| one == UNKNOWN) && registered.profile != mine.profile;
    let since = Since { before, ..since.clone() };
    let Reconciled { members, mut errors } = reconciled(&since, &theirs_members, mine_members, &["email", "roles"]);
    if both_changed_profile {
        errors.add(
            "name",
            "Another administrator changed details of the profile too. Open the user in another tab to see them.",
        );
    }
    (serde_json::from_value(Value::Object(members)).unwrap_or(registered), errors)
}

/// A user with these settings, as the audit trail tells it.
fn told(user: &User, settings: &UserSettings) -> Map<String, Value> {
    let UserSettings { email, email_verified, profile, roles, .. } = settings.clone();
    described(&Thing::User(Box::new(User { email, email_verified, profile, roles, ..user.clone() })))
}

pub(super) fn members(settings: &UserSettings) -> Map<String, Value> {
    match json!(settings) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
