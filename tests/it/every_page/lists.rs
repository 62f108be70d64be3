//! The search for everything, and what is done to several rows of a list.

use portcullis::{
    console::{
        search::{Hit, Hits, Search},
        selection::{Selected, Selection},
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
    pages
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
