//! Which files of ours a source file uses, read from its text.

use std::collections::{BTreeMap, BTreeSet};

/// A source file without its tests and comments.
pub struct Source {
    /// Where it is below `src`: `web/page.rs`.
    pub file: String,
    /// What it holds.
    pub code: String,
}

impl Source {
    /// The module that the file is: `web::page`.
    pub fn module(&self) -> Vec<&str> {
        self.file.trim_end_matches(".rs").split('/').collect()
    }

    /// The modules whose items it uses, each as deep as there are files: `registry::clients`, for `crate::registry::clients`
    /// and for `super::clients::update` alike.
    pub fn used(&self, files: &BTreeSet<Vec<String>>) -> BTreeSet<Vec<String>> {
        let here = self.module();
        let resolved = paths(&self.code).into_iter().filter_map(|path| {
            let mut whole = absolute(&here, &path, files)?;
            while !whole.is_empty() && !files.contains(&whole) {
                whole.pop();
            }
            Some(whole)
        });
        resolved.filter(|used| !used.is_empty() && *used != here).collect()
    }
}

/// Which file uses which.
pub type Uses = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

/// The files that come back to themselves when uses are followed: each with those that it uses on the way.
pub fn circles(uses: &Uses) -> Vec<String> {
    let reached = uses.keys().map(|from| (from, reached(uses, from))).collect::<BTreeMap<_, _>>();
    let in_circle = reached.iter().filter(|(from, found)| found.contains(*from));
    in_circle
        .map(|(from, _)| {
            let leads_back = |used: &&Vec<String>| reached.get(used).is_some_and(|found| found.contains(from));
            let on_the_way = uses[*from].iter().filter(leads_back).map(|used| used.join("::"));
            format!("{} uses {:?}", from.join("::"), on_the_way.collect::<Vec<_>>())
        })
        .collect()
}

/// All that a file uses, and what that uses, and so on.
fn reached<'a>(uses: &'a Uses, from: &'a Vec<String>) -> BTreeSet<&'a Vec<String>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(next) = open.pop() {
        open.extend(uses.get(next).into_iter().flatten().filter(|used| found.insert(*used)));
    }
    found
}

/// A path of a file from the crate's root on. `None`: it is another crate's.
fn absolute(here: &[&str], path: &str, files: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let mut parts = path.split("::").peekable();
    let mut whole = here.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    match parts.peek().copied()? {
        "crate" => whole.clear(),
        "super" => whole.truncate(here.len() - parts.clone().take_while(|part| *part == "super").count()),
        "self" => {}
        // A module of its own, or another crate.
        first => {
            whole.push(first.to_owned());
            if !files.contains(&whole) {
                return None;
            }
            whole.pop();
        }
    }
    whole.extend(parts.filter(|part| !["crate", "super", "self"].contains(part)).map(str::to_owned));
    Some(whole)
}

/// Every path that is imported, and those in the code that begin at the crate's root or above.
fn paths(code: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut import = None::<String>;
    for line in code.lines() {
        let line = line.trim();
        let is_import = line.starts_with("use ") || (line.starts_with("pub") && line.contains(" use "));
        match (&mut import, is_import) {
            (Some(open), _) => open.push_str(line),
            (None, true) => import = line.split_once("use ").map(|(_, path)| path.to_owned()),
            (None, false) => rest.push_str(line),
        }
        if let Some(whole) = import.take_if(|open| open.ends_with(';')) {
            expand("", whole.trim_end_matches(';'), &mut found);
        }
    }
    for root in ["crate::", "super::"] {
        let starts = rest.match_indices(root).map(|(at, _)| &rest[at..]);
        let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        found.extend(starts.map(|start| start.chars().take_while(|c| is_path(*c)).collect::<String>()));
    }
    found
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn expand(before: &str, group: &str, found: &mut Vec<String>) {
    let mut depth = 0;
    let parts = group.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('{') {
            Some((path, inner)) => {
                expand(&format!("{before}{path}"), inner.strip_suffix('}').unwrap_or(inner), found);
            }
            None => found.push(format!("{before}{}", part.split(" as ").next().unwrap_or(part))),
        }
    }
}
