//! The import rules of docs/architecture.md: what a module may use, read from the sources.

mod paths;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use portcullis::store::sealed::COLUMNS;

use paths::{Source, Uses, circles};

/// The rooms of the house, from the top down. Each imports what lies below it; rooms of one floor never import each other.
const FLOORS: [&[&str]; 16] = [
    &["cli"],
    &["dev"],
    &["routes", "jobs"],
    &["endpoints", "pages", "console", "admin_api"],
    &["web"],
    &["accounts"],
    &["authentication"],
    &["registry"],
    &["mail"],
    &["app"],
    &["language", "server"],
    &["keys", "store"],
    &["policy"],
    &["model"],
    &["protocol"],
    &["clock", "config", "network", "outbound", "secret"],
];

/// Rooms that could stand in another house: all that they import of ours.
const APART: [(&str, &[&str]); 6] = [
    ("clock", &[]),
    ("config", &[]),
    ("language", &["config"]),
    ("network", &[]),
    ("outbound", &[]),
    ("server", &["network"]),
];

#[test]
fn imports_point_down() {
    let floor = |room: &str| FLOORS.iter().position(|rooms| rooms.contains(&room));
    let (uses, mut offences) = (uses(), Vec::new());
    for (file, used) in &uses {
        let room = file[0].as_str();
        let apart = APART.iter().find(|(name, _)| *name == room).map(|(_, may)| may);
        for other in used.iter().map(|used| used[0].as_str()).filter(|other| *other != room) {
            let is_below = floor(other) > floor(room);
            if !is_below || apart.is_some_and(|may| !may.contains(&other)) {
                offences.push(format!("{} uses {other}", file.join("/")));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
    let rooms = uses.keys().map(|file| file[0].as_str()).collect::<BTreeSet<_>>();
    assert_eq!(rooms, FLOORS.iter().copied().flatten().copied().collect(), "each room has its floor");
}

/// What is read to understand one file comes to an end. A file counts as a part of the one above it
/// (`server/connection.rs` of `server.rs`), so that to use what stands there is no circle.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut uses = uses();
    for (file, used) in &mut uses {
        used.retain(|other| !file.starts_with(other));
    }
    assert_eq!(circles(&uses), [""; 0]);
    let circle = [(&["a", "b"], ["a", "c"]), (&["a", "c"], ["a", "b"]), (&["a", "d"], ["a", "b"])];
    let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    let circle = circle.map(|(file, used)| (path(file), BTreeSet::from([path(&used)])));
    assert_eq!(circles(&BTreeMap::from(circle)), [r#"a::b uses ["a::c"]"#, r#"a::c uses ["a::b"]"#]);
}

/// Each file, as a module, with those that it uses.
fn uses() -> Uses {
    let code = |text: &str| {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
    };
    let read = sources().into_iter().map(|(file, _, text)| Source { file, code: code(&text) });
    let is_part = |file: &str| file.ends_with("/tests.rs") || file.ends_with("/fixtures.rs");
    let read = read.filter(|source| !["lib.rs", "main.rs"].contains(&source.file.as_str()) && !is_part(&source.file));
    let read = read.collect::<Vec<_>>();
    let module = |source: &Source| source.module().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let files = read.iter().map(module).collect::<BTreeSet<_>>();
    read.iter().map(|source| (module(source), source.used(&files))).collect()
}

#[test]
fn libraries_stay_where_they_belong() {
    let mut offences = Vec::new();
    for (file, module, text) in sources() {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let pure = ["protocol", "model", "policy"].contains(&module.as_str());
        for (library, forbidden) in [
            ("axum::", pure || module == "store"),
            ("josekit::", module != "keys"),
            ("x509_parser::", module != "keys" && file != "server/tls.rs"),
            ("sqlx::query", module != "store"),
            ("sqlx::", pure),
            ("tokio::", pure),
            ("async fn", pure),
            (".begin()", file != "store/pool.rs"),
            ("pool::begin", begins_without_asking(&module, &file)),
            ("now_utc()", module != "clock" && module != "web"),
        ] {
            if forbidden && code.lines().any(|line| line.contains(library) && !line.trim_start().starts_with("//")) {
                offences.push(format!("{file}: {library}"));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

/// D10: a change begins by holding what it rests on (`registry::begin` and its like), so that a new form cannot forget to.
/// Only what no person asks for begins without, and what a mailed link asks for.
fn begins_without_asking(module: &str, file: &str) -> bool {
    let may = ["registry.rs", "registry/changing.rs", "accounts/deletion.rs"];
    let by_link = ["email.rs", "hold.rs", "link_request.rs", "new_password.rs", "registration.rs"];
    let is_by_link = file.strip_prefix("accounts/").is_some_and(|name| by_link.contains(&name));
    ["accounts", "console", "pages", "registry"].contains(&module) && !may.contains(&file) && !is_by_link
}

/// CR-05: secrets are compared as [`SecretHash`](portcullis::secret::SecretHash), which does it in constant time, and
/// nothing is signed with a shared key.
#[test]
fn cr_05_secrets_are_compared_in_constant_time() {
    const SECRETS: [&str; 5] = ["CodeVerifier(", "RefreshToken {", "Secret(", "SecretHash(", "SecretText("];
    let (mut offences, mut found) = (Vec::new(), Vec::new());
    for (file, _, text) in sources().into_iter().filter(|(file, ..)| !file.ends_with("tests.rs")) {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let compares = line.contains("==") || line.contains("!=");
            let in_clear = [".expose() ==", ".expose() !=", "== secret", "hash.as_bytes() ==", "== hash.as_bytes()"];
            let by_clear_text = compares && in_clear.iter().any(|clear| line.contains(clear));
            let shared_key = ["alg::hmac", "Hs256", "HS256", "hmac::"].iter().any(|name| line.contains(name));
            if by_clear_text || shared_key {
                offences.push(format!("{file}: {line}"));
            }
        }
        for secret in SECRETS {
            let Some((before, _)) = text.split_once(&format!("pub struct {secret}")) else { continue };
            found.push(secret);
            let attributes = before.lines().rev().take_while(|line| line.starts_with(['#', '/']));
            if attributes.into_iter().any(|line| line.contains("PartialEq")) {
                offences.push(format!("{file}: {secret} is compared byte by byte"));
            }
        }
    }
    found.sort_unstable();
    assert_eq!(found, SECRETS, "a secret has another name now");
    assert!(offences.is_empty(), "{offences:#?}");
}

/// CR-04: what is sealed anywhere is sealed anew when the master key changes.
#[test]
fn cr_04_every_sealed_column_is_known() {
    let mut sealed = Vec::new();
    for (_, _, text) in sources().into_iter().filter(|(file, ..)| !file.starts_with("registry/master_key")) {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for (_, context) in code.match_indices("SealContext {").map(|(at, _)| code[at..].split_at(13)) {
            let texts = context.split('}').next().unwrap().split('"').skip(1).step_by(2).collect::<Vec<_>>();
            if let [table, column] = texts[..] {
                sealed.push((table.to_owned(), column.to_owned()));
            }
        }
    }
    let mut known = COLUMNS.iter().map(|one| (one.table.to_owned(), one.column.to_owned())).collect::<Vec<_>>();
    sealed.sort();
    known.sort();
    assert_eq!(sealed, known);
}

/// Every source file: its path, its module and its text.
pub fn sources() -> Vec<(String, String, String)> {
    fn walk(folder: &Path, found: &mut Vec<(String, String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name =
                    path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap().display().to_string();
                let module = name.split(['/', '.']).next().unwrap().to_owned();
                found.push((name, module, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    assert!(found.len() > 50);
    found
}
