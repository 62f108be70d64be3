//! Names of roles, in the form that they have here.

use std::collections::BTreeSet;

/// The longest name of a role.
const LONGEST: usize = 63;

/// A name of small letters, digits, `-` and `_` that begins with a letter and is not taken yet; `Ward 7/Intensive Care`
/// becomes `ward-7-intensive-care`.
pub fn role_name(there: &str, taken: &BTreeSet<String>) -> String {
    let mut name = String::new();
    for c in there.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' => name.push(c),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    let name = name.trim_matches('-');
    let name =
        if name.starts_with(|c: char| c.is_ascii_lowercase()) { name.to_owned() } else { format!("role-{name}") };
    let name = if name == "new" { "role-new".to_owned() } else { name };
    let cut = |length: usize| name.get(..length).unwrap_or(&name).trim_end_matches('-').to_owned();
    let whole = cut(LONGEST);
    if !taken.contains(&whole) {
        return whole;
    }
    let numbered = (2_u32..).map(|n| format!("{}-{n}", cut(LONGEST - 11)));
    numbered.into_iter().find(|name| !taken.contains(name)).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::change::is_role_name;

    #[test]
    fn names_are_made_as_little_different_as_can_be() {
        let taken = BTreeSet::from(["staff".to_owned()]);
        for (there, here) in [
            ("clinician", "clinician"),
            ("Clinical Lead", "clinical-lead"),
            ("/hospital/ward-7/intensive care", "hospital-ward-7-intensive-care"),
            ("staff", "staff-2"),
            ("7b", "role-7b"),
            ("Ärzte", "rzte"),
            ("看護師", "role-"),
            ("new", "role-new"),
        ] {
            assert_eq!(role_name(there, &taken), here.trim_end_matches('-'), "{there}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_a_role_may_have(there in "\\PC{0,80}", taken in proptest::collection::btree_set("[a-z]{1,2}", 0..20)) {
            let name = role_name(&there, &taken);
            prop_assert!(is_role_name(&name) && !taken.contains(&name), "{}", name);
        }
    }
}
