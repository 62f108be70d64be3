//! Pages about the life of an account: how people get in, what they change, how they leave.

use portcullis::{
    accounts::link::Purpose,
    config::EditableClaims,
    language::Language,
    pages::{
        account::{
            Overview,
            deletion::Deletion,
            details::{Details, fields},
            email::EmailPage,
            password::PasswordPage,
        },
        mailed_link::{MailedLink, page_of},
        outcome::Outcome,
        place::AccountPage,
        recovery::Recovery,
        registration::Registration,
    },
    protocol::standard_claims::{Profile, fields::FIELDS},
    web::{
        page::Shell,
        view::{FormErrors, NO_ERRORS},
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
    let link = |purpose, name, least, errors| MailedLink {
        shell,
        action: "/recover/x",
        page: page_of(purpose),
        username: HOSTILE,
        address: HOSTILE,
        name,
        least,
        errors,
    };
    let onward = Some(("/recover", "link-gone-new"));
    vec![
        sample("recover", &Recovery { shell, errors: &wrong("username") }),
        sample("invitation", &link(Purpose::Invitation, None, Some(15), &NO_ERRORS)),
        sample("recovery", &link(Purpose::Recovery, None, Some(15), &wrong("password"))),
        sample("register", &Registration { shell, email: HOSTILE, errors: &wrong("email") }),
        sample("registration", &link(Purpose::Registration, Some(HOSTILE), Some(15), &wrong("name"))),
        sample("verify-email", &link(Purpose::Email, None, None, &NO_ERRORS)),
        sample("undo-email", &link(Purpose::EmailUndo, None, None, &NO_ERRORS)),
        sample("hold-account", &link(Purpose::Hold, None, None, &NO_ERRORS)),
        sample(
            "tested",
            &Outcome {
                shell,
                heading: "tested",
                what: "tested-what",
                onward: Some(("/admin/sign-in-test", "tested-result")),
                back: None,
            },
        ),
        sample("hold-done", &Outcome { shell, heading: "hold-done", what: "hold-done-what", onward: None, back: None }),
        sample(
            "link-gone",
            &Outcome {
                shell,
                heading: "link-gone",
                what: "link-gone-what",
                onward,
                back: Some(("/oauth2/authorize/x", HOSTILE)),
            },
        ),
    ]
}

/// A profile that says something in every field.
pub fn profile() -> Profile {
    let mut profile = Profile { phone_number_verified: Some(true), ..Profile::default() };
    for field in FIELDS {
        field.set(&mut profile, Some(HOSTILE.to_owned()));
    }
    profile
}

fn account(language: Language) -> Vec<Sample> {
    let shell = &Shell::with_looks(looks("Example Health"), language, Some("alice"));
    let wrong_name = wrong("nickname");
    let details = |editable: &[&str], errors| {
        let (groups, others) = fields(shell, &profile(), editable, errors);
        Details { shell, notices: vec![], revision: 1, groups, others, place: HOSTILE, errors }
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
        sample("account-details", &details(EditableClaims::default().names(), &wrong_name)),
        sample("account-details-all", &details(&EditableClaims::ALL, &wrong_name)),
        sample("account-details-none", &details(&[], &NO_ERRORS)),
        sample("account-email", &email(Some(HOSTILE), false)),
        sample("account-email-none", &email(None, false)),
        sample("account-password", &password(true)),
        sample("account-password-first", &password(false)),
        sample("account-delete", &Deletion { shell, username: HOSTILE, errors: &wrong("confirmation") }),
    ]
}
