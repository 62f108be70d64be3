//! A user's profile in the console: its fields on the form, and what is known on the page.

use super::form;
use crate::{
    policy::profile::{PHONE_NUMBER_VERIFIED, ProfileEdit, is_same_number},
    protocol::{
        parameters::Parameters,
        standard_claims::{
            Profile,
            field::{Field, Group, Kind},
            fields::FIELDS,
        },
    },
    web::{
        field::{FieldGroup, FormField, Input},
        view::FormErrors,
    },
};

/// What is known of a user in one field, on their page.
pub struct Known {
    /// What it is called.
    pub label: &'static str,
    /// What it says, on one line or several.
    pub text: String,
    /// Of a phone number: whether the user has shown that it is theirs.
    pub verified: Option<bool>,
}

/// What is known of a user beside their full name, in the order of the table.
#[must_use]
pub fn known(profile: &Profile) -> Vec<Known> {
    let known = |field: &Field| {
        let verified = (field.kind == Kind::Phone).then_some(profile.phone_number_verified == Some(true));
        Some(Known { label: field.label, text: field.of(profile)?.to_owned(), verified })
    };
    FIELDS.iter().filter(|field| field.name != "name").filter_map(known).collect()
}

/// The fields of the form. `held`: what it holds; `registered`: what the account says.
#[must_use]
pub fn groups(held: &Profile, registered: &Profile, errors: &FormErrors) -> Vec<FieldGroup> {
    let group = |group: Group| {
        let mut fields = group.fields().map(|field| form_field(field, held)).collect::<Vec<_>>();
        if group == Group::Phone {
            fields.push(verified(held, registered));
        }
        FieldGroup::new(title(group), fields, errors)
    };
    Group::ALL.map(group).into()
}

const fn title(group: Group) -> &'static str {
    match group {
        Group::Names => "Names",
        Group::Phone => "Phone",
        Group::Address => "Address",
        Group::About => "About the user",
        Group::Web => "Web pages",
    }
}

fn form_field(field: &'static Field, held: &Profile) -> FormField {
    let text = field.of(held).unwrap_or_default().to_owned();
    let input = match field.kind {
        Kind::Lines { .. } => Input::Paragraph(text),
        Kind::Phone => Input::Phone(text),
        // Not as a URL: a browser would not send a form with one that is stored and wrong.
        Kind::Words { .. } | Kind::Link | Kind::Date | Kind::TimeZone | Kind::Locale => Input::Line(text),
    };
    let (label, hint) = (field.label.to_owned(), field.hint.into());
    FormField { name: field.name, label, hint, whose: None, autocomplete: "off", input }
}

/// The box that says that the number is the user's. One that was ticked before the form was opened says it of the number
/// that stood there then, and of no other.
fn verified(held: &Profile, registered: &Profile) -> FormField {
    let is_on = |profile: &Profile| profile.phone_number_verified == Some(true);
    let numbers = held.phone_number.as_deref().zip(registered.phone_number.as_deref());
    let is_kept = is_on(held) && is_on(registered) && numbers.is_some_and(|(one, other)| is_same_number(one, other));
    FormField {
        name: PHONE_NUMBER_VERIFIED,
        label: "Verified".to_owned(),
        hint: "The user has shown that the number is theirs. It ends when the number changes.".into(),
        whose: None,
        autocomplete: "off",
        input: if is_kept { Input::Kept } else { Input::Check(is_on(held)) },
    }
}

/// What a form says of the profile: of those fields that it has.
pub(super) fn given(form: &Parameters) -> ProfileEdit {
    let text = |field: &'static Field| Some((field, form.raw(field.name)?.to_owned()));
    // A box that is not ticked is not sent.
    let verified = match form::text(form, PHONE_NUMBER_VERIFIED) {
        "true" => Some(true),
        "kept" => None,
        _ => form.has("phone_number").then_some(false),
    };
    ProfileEdit { texts: FIELDS.iter().filter_map(text).collect(), phone_number_verified: verified }
}
