//! The profile of a user, as far as they fill it in themselves.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Person, notices};
use crate::{
    accounts::users,
    language::Language,
    protocol::{parameters::Parameters, standard_claims::Profile},
    registry::ChangeError,
    web::{
        form::{PageForm, Query},
        page::Shell,
        view::{Choice, FormErrors, NO_ERRORS, Notice},
    },
};

/// A form of names and of the language of mails; each field is called as the claim of OpenID Connect.
#[derive(Template)]
#[template(path = "account/details.html")]
pub struct Details<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The row's revision when the form was shown.
    pub revision: i32,
    /// The names, as they are or were typed.
    pub profile: &'a Profile,
    /// The languages.
    pub locales: Vec<Choice>,
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
            let (user, profile) = (&person.user, read(&person, &form));
            let revision = form.one("revision").ok().flatten().and_then(|text| text.parse().ok()).unwrap_or_default();
            let row = (user.user_id, revision);
            let mut errors = FormErrors::default();
            match users::update_profile(&person.app, &person.by, row, profile.clone()).await {
                Ok(()) => return Ok(Redirect::to("/account/details?done=saved").into_response()),
                Err(ChangeError::Outdated(_)) => {
                    errors.add("name", person.language.text("details-outdated"));
                    return Ok(render(&person, Vec::new(), user.revision, &user.profile, &errors));
                }
                Err(ChangeError::Invalid(problems)) => {
                    for problem in problems {
                        errors.add(problem.field, person.language.text("details-wrong"));
                    }
                }
                Err(error) => return Err(error.into()),
            }
            Ok(render(&person, Vec::new(), revision, &profile, &errors))
        })
        .await
}

/// The profile that a form stands for. What the form does not show stays as it is.
fn read(person: &Person, form: &Parameters) -> Profile {
    let given = |field| {
        let text = form.one(field).ok().flatten().map(str::trim).unwrap_or_default();
        Some(text.to_owned()).filter(|text| !text.is_empty())
    };
    let locale = given("locale").and_then(|locale| locale.parse::<Language>().ok());
    Profile {
        name: given("name"),
        given_name: given("given_name"),
        family_name: given("family_name"),
        nickname: given("nickname"),
        locale: locale.map(|locale| locale.tag().to_owned()),
        ..person.user.profile.clone()
    }
}

fn render(person: &Person, notices: Vec<Notice>, revision: i32, profile: &Profile, errors: &FormErrors) -> Response {
    let shell = person.shell();
    let present = profile.locale.as_deref().and_then(|locale| locale.parse::<Language>().ok());
    let none = Choice { chosen: present.is_none(), ..Choice::new("", &shell.text("details-locale-none"), "") };
    let locales = Language::ALL.map(|language| Choice {
        chosen: present == Some(language),
        ..Choice::new(language.tag(), own_name(language), "")
    });
    let locales = std::iter::once(none).chain(locales).collect();
    let content = Details { shell: &shell, notices, revision, profile, locales, errors };
    shell.page(&content).with_status(errors.status()).into_response()
}

/// What its speakers call a language, which everybody finds who needs it.
const fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Cy => "Cymraeg",
        Language::Mi => "Te reo Māori",
    }
}
