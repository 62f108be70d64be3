//! What the document of clients says of fields is what the table of fields says.

use std::{env, fs};

use portcullis::protocol::{
    client::ClientType,
    client_metadata::{
        field::{Field, Kind, Named},
        fields::FIELDS,
    },
    jwk_set::MOST_KEYS,
};
use serde_json::Value;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/clients.md");
const START: &str = "<!-- The table of fields: written by the test `the_document_has_every_field`. -->\n";
const END: &str = "<!-- The end of the table. -->";

/// With `WRITE_DOCUMENTS=1` it writes the table anew.
#[test]
fn the_document_has_every_field() {
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
    let title = "| Field | What it is | Value | Default | Types | Option |\n| --- | --- | --- | --- | --- | --- |\n";
    let row = |field: &Field| {
        format!(
            "| `{}` | {} | {} | {} | {} | `--{}` |\n",
            field.name,
            field.meaning,
            value(field.kind),
            default(field),
            types(field.applies_to),
            field.option
        )
    };
    FIELDS.iter().map(row).fold(title.to_owned(), |table, row| table + &row)
}

fn value(kind: Kind) -> String {
    let listed = |all: &[Named]| all.iter().map(|one| format!("`{}`", one.value)).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Text { most } => format!("text of at most {most} characters"),
        Kind::Link => "URL".to_owned(),
        Kind::RedirectUris { most } => format!("at most {most} URIs"),
        Kind::Emails { most } => format!("at most {most} e-mail addresses"),
        Kind::Scopes => "scopes, separated by spaces".to_owned(),
        Kind::One(all) => format!("one of {}", listed(all)),
        Kind::Several(all) => format!("any of {}", listed(all)),
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Seconds { least, most } => format!("{least} to {most} seconds"),
        Kind::Api => "identifier or id of an API".to_owned(),
        Kind::Claim => "name of a claim, or path to one".to_owned(),
        Kind::CertificateName(_) => "name as the certificate has it, or none".to_owned(),
        Kind::Keys => format!("JWK Set of at most {MOST_KEYS} public keys"),
    }
}

/// The default; where it depends on the type, of each type.
fn default(field: &Field) -> String {
    if field.is_required() {
        return "must be given".to_owned();
    }
    let defaults = field.applies_to.iter().map(|one| (*one, in_words(&field.default(*one)))).collect::<Vec<_>>();
    let (_, first) = &defaults[0];
    if defaults.iter().all(|(_, default)| default == first) {
        return first.clone();
    }
    let of_types = defaults.iter().map(|(client_type, default)| format!("{}: {default}", client_type.as_str()));
    of_types.collect::<Vec<_>>().join("; ")
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join(", "),
        value => format!("`{value}`"),
    }
}

fn types(applies_to: &[ClientType]) -> String {
    if applies_to == ClientType::ALL {
        return "all".to_owned();
    }
    applies_to.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
}
