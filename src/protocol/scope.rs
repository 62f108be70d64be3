//! Scope ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The most scopes one request may name, repeated ones included. Nobody needs more, and checks stay cheap.
pub const MOST_SCOPES: usize = 100;

/// A set of scope names, in the order they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Vec<String>);

/// The text is not a list of at most 100 scope names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scope must be at most 100 names of printable ASCII, each separated by one space")]
pub struct MalformedScope;

impl Scope {
    /// The set of these names, if each is one.
    ///
    /// # Errors
    /// [`MalformedScope`]
    pub fn from_names<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Result<Self, MalformedScope> {
        let mut scope = Self::default();
        for (place, name) in names.into_iter().enumerate() {
            let name = name.into();
            if place == MOST_SCOPES || !is_scope_name(&name) {
                return Err(MalformedScope);
            }
            scope.insert(name);
        }
        Ok(scope)
    }

    /// Whether this scope is in the set.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    /// Whether every scope of `other` is in the set.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|name| self.contains(name))
    }

    /// The scopes that `keep` lets through.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|name| keep(name)).cloned().collect())
    }

    /// The scopes of both sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        other.0.iter().for_each(|name| all.insert(name.clone()));
        all
    }

    /// The set with this name, which is known to be one.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str) -> Self {
        self.insert(name.to_owned());
        self
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The names, as a column holds them.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    fn insert(&mut self, name: String) {
        if !self.contains(&name) {
            self.0.push(name);
        }
    }
}

/// Whether this is one `scope-token`: printable ASCII without space, `"` and `\`.
#[must_use]
pub fn is_scope_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

impl FromStr for Scope {
    type Err = MalformedScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_names(text.split(' '))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Ok(Self::default()) } else { text.parse().map_err(de::Error::custom) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_scope_the_grammar_allows_survives_a_round_trip(
            text in r"[!#-\[\]-~]{1,8}( [!#-\[\]-~]{1,8}){0,4}",
        ) {
            let scope: Scope = text.parse().unwrap();
            prop_assert_eq!(scope.to_string().parse(), Ok(scope));
        }

        #[test]
        fn a_filtered_scope_is_covered_by_the_whole(text in "[a-z]( [a-z]){0,9}", keep in "[a-z]") {
            let scope: Scope = text.parse().unwrap();
            let part = scope.filtered(|name| name <= keep.as_str());
            prop_assert!(scope.covers(&part));
            prop_assert_eq!(scope.union(&part), scope);
        }
    }

    #[test]
    fn what_the_grammar_forbids_is_refused() {
        for text in ["", " ", "a  b", " a", "a ", "a\tb", "a\"b", "a\\b", "é", "a\u{7f}", "a\nb"] {
            assert_eq!(text.parse::<Scope>(), Err(MalformedScope), "{text:?}");
        }
        let many = (0..10_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(many.parse::<Scope>(), Err(MalformedScope), "AZ-11");
        let repeated = ["a"; MOST_SCOPES + 1].join(" ");
        assert_eq!(repeated.parse::<Scope>(), Err(MalformedScope), "D13: one name, sent often, is work too");
    }

    #[test]
    fn a_repeated_name_counts_once() {
        assert_eq!("a b a".parse::<Scope>().unwrap().to_string(), "a b");
    }
}
