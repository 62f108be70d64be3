//! The clients of an Ory Hydra, as its admin API and `hydra list clients --format json` give them out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Note,
    document::{self, Arrived, Reading},
};
use crate::policy::refusal::Refusal;

/// The bounds of the field `access_token_lifetime`.
const LIFETIMES: (i64, i64) = (30, 1800);

/// A list of clients, bare or as a page of them.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Clients {
    /// As the admin API answers.
    Bare(Vec<Map<String, Value>>),
    /// As the command prints it.
    Page {
        /// The clients.
        items: Vec<Map<String, Value>>,
    },
}

impl Clients {
    /// Each of them.
    #[must_use]
    pub fn each(self) -> Vec<Map<String, Value>> {
        match self {
            Self::Bare(clients) | Self::Page { items: clients } => clients,
        }
    }
}

/// Reads a client. Scopes that no API has here are left out.
///
/// # Errors
/// As [`document::read`].
pub fn read(mut given: Map<String, Value>, reading: &Reading) -> Result<Arrived, Vec<Refusal>> {
    let notes = lifetime(&mut given);
    let ours = BTreeMap::from([("offline".to_owned(), Some("offline_access".to_owned()))]);
    let scopes = ours.into_iter().chain(reading.scopes.clone()).collect();
    let mut arrived = document::read(given, &Reading { scopes, ..reading.clone() })?;
    arrived.notes.retain(|note| note.message != "offline is offline_access here."); // it is its other name there too
    arrived.notes.extend(notes);
    Ok(arrived)
}

/// The life of its access tokens is the shortest that is set for a grant that it has.
fn lifetime(given: &mut Map<String, Value>) -> Vec<Note> {
    const NAMES: [&str; 3] = [
        "authorization_code_grant_access_token_lifespan",
        "client_credentials_grant_access_token_lifespan",
        "refresh_token_grant_access_token_lifespan",
    ];
    let given_seconds = NAMES.iter().filter_map(|name| seconds(given.remove(*name)?.as_str()?));
    let Some(shortest) = given_seconds.collect::<Vec<_>>().into_iter().min() else { return Vec::new() };
    let here = shortest.clamp(LIFETIMES.0, LIFETIMES.1);
    given.insert("access_token_lifetime".to_owned(), here.into());
    if here == shortest {
        return Vec::new();
    }
    vec![Note::new("access_token_lifetime", format!("{here} seconds, not {shortest}: that is as far as it goes here."))]
}

/// A duration as Go writes it: `15m0s`, `720h0m0s`.
fn seconds(text: &str) -> Option<i64> {
    let (mut sum, mut number) = (0_i64, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for (text, expected) in [
            ("15m0s", Some(900)),
            ("720h0m0s", Some(2_592_000)),
            ("5s", Some(5)),
            ("1.5s", None),
            ("5", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
