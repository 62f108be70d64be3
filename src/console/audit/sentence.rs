//! Events as sentences: who did what to whom, by name, with links where their reader may follow them.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::{
    console::{form, session::Administrator},
    model::registry::Registry,
    policy::permission::Permission,
    store::audit_events::{self, RecordedEvent},
};

/// A part of a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// It is the name or the id of something, and stands apart from the words around it.
    pub is_name: bool,
    /// The page of what it names; empty if there is none, or the reader may not see it.
    pub path: String,
}

/// What users and clients are called, as far as their reader may know.
pub(in crate::console) struct Names<'a> {
    known: HashMap<String, String>,
    admin: &'a Administrator,
}

impl<'a> Names<'a> {
    /// Reads all names that these events need, in one statement.
    pub async fn of(admin: &'a Administrator, events: &[RecordedEvent]) -> sqlx::Result<Self> {
        let (mut users, mut clients) = (BTreeSet::new(), BTreeSet::new());
        for event in events {
            for thing in [&event.actor, &event.subject].into_iter().flatten() {
                users.extend(thing.strip_prefix("user:").and_then(|id| id.parse::<Uuid>().ok()));
                clients.extend(thing.strip_prefix("client:").map(str::to_owned));
            }
            clients.extend(event.client_id.clone());
        }
        let users = users.into_iter().filter(|_| admin.may(Permission::UsersRead)).collect::<Vec<_>>();
        let clients = clients.into_iter().filter(|id| !id.contains('\0')).collect::<Vec<_>>();
        let known = if users.is_empty() && clients.is_empty() {
            HashMap::new()
        } else {
            audit_events::names(&admin.app.db, &users, &clients).await?
        };
        Ok(Self { known, admin })
    }

    fn registry(&self) -> &Registry {
        self.admin.snapshot.registry()
    }

    /// The sentence of an event. One of another version of this program is told by its name.
    pub fn sentence(&self, event: &RecordedEvent) -> Vec<Piece> {
        let Some(known) = event.known() else {
            return vec![plain(&event.event), plain(" (from another version of this program)")];
        };
        let mut pieces = Vec::new();
        for part in known.sentence().split_inclusive('}') {
            let (words, blank) = part.split_once('{').unwrap_or((part, ""));
            if !words.is_empty() {
                pieces.push(plain(words));
            }
            match blank.trim_end_matches('}') {
                "actor" => pieces.push(self.actor(event)),
                "subject" => pieces.push(self.subject(event)),
                "client" => pieces.push(self.client(event.client_id.as_deref())),
                _ => {}
            }
        }
        capitalized(pieces)
    }

    fn actor(&self, event: &RecordedEvent) -> Piece {
        match event.actor.as_deref() {
            None => plain("somebody"),
            Some("cli") => plain("the command line"),
            Some("system") => plain("Portcullis"),
            Some(actor) => self.thing(actor),
        }
    }

    fn subject(&self, event: &RecordedEvent) -> Piece {
        // A user who acts for themselves is not always named twice.
        let of_actor = event.actor.as_deref().filter(|actor| actor.starts_with("user:"));
        match event.subject.as_deref().or(of_actor) {
            None => plain("somebody"),
            Some(subject) => self.thing(subject),
        }
    }

    fn client(&self, id: Option<&str>) -> Piece {
        let Some(id) = id else { return plain("an unknown client") };
        match self.known.get(&format!("client:{id}")) {
            Some(name) if self.admin.sees_clients_of().is_none() => named(name, form::client_path(id)),
            Some(name) => named(name, String::new()),
            None => named(id, String::new()),
        }
    }

    /// What the record names by its kind and its id.
    pub fn thing(&self, thing: &str) -> Piece {
        let may = |permission| self.admin.may(permission);
        let linked = |path: String, may: bool| if may { path } else { String::new() };
        let (kind, id) = thing.split_once(':').unwrap_or(("", thing));
        match (kind, self.known.get(thing)) {
            ("user", Some(name)) => named(name, format!("/admin/users/{id}")),
            ("user", None) => named(&format!("user {}", short(id)), String::new()),
            ("client", _) => self.client(Some(id)),
            ("api", _) => {
                let api = id.parse().ok().and_then(|id: Uuid| self.registry().apis().find(|api| api.api_id == id));
                let path = linked(format!("/admin/apis/{id}"), may(Permission::ApisRead));
                api.map_or_else(|| named(short(id), String::new()), |api| named(&api.name, path))
            }
            ("role", _) => {
                let is_there = self.registry().role(id).is_some() && may(Permission::RolesRead);
                named(id, linked(format!("/admin/roles/{id}"), is_there))
            }
            ("key", _) => named(id, linked("/admin/keys".to_owned(), may(Permission::KeysRead))),
            ("grant" | "token", _) => named(&format!("{kind} {}", short(id)), String::new()),
            _ => named(thing, String::new()),
        }
    }
}

/// Enough of an id to tell it from others.
fn short(id: &str) -> &str {
    id.rsplit('-').next().unwrap_or(id)
}

fn plain(text: &str) -> Piece {
    Piece { text: text.to_owned(), ..Piece::default() }
}

fn named(name: &str, path: String) -> Piece {
    Piece { text: name.to_owned(), is_name: true, path }
}

/// A sentence begins with a capital, unless it begins with a name.
fn capitalized(mut pieces: Vec<Piece>) -> Vec<Piece> {
    if let Some(first) = pieces.first_mut().filter(|first| !first.is_name)
        && let Some(letter) = first.text.get(..1)
    {
        let letter = letter.to_uppercase();
        first.text.replace_range(..1, &letter);
    }
    pieces
}
