//! Why a client gets what it gets.

use portcullis::{
    console::{
        audit::Piece,
        why::{Meant, Row, Told, WhyPage},
    },
    web::{
        page::Section,
        view::{FormErrors, NO_ERRORS},
    },
};

use super::samples::{HOSTILE, ID, Sample, console, sample};

pub fn all() -> Vec<Sample> {
    let shell = console(Section::Clients);
    let name = || Piece { text: HOSTILE.into(), is_name: true, path: "/admin/clients/x".into() };
    let words = |text: &str| Piece { text: text.into(), ..Piece::default() };
    let row = |is_held, why| Row {
        scope: "records:read".into(),
        api: name(),
        is_held,
        why: vec![vec![words(why), name(), words(".")]],
    };
    let told = |is_issued| Told {
        sentence: vec![name(), words(" would get an access token with 1 of 2 scopes for "), name(), words(".")],
        is_issued,
        obstacles: if is_issued { vec![] } else { vec!["The client is disabled.".into(), HOSTILE.into()] },
        apis: if is_issued { vec![] } else { vec![name(), name()] },
        scopes: vec![row(true, "By the role "), row(false, "No role of the user gives it. This one would: ")],
        facts: vec![("Audience", vec![HOSTILE.into(), "urn:records".into()]), ("Refresh token", vec!["Yes".into()])],
        access_token: if is_issued { "{\n  \"sub\": \"alice\"\n}".into() } else { String::new() },
        id_token: if is_issued { format!("{{\n  \"name\": \"{HOSTILE}\"\n}}") } else { String::new() },
    };
    let page = |answer, meant| WhyPage {
        shell: &shell,
        errors: &NO_ERRORS,
        client: HOSTILE,
        user: Some("alice"),
        scope: "records:read",
        resource: "",
        meant,
        answer,
    };
    let meant = || Meant { name: HOSTILE.into(), detail: ID.into(), url: "/admin/why?client=x".into() };
    let mut errors = FormErrors::default();
    errors.add("client", "No client has this id or name.");
    vec![
        sample("why", &page(Some(told(true)), vec![])),
        sample("why-nothing", &page(Some(told(false)), vec![])),
        sample("why-which", &page(None, vec![("client", vec![meant(), meant()]), ("user", vec![meant()])])),
        sample("why-refused", &WhyPage { errors: &errors, user: None, ..page(None, vec![]) }),
    ]
}
