//! docs/administrators.md says what the table of offices says.

use std::{env, fs};

use portcullis::{
    model::office::Office,
    policy::permission::{Permission, of_office},
};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/administrators.md");
const START: &str = "<!-- The table of offices: written by the test `the_document_has_every_office`. -->\n";
const END: &str = "<!-- The end of the table. -->";

/// With `WRITE_DOCUMENTS=1` it writes the table anew.
#[test]
fn the_document_has_every_office() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(START).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let table = table();
    if env::var_os("WRITE_DOCUMENTS").is_some() {
        fs::write(DOCUMENT, format!("{before}{START}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "run this test with WRITE_DOCUMENTS=1");
    }
}

fn table() -> String {
    let cells =
        |head: &str, cell: &dyn Fn(Office) -> String| format!("| {head} | {} |\n", Office::ALL.map(cell).join(" | "));
    let head = cells("Permission | What it allows", &|office| format!("`{office}`"));
    let line = format!("| --- | --- |{}\n", " --- |".repeat(Office::ALL.len()));
    let row = |permission: &Permission| {
        let has = |office| if of_office(office).has(*permission) { "yes".to_owned() } else { String::new() };
        cells(&format!("`{}` | {}", permission.name(), permission.meaning()), &has)
    };
    Permission::ALL.iter().map(row).fold(head + &line, |table, row| table + &row)
}
