//! What is done to several rows of a list.

use portcullis::{
    console::selection::{Selected, Selection},
    web::page::Section,
};

use super::samples::{HOSTILE, ID, Sample, console, sample};

pub fn all() -> Vec<Sample> {
    selections()
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
