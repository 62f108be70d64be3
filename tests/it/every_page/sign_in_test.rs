//! The test of a client's sign-in.

use portcullis::{
    console::{
        audit::Piece,
        sign_in_test::{SignInTestPage, Told},
    },
    web::{
        page::Section,
        view::{Choice, FormErrors, NO_ERRORS},
    },
};

use super::samples::{HOSTILE, ID, Sample, console, sample};

pub fn all() -> Vec<Sample> {
    let shell = console(Section::Clients);
    let told = |error| Told {
        sentence: vec![
            Piece { text: HOSTILE.into(), is_name: true, path: "/admin/users/x".into() },
            Piece { text: " signed in.".into(), ..Piece::default() },
        ],
        error,
        refresh_token: true,
        said: vec![("Access token", format!("{{\n  \"name\": \"{HOSTILE}\"\n}}"))],
        why: "/admin/why?client=x".into(),
    };
    let page = |link: &str, outcome| SignInTestPage {
        shell: &shell,
        errors: &NO_ERRORS,
        client_id: ID,
        name: HOSTILE,
        hindered: None,
        scope: HOSTILE,
        apis: vec![Choice::new("", "Not named", ""), Choice::new("urn:x", HOSTILE, "")],
        link: link.to_owned(),
        outcome,
    };
    let link = "https://id.example/oauth2/authorize/019a9c1e-5a3c-7d61-9c55-0f2a4b6f8f11";
    let mut errors = FormErrors::default();
    errors.add("scope", "the scope is unknown.");
    errors.add("main", "the request was refused.");
    vec![
        sample("sign-in-test", &page("", None)),
        sample("sign-in-test-under-way", &page(link, None)),
        sample("sign-in-test-tokens", &page(link, Some(told(None)))),
        sample("sign-in-test-error", &page(link, Some(told(Some(("access_denied".into(), HOSTILE.into())))))),
        sample("sign-in-test-refused", &SignInTestPage { errors: &errors, ..page("", None) }),
        sample("sign-in-test-hindered", &SignInTestPage { hindered: Some("It is disabled."), ..page("", None) }),
    ]
}
