//! Choosing any of many: boxes, or a search where there are too many to read. A picker sends what changes, so that a form
//! stays small however much is chosen.

use std::{borrow::Cow, collections::HashSet};

use super::view::{Choice, ChoiceGroup};
use crate::protocol::parameters::Parameters;

/// The most choices that all stand on the page.
const MOST_SHOWN: usize = 100;
/// The most that a search shows.
const MOST_FOUND: usize = 50;
/// The most of those that stay chosen. What a form changes is always on it.
const MOST_KEPT: usize = 100;

/// Any of several.
#[derive(Debug)]
pub enum Choices {
    /// A box for each. The form sends those that are ticked.
    Boxes(Vec<ChoiceGroup>),
    /// They are too many for that. The form sends what changes, and [`resolved`] makes of it what is chosen.
    Picker(Picker),
}

/// A search among many, over what is chosen.
#[derive(Debug)]
pub struct Picker {
    /// What is chosen, or was until now: first what the form changes, then what the search fits.
    pub picked: Vec<Picked>,
    /// How many more are chosen.
    pub more_picked: usize,
    /// What was searched for.
    pub find: String,
    /// What the search found that is not chosen.
    pub found: Vec<ChoiceGroup>,
    /// How many more it fits.
    pub more_found: usize,
    /// The groups to look into, with how many of how many are chosen, if there are several.
    pub groups: Vec<(String, usize, usize)>,
    /// How many choices there are.
    pub of: usize,
}

/// Something that is chosen, or was.
#[derive(Debug)]
pub struct Picked {
    /// What it is.
    pub choice: Choice,
    /// What the form does with it.
    pub change: Change,
}

/// What a form does with a choice. In this order it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not chosen before.
    Adds,
    /// It is chosen no more.
    Removes,
    /// It stays.
    Keeps,
}

impl Choices {
    /// These choices, each marked whether it is chosen now. `registered`: whether it was when the form was opened.
    #[must_use]
    pub fn of(groups: Vec<ChoiceGroup>, registered: impl Fn(&str) -> bool, find: &str) -> Self {
        if groups.iter().map(|group| group.choices.len()).sum::<usize>() <= MOST_SHOWN {
            return Self::Boxes(ChoiceGroup::parts(groups));
        }
        Self::Picker(Picker::of(groups, registered, find.trim()))
    }
}

impl Picker {
    fn of(groups: Vec<ChoiceGroup>, registered: impl Fn(&str) -> bool, find: &str) -> Self {
        let words = find.to_lowercase().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let fits = |group: &str, choice: &Choice| {
            let text = format!("{group} {} {} {}", choice.value, choice.label, choice.hint).to_lowercase();
            !words.is_empty() && words.iter().all(|word| text.contains(word))
        };
        let counts = groups.iter().map(|group| (group.name.clone(), group.chosen(), group.choices.len()));
        let counts = counts.collect::<Vec<_>>();
        let of = counts.iter().map(|(_, _, count)| count).sum();
        let (mut picked, mut found, mut more_found) = (Vec::new(), Vec::new(), MOST_FOUND);
        for group in groups {
            let name = format!("{} ({} of {})", group.name, group.chosen(), group.choices.len());
            let mut choices = Vec::new();
            for choice in group.choices {
                let fits = fits(&group.name, &choice);
                match (choice.chosen, registered(&choice.value)) {
                    (true, true) => picked.push((Change::Keeps, !fits, choice)),
                    (true, false) => picked.push((Change::Adds, !fits, choice)),
                    (false, true) => picked.push((Change::Removes, !fits, choice)),
                    (false, false) if fits => choices.push(choice),
                    (false, false) => {}
                }
            }
            if !choices.is_empty() {
                found.push(ChoiceGroup { name, choices });
            }
        }
        picked.sort_by_key(|(change, is_other, _)| (*change, *is_other));
        let kept = picked.iter().filter(|(change, _, _)| *change == Change::Keeps).count();
        let more_picked = kept.saturating_sub(MOST_KEPT);
        picked.truncate(picked.len() - more_picked);
        let matches = found.iter().map(|group| group.choices.len()).sum::<usize>();
        for group in &mut found {
            group.choices.truncate(more_found);
            more_found -= group.choices.len();
        }
        found.retain(|group| !group.choices.is_empty());
        Self {
            picked: picked.into_iter().map(|(change, _, choice)| Picked { choice, change }).collect(),
            more_picked,
            find: find.to_owned(),
            found,
            more_found: matches.saturating_sub(MOST_FOUND),
            groups: if counts.len() > 1 { counts } else { Vec::new() },
            of,
        }
    }
}

/// The form with every value of this field, whichever way it was sent: all of them, or what changes of those that are
/// registered.
#[must_use]
pub fn resolved<'a>(
    sent: &'a Parameters,
    field: &str,
    registered: impl IntoIterator<Item = &'a str>,
) -> Cow<'a, Parameters> {
    let name = |part: &str| format!("{field}.{part}");
    if !sent.has(&name("from")) {
        return Cow::Borrowed(sent);
    }
    let removed = sent.all(&name("remove")).collect::<HashSet<_>>();
    let chosen = registered.into_iter().filter(|value| !removed.contains(value)).collect::<Vec<_>>();
    let known = chosen.iter().copied().collect::<HashSet<_>>();
    let added = sent.all(&name("add")).collect::<Vec<_>>();
    let added = added.into_iter().filter(|value| !known.contains(value));
    let is_other = |other: &str| ![field, &name("from"), &name("add"), &name("remove")].contains(&other);
    let others = sent.pairs().filter(|(other, _)| is_other(other));
    let values = chosen.iter().copied().chain(added).map(|value| (field, value)).collect::<Vec<_>>();
    Cow::Owned(Parameters::from_pairs(others.chain(values)))
}

/// What was searched for in a field, as it was typed, or as the name of a group that was pressed.
#[must_use]
pub fn sought<'a>(sent: &'a Parameters, field: &str) -> &'a str {
    let of = |part| sent.raw(&format!("{field}.{part}"));
    of("browse").or_else(|| of("find")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: usize = 300;

    fn picker(chosen: &[usize], registered: &[usize], find: &str) -> Picker {
        let name = |n: usize| format!("api{}:{n}", n / 10);
        let choice = |n: usize| Choice { chosen: chosen.contains(&n), ..Choice::new(&name(n), &name(n), "Read it") };
        let group =
            |n: usize| ChoiceGroup { name: format!("API {n}"), choices: (n * 10..n * 10 + 10).map(choice).collect() };
        let registered = registered.iter().map(|n| name(*n)).collect::<Vec<_>>();
        match Choices::of((0..ALL / 10).map(group).collect(), |value| registered.iter().any(|one| one == value), find) {
            Choices::Picker(picker) => picker,
            Choices::Boxes(_) => unreachable!("three hundred are many"),
        }
    }

    #[test]
    fn few_choices_are_boxes() {
        let choices = (0..MOST_SHOWN).map(|n| Choice::new(&n.to_string(), "", "")).collect();
        assert!(matches!(
            Choices::of(vec![ChoiceGroup { name: String::new(), choices }], |_| true, ""),
            Choices::Boxes(_)
        ));
    }

    #[test]
    fn a_search_finds_what_is_not_chosen_and_shows_what_changes_first() {
        let shown = picker(&[1, 2, 25], &[1, 3], "API2: read");
        let changes =
            shown.picked.iter().map(|picked| (picked.change, picked.choice.value.as_str())).collect::<Vec<_>>();
        assert_eq!(
            changes,
            [
                (Change::Adds, "api2:25"),
                (Change::Adds, "api0:2"),
                (Change::Removes, "api0:3"),
                (Change::Keeps, "api0:1"),
            ]
        );
        let found = shown.found.iter().map(|group| (group.name.as_str(), group.choices.len())).collect::<Vec<_>>();
        assert_eq!((found, shown.more_found), (vec![("API 2 (1 of 10)", 9)], 0));
        assert_eq!((shown.of, shown.groups.len()), (ALL, 30));
        assert_eq!(shown.groups[0], ("API 0".to_owned(), 2, 10));
    }

    #[test]
    fn a_search_says_how_much_more_it_fits() {
        let shown = picker(&[], &[], "read");
        let found = shown.found.iter().map(|group| group.choices.len()).sum::<usize>();
        assert_eq!((found, shown.more_found), (MOST_FOUND, ALL - MOST_FOUND));
    }

    proptest! {
        /// What a picker shows, sent as it stands, is what was chosen.
        #[test]
        fn nothing_is_changed_by_what_is_not_touched(
            chosen in proptest::collection::hash_set(0..ALL, 0..200),
            registered in proptest::collection::hash_set(0..ALL, 0..200),
        ) {
            let (chosen, registered) = (Vec::from_iter(chosen), Vec::from_iter(registered));
            let picker = picker(&chosen, &registered, "");
            let fields = picker.picked.iter().filter_map(|picked| match picked.change {
                Change::Adds => Some(("scope.add", picked.choice.value.clone())),
                Change::Removes => Some(("scope.remove", picked.choice.value.clone())),
                Change::Keeps => None,
            });
            let sent = Parameters::from_pairs([("scope.from", "registered".to_owned())].into_iter().chain(fields));
            let names = |of: &[usize]| of.iter().map(|n| format!("api{}:{n}", n / 10)).collect::<Vec<_>>();
            let before = names(&registered);

            let all = resolved(&sent, "scope", before.iter().map(String::as_str));

            let mut got = all.all("scope").map(str::to_owned).collect::<Vec<_>>();
            got.sort();
            let mut expected = names(&chosen);
            expected.sort();
            prop_assert_eq!(got, expected);
        }
    }
}
