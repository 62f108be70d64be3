//! The texts that people read: each is used somewhere, and each that is asked for is there.

use std::{collections::BTreeSet, fs, path::Path};

/// What stands in a folder's files of these kinds.
fn contents(folder: &str, extensions: &[&str]) -> String {
    fn walk(folder: &Path, extensions: &[&str], found: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, extensions, found);
            } else if path.extension().is_some_and(|it| extensions.iter().any(|known| it == *known)) {
                found.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = String::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), extensions, &mut found);
    found
}

/// The keys of all English texts. The other languages have the same (`src/language/texts.rs`).
pub fn keys() -> BTreeSet<String> {
    let texts = contents("locales/en", &["ftl"]);
    let keys = texts.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    keys.map(|line| line.split(" =").next().unwrap().to_owned()).collect()
}

fn users() -> String {
    contents("templates", &["html", "txt"]) + &contents("src", &["rs"])
}

/// The keys that are put together: what stands before and after the part that varies.
fn composed(users: &str) -> Vec<(&str, &str)> {
    let formats = users.split("format!(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let parts = formats.filter_map(|format| format.split_once('{')).filter_map(|(before, rest)| {
        let (_, after) = rest.split_once('}')?;
        let is_key = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        (before.ends_with('-') && is_key(before) && is_key(after)).then_some((before, after))
    });
    parts.collect()
}

#[test]
fn every_text_is_used() {
    let users = users();
    let composed = composed(&users);
    let is_used = |key: &String| {
        let fits = |(before, after): &(&str, &str)| key.starts_with(before) && key.ends_with(after);
        users.contains(&format!("\"{key}\"")) || composed.iter().any(fits)
    };
    let unused = keys().into_iter().filter(|key| !is_used(key)).collect::<Vec<_>>();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn every_text_that_is_asked_for_is_there() {
    let (users, keys) = (users(), keys());
    let mut missing = BTreeSet::new();
    for call in [".text(\"", ".text_with(\"", ".sentence(\""] {
        for (at, _) in users.match_indices(call) {
            let key = users[at + call.len()..].split('"').next().unwrap();
            if !keys.contains(key) {
                missing.insert(key);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
