//! The scopes of an API on its form, a row for each. A form sends the rows that it shows; what it does not show stays.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    policy::refusal::{Fault, Refusal},
    protocol::parameters::Parameters,
};

/// The most registered scopes that a form shows. Of more than these, a search shows some.
const MOST_SHOWN: usize = 100;
/// The rows for new scopes that stay empty.
const EMPTY: usize = 3;

/// Scopes by name, with what each allows in words.
type Scopes = BTreeMap<String, String>;

/// A scope on the form: fields `scope.N.name`, `scope.N.words`, and `scope.N.remove` for one that is registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeRow {
    /// As tokens name it. That of a registered one does not change.
    pub name: String,
    /// What it allows, as people are asked.
    pub words: String,
    /// It is registered.
    pub registered: bool,
    /// It is to go.
    pub removed: bool,
}

/// The rows that a form sends, in their order.
fn rows(form: &Parameters) -> Vec<ScopeRow> {
    let mut rows = BTreeMap::<usize, ScopeRow>::new();
    for (name, value) in form.pairs() {
        let Some((number, part)) = name.strip_prefix("scope.").and_then(|rest| rest.split_once('.')) else { continue };
        let Ok(number) = number.parse() else { continue };
        let row = rows.entry(number).or_default();
        match part {
            "name" => value.trim().clone_into(&mut row.name),
            "words" => value.trim().clone_into(&mut row.words),
            "remove" => row.removed = value == "true",
            _ => {}
        }
    }
    rows.into_values().filter(|row| !row.name.is_empty() || !row.words.is_empty()).collect()
}

/// The scopes that a form stands for, from those that are registered.
///
/// # Errors
/// Those that stand there twice, beside the scopes as far as they can be told.
pub(super) fn read(form: &Parameters, registered: &Scopes) -> (Scopes, Vec<Refusal>) {
    let (mut scopes, mut seen, mut twice) = (registered.clone(), BTreeSet::new(), Vec::new());
    for row in rows(form) {
        if row.removed {
            scopes.remove(&row.name);
        } else {
            if !seen.insert(row.name.clone()) {
                twice.push(Refusal::new("scopes", Fault::NotAllowed, format!("{} stands there twice.", row.name)));
            }
            scopes.insert(row.name, row.words);
        }
    }
    (scopes, twice)
}

/// The fields of a form that makes these scopes of those that are registered.
pub(super) fn changes(registered: &Scopes, wanted: &Scopes) -> Vec<(String, String)> {
    let changed = wanted.iter().filter(|(name, words)| registered.get(*name) != Some(words));
    let gone = registered.iter().filter(|(name, _)| !wanted.contains_key(*name));
    let rows = changed.map(|row| (row, false)).chain(gone.map(|row| (row, true))).enumerate();
    let fields = rows.flat_map(|(number, ((name, words), removed))| {
        let field = |part: &str, value: &str| (format!("scope.{number}.{part}"), value.to_owned());
        let mut fields = vec![field("name", name), field("words", words)];
        fields.extend(removed.then(|| field("remove", "true")));
        fields
    });
    fields.collect()
}

/// The rows that a form shows: those that are registered, with what was typed, then new ones, and empty ones at last. Of many
/// that are registered, those that were touched and those that `find` fits. How many are not shown.
pub(super) fn shown(form: &Parameters, registered: &Scopes, find: &str) -> (Vec<ScopeRow>, usize) {
    let is_old = |row: &ScopeRow| registered.contains_key(&row.name);
    let (old, new): (Vec<_>, Vec<_>) = rows(form).into_iter().partition(is_old);
    let typed = old.into_iter().map(|row| (row.name.clone(), row)).collect::<BTreeMap<_, _>>();
    let find = find.to_lowercase();
    let touched = |name: &str, words: &str| typed.get(name).is_some_and(|row| row.removed || row.words != words);
    let fits = |text: &str| !find.is_empty() && text.to_lowercase().contains(&find);
    let is_shown = |(name, words): &(&String, &String)| {
        registered.len() <= MOST_SHOWN || touched(name, words) || fits(name) || fits(words)
    };
    let row = |(name, words): (&String, &String)| {
        let there = || ScopeRow { name: name.clone(), words: words.clone(), ..ScopeRow::default() };
        ScopeRow { registered: true, ..typed.get(name).cloned().unwrap_or_else(there) }
    };
    let mut rows = registered.iter().filter(is_shown).map(row).collect::<Vec<_>>();
    rows.sort_by_key(|row| !touched(&row.name, registered.get(&row.name).map_or("", String::as_str)));
    rows.truncate(MOST_SHOWN.max(rows.iter().filter(|row| row.removed).count()));
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let hidden = registered.len() - rows.len();
    rows.extend(new);
    rows.extend(vec![ScopeRow::default(); EMPTY]);
    (rows, hidden)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scopes() -> impl Strategy<Value = Scopes> {
        proptest::collection::btree_map("[a-e]:[a-e]", "[a-c]{1,2}", 0..12)
    }

    proptest! {
        #[test]
        fn a_form_makes_of_scopes_what_it_says(registered in scopes(), wanted in scopes()) {
            let form = Parameters::from_pairs(changes(&registered, &wanted));
            prop_assert_eq!(read(&form, &registered), (wanted.clone(), vec![]));
            let (rows, hidden) = shown(&form, &registered, "");
            let kept = rows.iter().filter(|row| !row.removed && !row.name.is_empty());
            let kept = kept.map(|row| (row.name.clone(), row.words.clone())).collect::<Scopes>();
            prop_assert_eq!((kept, hidden), (wanted, 0));
        }
    }

    #[test]
    fn a_scope_that_stands_there_twice_is_refused() {
        let form = Parameters::from_pairs([
            ("scope.1.name", "a"),
            ("scope.1.words", "A"),
            ("scope.2.name", " a "),
            ("scope.2.words", "B"),
            ("scope.9.name", ""),
        ]);
        assert_eq!(read(&form, &Scopes::new()).1.len(), 1);
    }

    #[test]
    fn of_many_scopes_those_stand_there_that_matter() {
        let registered = (0..1000).map(|n| (format!("scope:{n:03}"), "Read".to_owned())).collect::<Scopes>();
        let form = Parameters::from_pairs([("scope.0.name", "scope:999"), ("scope.0.words", "Read more")]);
        let (rows, hidden) = shown(&form, &registered, "SCOPE:01");
        assert_eq!((rows.len(), hidden), (11 + EMPTY, 989));
        assert_eq!(shown(&form, &registered, "").0.len(), 1 + EMPTY);
        assert_eq!(shown(&form, &registered, "read").0.len(), MOST_SHOWN + EMPTY);
    }
}
