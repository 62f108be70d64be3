//! Reads the description of a client as any server gives it out
//! ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591#section-2)), and as `portcullis client show --json` prints it.

mod infer;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{
    Note,
    members::{self, Fate},
};
use crate::{
    policy::{
        client_metadata,
        email_address::EmailAddress,
        new_client::NewClient,
        refusal::{Fault, Refusal},
    },
    protocol::{assurance::Level, client_metadata::fields::FIELDS, redirect_uri, standard_claims::is_oidc_scope},
    secret::Secret,
};

/// What is printed of a client that says nothing about another one.
const PRINTED: [&str; 5] = ["client_id_issued_at", "revision", "created_at", "updated_at", "secrets"];
/// What is registered beside metadata.
const BESIDE: [&str; 3] = ["client_id", "client_secret", "enabled"];

/// How documents are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What scopes are called here, by what they are called there. `None`: they are left out.
    pub scopes: BTreeMap<String, Option<String>>,
    /// The scopes of APIs that there are here. `Some`: others are left out, and not refused.
    pub only: Option<BTreeSet<String>>,
    /// When secrets end that come along, at the latest. `None`: they do not.
    pub secrets_end: Option<OffsetDateTime>,
    /// The time.
    pub now: OffsetDateTime,
}

/// A client that came as a document.
pub struct Arrived {
    /// What is to be registered.
    pub client: NewClient,
    /// What is different from the document. Nothing: it is taken as it is.
    pub notes: Vec<Note>,
}

/// Reads a document. A member that other servers know and we do not is left out with a note, or refused if the client would
/// be less safe without it. Without a `type`, the type is the one that the document describes, and what RFC 7591 says
/// stands for what is left out.
///
/// # Errors
/// Everything that is wrong with the members, each by itself.
pub fn read(given: Map<String, Value>, reading: &Reading) -> Result<Arrived, Vec<Refusal>> {
    let mut reader = Reader { given, reading, notes: Vec::new(), refusals: Vec::new() };
    for name in PRINTED {
        reader.given.remove(name);
    }
    let enabled = reader.enabled();
    let client_id = reader.take("client_id");
    let (mut client_secret, secret_expires_at) = reader.secret();
    if reader.given.get("type").is_none_or(Value::is_null) {
        reader.infer(client_secret.is_some());
        // Some servers give one to every client.
        let is_public = reader.given.get("token_endpoint_auth_method").is_some_and(|method| method == "none");
        if is_public && client_secret.take().is_some() {
            reader.note("client_secret", "It is left out: a public client has none.");
        }
    }
    reader.name(client_id.as_deref());
    reader.scopes();
    reader.uris();
    reader.foreign();
    let Reader { given, notes, mut refusals, .. } = reader;
    match client_metadata::read(given, None) {
        Ok(metadata) if refusals.is_empty() => {
            let client = NewClient { client_id, client_secret, secret_expires_at, enabled, metadata };
            Ok(Arrived { client, notes })
        }
        Ok(metadata) => {
            refusals.extend(client_metadata::faults(&metadata));
            Err(refusals)
        }
        Err(others) => {
            refusals.extend(others);
            Err(refusals)
        }
    }
}

struct Reader<'a> {
    given: Map<String, Value>,
    reading: &'a Reading,
    notes: Vec<Note>,
    refusals: Vec<Refusal>,
}

impl Reader<'_> {
    fn note(&mut self, field: &str, message: impl Into<String>) {
        self.notes.push(Note::new(field, message));
    }

    fn refuse(&mut self, field: &'static str, code: Fault, message: impl Into<String>) {
        self.refusals.push(Refusal::new(field, code, message));
    }

    /// Takes a text out. One that is empty counts as none, as some servers write it.
    fn take(&mut self, name: &'static str) -> Option<String> {
        match self.given.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text).filter(|text| !text.is_empty()),
            Some(_) => {
                self.refuse(name, Fault::Malformed, "This must be a text.");
                None
            }
        }
    }

    fn enabled(&mut self) -> bool {
        match self.given.remove("enabled") {
            None | Some(Value::Null) => true,
            Some(Value::Bool(enabled)) => enabled,
            Some(_) => {
                self.refuse("enabled", Fault::Malformed, "This must be true or false.");
                true
            }
        }
    }

    /// The secret that comes along, and when it ends.
    fn secret(&mut self) -> (Option<Secret>, Option<OffsetDateTime>) {
        let secret = self.take("client_secret").map(|text| Secret::presented(&text));
        let ends_there = match self.given.remove("client_secret_expires_at") {
            None | Some(Value::Null) => None,
            Some(end) => match end.as_i64().and_then(|end| OffsetDateTime::from_unix_timestamp(end).ok()) {
                Some(end) if end.unix_timestamp() == 0 => None, // it has no end (RFC 7591 §3.2.1)
                Some(end) => Some(end),
                None => {
                    self.refuse("client_secret_expires_at", Fault::Malformed, "This must be a time in seconds.");
                    None
                }
            },
        };
        if secret.is_some() && ends_there.is_some_and(|end| end <= self.reading.now) {
            let message = "This secret has ended. Remove client_secret from the document, and a new one is made.";
            self.refuse("client_secret", Fault::NotAllowed, message);
        }
        let ends = [ends_there, self.reading.secrets_end].into_iter().flatten().min();
        (secret, ends)
    }

    /// People must be shown some name (RFC 7591 §2: the id, if there is no other).
    fn name(&mut self, client_id: Option<&str>) {
        let name = self.given.get("client_name").and_then(Value::as_str).map(str::trim);
        let has_name =
            name.map_or_else(|| self.given.get("client_name").is_some_and(|v| !v.is_null()), |n| !n.is_empty());
        if let Some(id) = client_id.filter(|_| !has_name) {
            self.note("client_name", "It has no name: users are shown its id.");
            self.given.insert("client_name".to_owned(), id.into());
        }
    }

    fn scopes(&mut self) {
        let Some(given) = self.given.get("scope").and_then(Value::as_str).map(str::to_owned) else { return };
        let mut here = Vec::new();
        for name in given.split_ascii_whitespace() {
            match self.reading.scopes.get(name) {
                None => here.push(name.to_owned()),
                Some(Some(other)) => {
                    self.note("scope", format!("{name} is {other} here."));
                    here.push(other.clone());
                }
                Some(None) => self.note("scope", format!("{name} is left out.")),
            }
        }
        if let Some(only) = &self.reading.only {
            let (known, unknown) =
                here.into_iter().partition::<Vec<_>, _>(|name| is_oidc_scope(name) || only.contains(name));
            for name in unknown {
                self.note(
                    "scope",
                    format!(
                        "No API has the scope {name}, so it is left out. Register the API first, or map the scope."
                    ),
                );
            }
            here = known;
        }
        let mut seen = BTreeSet::new();
        here.retain(|name| seen.insert(name.clone()));
        self.given.insert("scope".to_owned(), here.join(" ").into());
    }

    fn uris(&mut self) {
        // Keycloak: the same as its redirect URIs.
        if texts(self.given.get("post_logout_redirect_uris")) == ["+"] {
            let same = self.given.get("redirect_uris").cloned().unwrap_or_default();
            self.given.insert("post_logout_redirect_uris".to_owned(), same);
        }
        self.contacts();
        for link in ["client_uri", "policy_uri", "tos_uri"] {
            let Some(uri) = self.given.get(link).and_then(Value::as_str).filter(|uri| !uri.is_empty()) else {
                continue;
            };
            if let Err(why) = redirect_uri::check_link(uri) {
                self.given.remove(link);
                self.note(link, format!("It is left out: {why}."));
            }
        }
    }

    fn contacts(&mut self) {
        let given = texts(self.given.get("contacts"));
        let (addresses, others) = given.into_iter().partition::<Vec<_>, _>(|one| one.parse::<EmailAddress>().is_ok());
        if let Some(other) = others.first() {
            let other = client_metadata::shown(other);
            self.note("contacts", format!("{other} is left out: contacts are e-mail addresses here."));
            self.given.insert("contacts".to_owned(), json!(addresses));
        }
    }

    /// What is left that is none of our fields.
    fn foreign(&mut self) {
        self.acr_values();
        self.auth_method();
        let is_ours = |name: &String| FIELDS.iter().any(|field| field.name == name);
        let foreign = self.given.iter().filter(|(name, _)| !is_ours(name));
        for (name, value) in foreign.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>() {
            self.given.remove(&name);
            match members::fate(&name, &value) {
                Fate::Nothing => {}
                Fate::LeftOut(_) if similar(&name).is_some() => {
                    let message = format!(
                        "There is no field {}: write {}.",
                        client_metadata::shown(&name),
                        similar(&name).unwrap_or_default()
                    );
                    self.refuse("metadata", Fault::Unknown, message);
                }
                Fate::LeftOut(why) => self.note(&client_metadata::shown(&name), format!("It is left out: {why}.")),
                Fate::Refused(why) => {
                    self.refuse("metadata", Fault::NotAllowed, format!("{}: {why}.", client_metadata::shown(&name)));
                }
            }
        }
    }

    /// A level that a client asks for by default is one that it demands here.
    fn acr_values(&mut self) {
        let values = texts(self.given.get("default_acr_values"));
        let [level] = values.as_slice() else { return };
        if Level::ALL.iter().any(|known| known.as_str() == level) && !self.given.contains_key("required_acr") {
            self.given.remove("default_acr_values");
            self.given.insert("required_acr".to_owned(), level.as_str().into());
            self.note("default_acr_values", format!("{level} is demanded at every sign-in (required_acr)."));
        }
    }

    fn auth_method(&mut self) {
        const METHOD: &str = "token_endpoint_auth_method";
        let method = self.given.get(METHOD).and_then(Value::as_str).unwrap_or_default();
        if method != "client_secret_jwt" {
            return;
        }
        self.refuse(METHOD, Fault::NotAllowed, "client_secret_jwt is not taken here: choose private_key_jwt.");
        self.given.remove(METHOD);
    }
}

/// The field whose name somebody has probably misspelt.
fn similar(name: &str) -> Option<&'static str> {
    let ours = FIELDS.iter().map(|field| field.name).chain(BESIDE);
    let near = |ours: &&str| {
        let most = if ours.len() < 8 { 1 } else { 2 };
        strsim::damerau_levenshtein(name, ours) <= most
    };
    ours.into_iter().find(near)
}

/// The texts of a list; nothing else counts.
fn texts(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests;
