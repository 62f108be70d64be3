//! What others wrote and we rely on.

use std::fs;

use toml::Table;

/// CR-09: no version with a known hole comes back. `.deny.toml` says the same, with more, to a tool that not every machine
/// has.
#[test]
fn cr_09_no_dependency_is_older_than_its_last_known_hole() {
    let lock =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap().parse::<Table>().unwrap();
    let packages = lock["package"].as_array().unwrap();
    for (name, least) in [
        ("bytes", [1, 11, 1]),
        ("h2", [0, 4, 16]),
        ("lettre", [0, 11, 22]),
        ("openssl", [0, 10, 72]),
        ("rustls-webpki", [0, 103, 13]),
        ("sqlx", [0, 8, 1]),
        ("time", [0, 3, 47]),
        ("tracing-subscriber", [0, 3, 20]),
    ] {
        let found = packages.iter().filter(|package| package["name"].as_str() == Some(name));
        let versions = found.map(|package| version(package["version"].as_str().unwrap())).collect::<Vec<_>>();
        assert!(!versions.is_empty(), "{name} is gone: take it out of this list");
        assert!(versions.iter().all(|version| *version >= least), "{name} {versions:?}");
    }
}

/// `rsa` 0.9 leaks by its timing (RUSTSEC-2023-0071). The client that tests bring along verifies with it; nobody else may.
#[test]
fn cr_09_only_a_client_for_tests_depends_on_rsa() {
    let lock =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap().parse::<Table>().unwrap();
    let needs_rsa = lock["package"].as_array().unwrap().iter().filter(|package| {
        let needs = package.get("dependencies").and_then(|needs| needs.as_array());
        needs.is_some_and(|needs| {
            needs.iter().any(|one| one.as_str().is_some_and(|one| one == "rsa" || one.starts_with("rsa 0.9")))
        })
    });
    assert_eq!(needs_rsa.map(|package| package["name"].as_str().unwrap()).collect::<Vec<_>>(), ["openidconnect"]);
}

fn version(text: &str) -> [u32; 3] {
    let numbers = text.split(['-', '+']).next().unwrap().split('.').map(|number| number.parse().unwrap());
    numbers.collect::<Vec<_>>().try_into().unwrap()
}
