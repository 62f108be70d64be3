//! How nodes follow the registry: each change says what it touched, and a node drops that from memory and nothing else.

use std::{collections::BTreeSet, fmt, str::FromStr};

use uuid::Uuid;

/// The most clients that one change names one by one.
const MOST_NAMED: usize = 1_000;
/// The most changes that a node follows one by one. To read everything anew costs less then.
pub const MOST_FOLLOWED: usize = 10_000;

/// A part of the registry that a change can touch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// APIs and their scopes.
    Apis,
    /// Roles.
    Roles,
    /// Signing keys.
    Keys,
    /// The uploaded logo.
    Logo,
    /// The networks that are blocked.
    Blocks,
    /// A client that was there before, by its id.
    Client(String),
    /// A client that was registered, by its id.
    NewClient(String),
    /// Any client that was there before.
    Clients,
    /// Clients that were registered, and none that was there before.
    NewClients,
}

/// What a change touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched(BTreeSet<Part>);

/// Where a node stands: the newest change that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Grows by one with each change, in the order of their commits.
    pub version: i64,
    /// Tells apart changes that bear the same number, because the database went back in between.
    pub token: Uuid,
}

/// A change as the feed has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub position: Position,
    /// What it touched. `None`: something that only a newer version of this program knows.
    pub touched: Option<Touched>,
}

/// What a node does with what it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It drops what was touched, which may be nothing, and stands there.
    Follow(Position, Touched),
    /// It drops everything: what it knows cannot be compared with what it read.
    BeginAnew,
}

/// Decides what a node that stands at `known` drops, by the entries of the feed from that version on, in their order.
#[must_use]
pub fn follow(known: Position, entries: Vec<Entry>) -> Step {
    if entries.len() > MOST_FOLLOWED || entries.first().is_none_or(|first| first.position != known) {
        return Step::BeginAnew;
    }
    let (mut position, mut touched) = (known, Touched::default());
    for entry in entries.into_iter().skip(1) {
        let Some(more) = entry.touched.filter(|_| entry.position.version == position.version + 1) else {
            return Step::BeginAnew;
        };
        position = entry.position;
        touched.0.extend(more.0);
    }
    Step::Follow(position, touched)
}

impl Touched {
    /// This part as well. Of many clients it is only known that there were many.
    pub fn add(&mut self, part: Part) {
        self.0.insert(part);
        self.fold(|part| matches!(part, Part::Client(_)), Part::Clients);
        self.fold(|part| matches!(part, Part::NewClient(_)), Part::NewClients);
    }

    /// These clients, which were there before, as well.
    #[must_use]
    pub fn with_clients(mut self, client_ids: impl IntoIterator<Item = String>) -> Self {
        client_ids.into_iter().for_each(|client_id| self.add(Part::Client(client_id)));
        self
    }

    /// Each part.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.0.iter()
    }

    /// Whether this part was touched.
    #[must_use]
    pub fn has(&self, part: &Part) -> bool {
        self.0.contains(part)
    }

    /// As the feed has it.
    #[must_use]
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Reads what the feed has. `None`: this version of the program does not know all of it.
    #[must_use]
    pub fn from_texts(texts: &[String]) -> Option<Self> {
        texts.iter().map(|text| text.parse().ok()).collect::<Option<_>>().map(Self)
    }

    fn fold(&mut self, is_one: impl Fn(&Part) -> bool, all: Part) {
        if self.0.contains(&all)
            || self.0.len() > MOST_NAMED && self.0.iter().filter(|it| is_one(it)).count() > MOST_NAMED
        {
            self.0.retain(|part| !is_one(part));
            self.0.insert(all);
        }
    }
}

impl From<Part> for Touched {
    fn from(part: Part) -> Self {
        Self(BTreeSet::from([part]))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apis => f.write_str("apis"),
            Self::Roles => f.write_str("roles"),
            Self::Keys => f.write_str("keys"),
            Self::Logo => f.write_str("logo"),
            Self::Blocks => f.write_str("blocks"),
            Self::Client(client_id) => write!(f, "client:{client_id}"),
            Self::NewClient(client_id) => write!(f, "new_client:{client_id}"),
            Self::Clients => f.write_str("clients"),
            Self::NewClients => f.write_str("new_clients"),
        }
    }
}

/// The text names no part that this version of the program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an unknown part of the registry")]
pub struct UnknownPart;

impl FromStr for Part {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, UnknownPart> {
        match (text, text.split_once(':')) {
            ("apis", _) => Ok(Self::Apis),
            ("roles", _) => Ok(Self::Roles),
            ("keys", _) => Ok(Self::Keys),
            ("logo", _) => Ok(Self::Logo),
            ("blocks", _) => Ok(Self::Blocks),
            ("clients", _) => Ok(Self::Clients),
            ("new_clients", _) => Ok(Self::NewClients),
            (_, Some(("client", client_id))) => Ok(Self::Client(client_id.to_owned())),
            (_, Some(("new_client", client_id))) => Ok(Self::NewClient(client_id.to_owned())),
            _ => Err(UnknownPart),
        }
    }
}

#[cfg(test)]
mod tests;
