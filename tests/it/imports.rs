//! The import rules of docs/architecture.md: what a module may use, read from the sources.

use std::{collections::BTreeMap, fs, path::Path};

use portcullis::store::sealed::COLUMNS;

/// Each module with those of ours that it may import.
fn rules() -> BTreeMap<&'static str, Vec<&'static str>> {
    let inner = ["clock", "config", "keys", "outbound", "policy", "protocol", "secret", "store"];
    let shared = [&inner[..], &["app", "authentication", "mail", "registry", "web"]].concat();
    BTreeMap::from([
        ("clock", vec![]),
        ("config", vec![]),
        ("secret", vec![]),
        ("outbound", vec![]),
        ("protocol", vec!["secret"]),
        ("policy", vec!["protocol", "secret"]),
        ("keys", vec!["protocol", "policy", "secret"]),
        ("store", vec!["protocol", "policy", "secret"]),
        ("app", inner.to_vec()),
        ("authentication", shared.clone()),
        ("mail", shared.clone()),
        ("registry", shared.clone()),
        ("web", shared.clone()),
        ("endpoints", shared.clone()),
        ("pages", shared.clone()),
        ("console", shared.clone()),
        ("routes", [&shared[..], &["endpoints", "pages", "console"]].concat()),
        ("dev", [&shared[..], &["routes"]].concat()),
        ("cli", [&shared[..], &["dev", "routes"]].concat()),
    ])
}

#[test]
fn imports_point_one_way() {
    let (rules, mut offences) = (rules(), Vec::new());
    for (file, module, text) in sources() {
        let Some(allowed) = rules.get(module.as_str()) else { continue };
        for used in imported(&text) {
            let is_ours = rules.contains_key(used.as_str());
            if is_ours && used != module && !allowed.contains(&used.as_str()) {
                offences.push(format!("{file}: {module} uses {used}"));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn libraries_stay_where_they_belong() {
    let mut offences = Vec::new();
    for (file, module, text) in sources() {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let pure = ["protocol", "policy"].contains(&module.as_str());
        for (library, forbidden) in [
            ("axum::", pure || module == "store"),
            ("josekit::", module != "keys"),
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
/// Only what no person asks for begins without.
fn begins_without_asking(module: &str, file: &str) -> bool {
    let may = ["registry/mod.rs", "registry/master_key.rs", "registry/users/deletion.rs"];
    ["pages", "console", "registry"].contains(&module) && !may.contains(&file)
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

/// The modules that stand behind `crate::`, alone or in braces.
fn imported(text: &str) -> Vec<String> {
    let mut modules = Vec::new();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let uncommented = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (start, _) in uncommented.match_indices("crate::") {
        let rest = &uncommented[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    c if depth == 0 && (c.is_alphanumeric() || c == '_') => word.push(c),
                    _ if depth == 0 => {
                        modules.push(std::mem::take(&mut word));
                        if c == ':' {
                            word.push('-'); // the rest of this path is no module of the crate's root
                        }
                    }
                    _ => {}
                }
            }
            modules.push(word);
        } else {
            modules.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    modules
}
