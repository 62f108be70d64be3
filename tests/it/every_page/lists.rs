//! The search for everything, what is done to several rows of a list, and why a client gets what it gets.

use portcullis::{
    console::{
        audit::Piece,
        search::{Hit, Hits, Search},
        selection::{Selected, Selection},
        why::{Meant, Row, Told, WhyPage},
    },
    web::{
        page::Section,
        view::{FormErrors, NO_ERRORS},
    },
};

use super::samples::{HOSTILE, ID, Sample, console, sample};

pub fn all() -> Vec<Sample> {
    let mut pages = searches();
    pages.extend(selections());
    pages.extend(answers());
    pages
}

fn answers() -> Vec<Sample> {
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

fn selections() -> Vec<Sample> {
    let shell = console(Section::Clients);
    let thing = |refused: &str| Selected {
        id: ID.into(),
        name: HOSTILE.into(),
        url: "/admin/clients/x".into(),
        refused: refused.into(),
    };
    let page = |enable, is_done, things| Selection {
        shell: &shell,
        path: "/admin/selected/clients",
        heading: "Disable 2 clients?".into(),
        enable,
        consequences: "They lose every grant.",
        is_done,
        things,
    };
    vec![
        sample("selection-disable", &page(false, false, vec![thing(""), thing("")])),
        sample("selection-enable", &page(true, false, vec![thing("")])),
        sample("selection-done", &page(false, true, vec![thing(HOSTILE)])),
    ]
}

fn searches() -> Vec<Sample> {
    let shell = console(Section::Home);
    let mut errors = FormErrors::default();
    errors.add("q", "Search for at most 200 characters.");
    let hit = || Hit { name: HOSTILE.into(), detail: ID.into(), url: "/admin/clients/x".into(), is_exact: true };
    let hits = |name, more| Hits { name, hits: vec![hit(), hit()], more };
    let page = |query, exact, groups| Search {
        shell: &shell,
        query,
        errors: &NO_ERRORS,
        exact,
        groups,
        kinds: "clients by name; users by username".into(),
    };
    let groups = vec![hits("Clients", Some("/admin/clients?q=x".into())), hits("Audit log", None)];
    vec![
        sample("search", &page(HOSTILE, Some(hit()), groups)),
        sample("search-nothing-found", &page(HOSTILE, None, vec![])),
        sample("search-refused", &Search { errors: &errors, ..page(HOSTILE, None, vec![]) }),
    ]
}
