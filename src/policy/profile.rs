//! What may be said of a user in their profile, and by whom. Only what changes is judged: what is stored already, and breaks
//! a rule that came later, keeps nobody from changing something else.

mod value;

use time::OffsetDateTime;

use super::refusal::{Fault, Refusal};
use crate::protocol::standard_claims::{Profile, field::Field, fields::FIELDS};

/// Whether a user has shown that a number is theirs: how the field is called.
pub const PHONE_NUMBER_VERIFIED: &str = "phone_number_verified";

/// What is to be different in a profile. What is not named stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileEdit {
    /// Texts, each at its field. An empty one takes away what is there.
    pub texts: Vec<(&'static Field, String)>,
    /// Whether the user has shown that the number is theirs. `None`: nothing is said; then another number is not verified.
    pub phone_number_verified: Option<bool>,
}

/// The profile that somebody wants, before anything of it is judged.
#[must_use]
pub fn edited(before: &Profile, edit: &ProfileEdit) -> Profile {
    let mut profile = before.clone();
    for (field, text) in &edit.texts {
        let text = plain(text);
        // Spaces and ends of lines that only a form adds are no change.
        if field.of(before).map(plain).unwrap_or_default() != text {
            field.set(&mut profile, Some(text).filter(|text| !text.is_empty()));
        }
    }
    profile.phone_number_verified = match edit.phone_number_verified {
        said @ Some(_) => said,
        None => still_verified(before, &profile),
    };
    profile
}

/// The profile in its normal form, as an administrator wants it.
///
/// # Errors
/// What is wrong with each text that is another one than before.
pub fn checked(before: &Profile, wanted: &Profile, now: OffsetDateTime) -> Result<Profile, Vec<Refusal>> {
    let (mut profile, mut refusals) = (wanted.clone(), Vec::new());
    for field in changes(before, wanted) {
        let text = field.of(wanted).map(plain).filter(|text| !text.is_empty());
        match text.map(|text| value::normal(field, &text, now)).transpose() {
            Ok(text) => field.set(&mut profile, text),
            Err(refusal) => refusals.push(refusal),
        }
    }
    // Nobody has shown anything of a number that there is not.
    profile.phone_number_verified = wanted.phone_number_verified.filter(|_| profile.phone_number.is_some());
    if refusals.is_empty() { Ok(profile) } else { Err(refusals) }
}

/// The profile in its normal form, as its own user wants it, who may change these claims.
///
/// # Errors
/// What is wrong with each text that is another one than before, or which of them the user may not change.
pub fn checked_own(
    before: &Profile,
    wanted: &Profile,
    editable: &[&str],
    now: OffsetDateTime,
) -> Result<Profile, Vec<Refusal>> {
    let still = still_verified(before, wanted);
    let forbidden = changes(before, wanted).filter(|field| !editable.contains(&field.claim())).map(|field| field.name);
    let says_verified = wanted.phone_number_verified == Some(true) && still != Some(true);
    let forbidden = forbidden.chain(says_verified.then_some(PHONE_NUMBER_VERIFIED)).collect::<Vec<_>>();
    let checked = checked(before, &Profile { phone_number_verified: still, ..wanted.clone() }, now);
    if forbidden.is_empty() {
        return checked;
    }
    let wrong = checked.err().into_iter().flatten().filter(|refusal| !forbidden.contains(&refusal.field));
    Err(forbidden.iter().copied().map(not_theirs).chain(wrong).collect())
}

fn not_theirs(field: &'static str) -> Refusal {
    Refusal::new(field, Fault::NotAllowed, "Users may not change this themselves.")
}

/// The fields that say something else.
fn changes<'a>(before: &'a Profile, wanted: &'a Profile) -> impl Iterator<Item = &'static Field> + 'a {
    FIELDS.iter().filter(|field| field.of(before) != field.of(wanted))
}

/// What is known of the number if nobody says anything of it: of another one, that nobody has shown that it is theirs.
fn still_verified(before: &Profile, wanted: &Profile) -> Option<bool> {
    match (before.phone_number.as_deref(), wanted.phone_number.as_deref()) {
        (_, None) => None,
        (Some(old), Some(new)) if is_same_number(old, new) => before.phone_number_verified,
        _ => Some(false),
    }
}

/// Whether both are the same phone number, however it is written.
#[must_use]
pub fn is_same_number(one: &str, other: &str) -> bool {
    one == other || matches!((value::phone_number(one), value::phone_number(other)), (Some(a), Some(b)) if a == b)
}

/// A text without the spaces around it, and with ends of lines as we keep them.
fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests;
