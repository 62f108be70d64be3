//! What the documents say of the code: the files that they name are there, and `docs/cases.md` defines the ids that are cited.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const CASES: &str = "docs/cases.md";

/// Where files are that documents name, or that cite cases.
const FOLDERS: [&str; 10] =
    [".ci", "assets", "benches", "docs", "examples", "locales", "migrations", "script", "src", "tests"];

/// Each file of ours in a folder: its path from the root.
fn files(folder: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let installed = ["node_modules", ".venv", "__pycache__"];
        if installed.iter().any(|name| folder.ends_with(name)) {
            return;
        }
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(ROOT).join(folder), &mut found);
    found.iter().map(|path| path.strip_prefix(ROOT).unwrap().display().to_string()).collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// The documents, but for the lists of changes and licences.
fn documents() -> Vec<String> {
    let at_the_root = ["README.md", "CONTRIBUTING.md"].map(str::to_owned);
    files("docs").into_iter().filter(|file| has_ending(file, &["md"])).chain(at_the_root).collect()
}

fn has_ending(file: &str, endings: &[&str]) -> bool {
    file.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

/// The ids of cases that a text cites: two letters and two digits (`LG-06`).
fn case_ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
    words.filter(|word| is_case_id(word)).map(str::to_owned).collect()
}

/// The ids of decisions (`D8`), measured facts (`M3`) and invariants (`I7`) in the comments of a text.
fn short_ids(text: &str) -> BTreeSet<String> {
    let comments = text.lines().filter_map(|line| line.split_once("//").or_else(|| line.split_once("--")));
    let words = comments.flat_map(|(_, comment)| comment.split(|c: char| !c.is_alphanumeric()));
    words.filter(|word| is_short_id(word)).map(str::to_owned).collect()
}

/// The ids that names of functions begin with: `fn d3_lg_06_…`.
fn ids_of_names(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in text.split("fn ").skip(1) {
        let mut words = name.split(['_', '(', '<']).map(str::to_uppercase);
        while let Some(word) = words.next() {
            let id = if is_short_id(&word) { word } else { format!("{word}-{}", words.next().unwrap_or_default()) };
            if !is_short_id(&id) && !is_case_id(&id) {
                break;
            }
            found.insert(id);
        }
    }
    found
}

fn is_case_id(text: &str) -> bool {
    matches!(text.as_bytes(), [a, b, b'-', c, d]
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit())
}

fn is_short_id(word: &str) -> bool {
    let number = word.strip_prefix(['D', 'M', 'I']);
    number.is_some_and(|number| (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()))
}

/// What each id says, as `docs/cases.md` defines it.
fn defined() -> BTreeMap<String, String> {
    let text = read(CASES);
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let rows = rows.filter(|(id, _)| *id != "id").map(|(id, says)| (id.to_owned(), says.to_owned()));
    let list = rows.collect::<Vec<_>>();
    let map = list.iter().cloned().collect::<BTreeMap<_, _>>();
    assert_eq!(map.len(), list.len(), "an id is defined twice");
    map
}

#[test]
fn what_is_cited_is_defined_and_what_is_defined_is_cited() {
    let code = |file: &String| has_ending(file, &["rs", "mjs", "py", "sql", "js"]) && file != "tests/it/documents.rs";
    let mut cited = BTreeMap::new();
    for file in FOLDERS.iter().flat_map(|folder| files(folder)).filter(code) {
        let text = read(&file);
        for id in [case_ids(&text), short_ids(&text), ids_of_names(&text)].into_iter().flatten() {
            cited.entry(id).or_insert_with(|| file.clone());
        }
    }
    let defined = defined();
    let unknown = cited.iter().filter(|(id, _)| !defined.contains_key(*id)).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "cited, but not in {CASES}: {unknown:#?}");
    let idle = defined.keys().filter(|id| !cited.contains_key(*id)).collect::<Vec<_>>();
    assert!(idle.is_empty(), "in {CASES}, but cited nowhere: {idle:?}");
    let odd = defined
        .iter()
        .filter(|(id, says)| !(is_case_id(id) || is_short_id(id)) || !says.ends_with('.') || says.contains(" | "));
    assert_eq!(odd.collect::<Vec<_>>(), [], "an id of another kind, or no sentence");
}

#[test]
fn ids_are_found_where_they_stand() {
    let text = "/// AB-01, AB-02: AES-256 and RSA-2048\nfn d3_ab_03_ab_04_it_is_so() // D7\nlet m5 = M5; fn d() {}";
    let list = |ids: BTreeSet<String>| ids.into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(list(case_ids(text)), "AB-01 AB-02");
    assert_eq!(list(short_ids(text)), "D7");
    assert_eq!(list(ids_of_names(text)), "AB-03 AB-04 D3");
}

/// A document names a file by a link, or in backticks by the end of its path (`store/links.rs`).
#[test]
fn every_file_that_a_document_names_is_there() {
    let mut there = FOLDERS.iter().chain(&["templates"]).flat_map(|folder| files(folder)).collect::<Vec<_>>();
    let at_the_root = fs::read_dir(ROOT).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    there.extend(at_the_root);
    let is_there = |name: &str| {
        Path::new(ROOT).join(name).exists() || there.iter().any(|file| file.ends_with(&format!("/{name}")))
    };
    let is_file = |word: &&str| {
        let in_folder =
            FOLDERS.iter().any(|folder| word.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        let of_a_kind = has_ending(word, &["rs", "mjs", "md", "py", "sql", "html", "ftl"]);
        (in_folder || of_a_kind) && !word.contains('<')
    };
    let (mut missing, mut found) = (Vec::new(), 0);
    for document in documents() {
        let text = read(&document);
        let beside = Path::new(ROOT).join(&document).parent().unwrap().to_owned();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let links = links.filter(|link| !link.is_empty() && !link.contains(':')).collect::<Vec<_>>();
        let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).flat_map(str::split_whitespace);
        let named = quoted.filter_map(|word| word.split("::").next()).filter(is_file).collect::<Vec<_>>();
        found += links.len() + named.len();
        let broken = links.into_iter().filter(|link| !beside.join(link).exists());
        let broken = broken.chain(named.into_iter().filter(|name| !is_there(name)));
        missing.extend(broken.map(|name| format!("{document} names {name}")));
    }
    assert!(found > 100, "documents name files");
    assert!(missing.is_empty(), "{missing:#?}");
}
