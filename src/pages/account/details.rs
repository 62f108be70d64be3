//! The profile of a user, as far as they fill it in themselves.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Person, notices};
use crate::{
    accounts::users,
    language::Language,
    policy::{
        profile::{PHONE_NUMBER_VERIFIED, ProfileEdit, edited},
        refusal::{Fault, Refusal},
    },
    protocol::{
        parameters::Parameters,
        standard_claims::{
            Profile,
            field::{Field, Group, Kind},
            fields::FIELDS,
        },
    },
    registry::ChangeError,
    web::{
        field::{FieldGroup, FormField, Input},
        form::{PageForm, Query},
        page::Shell,
        view::{Choice, FormErrors, NO_ERRORS, Notice},
    },
};

/// A form of what this installation lets users change of themselves; each field is called as the claim of OpenID Connect,
/// those of the address as `address.locality`.
#[derive(Template)]
#[template(path = "account/details.html")]
pub struct Details<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The row's revision when the form was shown.
    pub revision: i32,
    /// What can be changed. Only the address has a title.
    pub groups: Vec<FieldGroup>,
    /// What else is known of the user: names, and what they say.
    pub others: Vec<(String, String)>,
    /// What pages call this installation.
    pub place: &'a str,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

/// The form.
pub async fn show(person: Person, Query(query): Query) -> Response {
    let notices = notices::done(&person, &query, &[("saved", "details-saved")]);
    render(&person, notices, person.user.revision, &person.user.profile, &NO_ERRORS)
}

/// Saves it.
pub async fn submit(person: Person, PageForm(form): PageForm) -> Response {
    person
        .answer(async {
            let (user, wanted) = (&person.user, edited(&person.user.profile, &given(&form)));
            let revision = form.one("revision").ok().flatten().and_then(|text| text.parse().ok()).unwrap_or_default();
            let row = (user.user_id, revision);
            let mut errors = FormErrors::default();
            match users::update_profile(&person.app, &person.by, row, wanted.clone()).await {
                Ok(()) => Ok(Redirect::to("/account/details?done=saved").into_response()),
                Err(ChangeError::Outdated(_)) => {
                    // Whoever saves again after being told of another change overwrites it knowingly.
                    errors.add("main", person.language.text("details-outdated"));
                    Ok(render(&person, Vec::new(), user.revision, &wanted, &errors))
                }
                Err(ChangeError::Invalid(refusals)) => {
                    for refusal in &refusals {
                        explain(&person, refusal, &mut errors);
                    }
                    Ok(render(&person, Vec::new(), revision, &wanted, &errors))
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
}

/// What a form says, also of what the page does not show: the rules say who may change it.
fn given(form: &Parameters) -> ProfileEdit {
    let text = |field: &'static Field| Some((field, form.raw(field.name)?.to_owned()));
    ProfileEdit {
        texts: FIELDS.iter().filter_map(text).collect(),
        phone_number_verified: form.raw(PHONE_NUMBER_VERIFIED).map(|said| said == "true"),
    }
}

/// Says in the user's language what is wrong, beside the field if the page shows it.
fn explain(person: &Person, refusal: &Refusal, errors: &mut FormErrors) {
    let language = person.language;
    let field = FIELDS.iter().find(|field| field.name == refusal.field);
    match field.filter(|_| refusal.code != Fault::NotAllowed) {
        Some(field) => errors.add(field.name, wrong(language, field.kind)),
        None => errors.add("main", language.text_with("details-not-yours", &[("claim", refusal.field)])),
    }
}

fn wrong(language: Language, kind: Kind) -> String {
    let key = match kind {
        Kind::Words { most } | Kind::Lines { most } => {
            return language.text_with("details-wrong", &[("most", most)]);
        }
        Kind::Link => "details-wrong-link",
        Kind::Date => "details-wrong-date",
        Kind::TimeZone => "details-wrong-zone",
        Kind::Locale => "details-wrong-locale",
        Kind::Phone => "details-wrong-phone",
    };
    language.text(key).into_owned()
}

fn render(person: &Person, notices: Vec<Notice>, revision: i32, held: &Profile, errors: &FormErrors) -> Response {
    let shell = person.shell();
    let settings = &person.app.settings;
    let (groups, others) = fields(&shell, held, settings.editable_claims.names(), errors);
    let content = Details { shell: &shell, notices, revision, groups, others, place: &settings.name, errors };
    shell.page(&content).with_status(errors.status()).into_response()
}

/// What of a profile can be changed, and what else it says. `editable`: the claims that users may change.
#[must_use]
pub fn fields(
    shell: &Shell,
    held: &Profile,
    editable: &[&str],
    errors: &FormErrors,
) -> (Vec<FieldGroup>, Vec<(String, String)>) {
    let is_editable = |field: &&Field| editable.contains(&field.claim());
    let label = |field: &Field| shell.text(&format!("details-{}", field.option)).into_owned();
    let group = |group: Group| {
        let fields = group.fields().filter(is_editable);
        let fields = fields.map(|field| form_field(field, label(field), shell, held)).collect::<Vec<_>>();
        let title = if group == Group::Address { shell.text("details-address") } else { "".into() };
        (!fields.is_empty()).then(|| FieldGroup::new(title.into_owned(), fields, errors))
    };
    let others = FIELDS.iter().filter(|field| !is_editable(field));
    let others = others.filter_map(|field| Some((label(field), field.of(held)?.to_owned())));
    (Group::ALL.into_iter().filter_map(group).collect(), others.collect())
}

fn form_field(field: &'static Field, label: String, shell: &Shell, held: &Profile) -> FormField {
    let text = field.of(held).unwrap_or_default();
    let (input, hint) = match field.kind {
        Kind::Words { .. } => (Input::Line(text.to_owned()), ""),
        Kind::Lines { .. } => (Input::Paragraph(text.to_owned()), ""),
        // Not as a URL: a browser would not send a form with one that is stored and wrong.
        Kind::Link => (Input::Line(text.to_owned()), "details-hint-link"),
        Kind::Date => (Input::Line(text.to_owned()), "details-hint-date"),
        Kind::TimeZone => (Input::Line(text.to_owned()), "details-hint-zone"),
        Kind::Phone => (Input::Phone(text.to_owned()), "details-hint-phone"),
        Kind::Locale => (Input::Select(languages(shell, text)), ""),
    };
    let hint = if hint.is_empty() { "".into() } else { shell.text(hint).into_owned().into() };
    FormField { name: field.name, label, hint, whose: None, autocomplete: field.autocomplete, input }
}

/// The languages of our mails. What an administrator said more exactly (`en-NZ`), or of another language, stays unless
/// the user chooses another.
fn languages(shell: &Shell, present: &str) -> Vec<Choice> {
    let chosen = present.parse::<Language>().ok();
    let none = Choice { chosen: present.is_empty(), ..Choice::new("", &shell.text("details-locale-none"), "") };
    let ours = Language::ALL.map(|language| {
        let value = if chosen == Some(language) { present } else { language.tag() };
        Choice { chosen: chosen == Some(language), ..Choice::new(value, own_name(language), "") }
    });
    let is_other = chosen.is_none() && !present.is_empty();
    let other = is_other.then(|| Choice { chosen: true, ..Choice::new(present, present, "") });
    std::iter::once(none).chain(ours).chain(other).collect()
}

/// What its speakers call a language, which everybody finds who needs it.
const fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Cy => "Cymraeg",
        Language::Mi => "Te reo Māori",
    }
}
