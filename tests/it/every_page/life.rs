//! Pages about the life of an account: how people get in, what they change, how they leave.

use portcullis::{
    language::Language,
    pages::{
        account::{Overview, deletion::Deletion, details::Details, email::EmailPage, password::PasswordPage},
        email_verification::EmailVerification,
        new_password::NewPassword,
        outcome::Outcome,
        place::AccountPage,
        recovery::Recovery,
        registration::{Registration, RegistrationForm},
    },
    protocol::standard_claims::Profile,
    web::{
        page::Shell,
        view::{Choice, FormErrors, NO_ERRORS},
    },
};

use time::Duration;

use super::samples::{HOSTILE, Sample, looks, moment, sample};

pub fn all() -> Vec<Sample> {
    Language::ALL.into_iter().flat_map(|language| [ways_in(language), account(language)]).flatten().collect()
}

fn wrong(field: &'static str) -> FormErrors {
    let mut errors = FormErrors::default();
    errors.add(field, HOSTILE);
    errors
}

fn ways_in(language: Language) -> Vec<Sample> {
    let shell = &Shell::with_looks(looks(HOSTILE), language, None);
    let password = |is_invitation, errors| NewPassword {
        shell,
        action: "/recover/x",
        is_invitation,
        username: HOSTILE,
        least: 15,
        errors,
    };
    let form = RegistrationForm {
        shell,
        action: "/register/x",
        username: HOSTILE,
        least: 15,
        name: HOSTILE,
        errors: &wrong("name"),
    };
    let verification = EmailVerification {
        shell,
        action: "/undo-email/x",
        texts: ("email-undo-heading", "email-undo-lead", "email-undo-button"),
        address: HOSTILE,
        person: HOSTILE,
    };
    let hold = EmailVerification {
        action: "/hold-account/x",
        texts: ("hold-heading", "hold-lead", "hold-button"),
        ..verification
    };
    let onward = Some(("/recover", "link-gone-new"));
    vec![
        sample("recover", &Recovery { shell, errors: &wrong("username") }),
        sample("invitation", &password(true, &NO_ERRORS)),
        sample("recovery", &password(false, &wrong("password"))),
        sample("register", &Registration { shell, email: HOSTILE, errors: &wrong("email") }),
        sample("registration", &form),
        sample("undo-email", &verification),
        sample("hold-account", &hold),
        sample("hold-done", &Outcome { shell, heading: "hold-done", what: "hold-done-what", onward: None }),
        sample("link-gone", &Outcome { shell, heading: "link-gone", what: "link-gone-what", onward }),
    ]
}

fn account(language: Language) -> Vec<Sample> {
    let shell = &Shell::with_looks(looks("Example Health"), language, Some("alice"));
    let profile = Profile { name: Some(HOSTILE.into()), nickname: Some(HOSTILE.into()), ..Profile::default() };
    let details = Details {
        shell,
        notices: vec![],
        revision: 1,
        profile: &profile,
        locales: vec![Choice::new("", "That of this place", ""), Choice::new("cy", "Cymraeg", "")],
        errors: &wrong("nickname"),
    };
    let email = |present, is_verified| EmailPage {
        shell,
        notices: vec![],
        present,
        is_verified,
        given: (!is_verified).then(|| (moment(Duration::hours(-1)), moment(Duration::hours(71)))),
        typed: HOSTILE,
        errors: &NO_ERRORS,
    };
    let password = |has_password| PasswordPage {
        shell,
        notices: vec![],
        username: HOSTILE,
        has_password,
        least: 8,
        errors: &NO_ERRORS,
    };
    let overview = Overview { shell, username: HOSTILE, pages: AccountPage::all().collect() };
    vec![
        sample("account", &overview),
        sample("account-details", &details),
        sample("account-email", &email(Some(HOSTILE), false)),
        sample("account-email-none", &email(None, false)),
        sample("account-password", &password(true)),
        sample("account-password-first", &password(false)),
        sample("account-delete", &Deletion { shell, username: HOSTILE, errors: &wrong("confirmation") }),
    ]
}
