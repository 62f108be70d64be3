//! What each field may hold by itself, as the table says.

use serde_json::{Map, Value, json};

use super::shown;
use crate::{
    policy::{
        email_address::EmailAddress,
        refusal::{Fault, Refusal},
        text, told_claims,
    },
    protocol::{
        client::ClientType,
        client_certificate::{ExpectedSubject, SubjectField},
        client_metadata::{
            field::{Field, Kind, Named},
            fields::FIELDS,
        },
        jwk_set::{JwkSet, UnusableKeys},
        redirect_uri::{self, UnsafeUri},
        scope::Scope,
        standard_claims::is_fixed_claim,
    },
};

/// Characters of the name of a claim, or of a path to one.
const LONGEST_CLAIM: usize = 100;
/// Names of a path to a claim.
const DEEPEST_CLAIM: usize = 4;

/// Every field in its normal form, and what is wrong with each. One that is wrong stays as it is.
pub(super) fn checked(
    members: &Map<String, Value>,
    client_type: Option<ClientType>,
) -> (Map<String, Value>, Vec<Refusal>) {
    let (mut normal, mut refusals) = (Map::new(), Vec::new());
    for field in FIELDS {
        let value = members.get(field.name).unwrap_or(&Value::Null);
        let mut check = Check { field, client_type, refusals: Vec::new() };
        let checked = check.normal(value);
        let is_wrong = !check.refusals.is_empty();
        normal.insert(field.name.to_owned(), if is_wrong { value.clone() } else { checked });
        refusals.append(&mut check.refusals);
    }
    (normal, refusals)
}

/// The check of one field.
struct Check {
    field: &'static Field,
    /// `None`: it is not known yet. Then only what no type allows is refused.
    client_type: Option<ClientType>,
    refusals: Vec<Refusal>,
}

impl Check {
    fn normal(&mut self, value: &Value) -> Value {
        match (self.field.kind, value) {
            (Kind::Text { most }, Value::String(given)) => self.text(given, most),
            (kind, Value::Null) if may_be_none(kind) => Value::Null,
            (kind, Value::String(given)) if may_be_none(kind) && given.trim().is_empty() => Value::Null,
            (Kind::CertificateName(field), Value::String(given)) => self.certificate_name(field, given.trim()),
            (Kind::Keys, given) => self.keys(given),
            (Kind::Link, Value::String(given)) => self.link(given.trim()),
            (Kind::Api, Value::String(given)) => given.trim().into(),
            (Kind::Claim, Value::String(given)) => self.claim(given.trim()),
            (Kind::RedirectUris { most }, Value::Array(given)) => self.several(given, most, Self::redirect_uri),
            (Kind::Emails { most }, Value::Array(given)) => self.several(given, most, Self::email),
            (Kind::Scopes, Value::String(given)) => self.scopes(given),
            (Kind::One(all), value) => self.one(all, value),
            (Kind::Several(all), Value::Array(given)) => self.some_of(all, given),
            (Kind::Flag, Value::Bool(given)) => (*given).into(),
            (Kind::Seconds { least, most }, value) => self.seconds(value, least, most),
            _ => {
                self.refuse(Fault::Malformed, expected(self.field.kind));
                Value::Null
            }
        }
    }

    fn refuse(&mut self, code: Fault, message: impl Into<String>) {
        self.refusals.push(Refusal::new(self.field.name, code, message));
    }

    fn text(&mut self, given: &str, most: usize) -> Value {
        match text::sentence(self.field.name, given, most) {
            Ok(text) => text.into(),
            Err(refusal) => {
                self.refusals.push(refusal);
                Value::Null
            }
        }
    }

    fn link(&mut self, given: &str) -> Value {
        if let Err(error) = redirect_uri::check_link(given) {
            self.unsafe_uri(given, &error);
        }
        given.into()
    }

    /// No claim of ours may be taken for one whose meaning is fixed (JW-17).
    fn claim(&mut self, given: &str) -> Value {
        let path = told_claims::path(given);
        let is_name =
            |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
        if given.len() > LONGEST_CLAIM || path.len() > DEEPEST_CLAIM {
            let message = format!("At most {LONGEST_CLAIM} characters and {DEEPEST_CLAIM} names.");
            self.refuse(Fault::TooLong, message);
        } else if !path.iter().all(is_name) {
            self.refuse(Fault::Malformed, "Write a name, or several with a dot between: groups, realm_access.roles.");
        } else if let Some(first) = path.first().filter(|first| is_fixed_claim(first)) {
            self.refuse(Fault::NotAllowed, format!("{} means something else: choose another claim.", shown(first)));
        }
        given.into()
    }

    fn redirect_uri(&mut self, given: &str) {
        // Without a type a URI need only suit one of them: native clients may have every kind.
        let client_type = self.client_type.unwrap_or(ClientType::Native);
        if let Err(error) = redirect_uri::check_registration(given, client_type) {
            self.unsafe_uri(given, &error);
        }
    }

    fn unsafe_uri(&mut self, given: &str, error: &UnsafeUri) {
        let code = if *error == UnsafeUri::TooLong { Fault::TooLong } else { Fault::Malformed };
        self.refuse(code, format!("{}: {error}.", shown(given)));
    }

    fn email(&mut self, given: &str) {
        if given.parse::<EmailAddress>().is_err() {
            self.refuse(Fault::Malformed, format!("{} is not an e-mail address.", shown(given)));
        }
    }

    fn certificate_name(&mut self, field: SubjectField, given: &str) -> Value {
        if let Err(malformed) = ExpectedSubject::parse(field, given) {
            self.refuse(Fault::Malformed, sentence(&malformed.to_string()));
        }
        given.into()
    }

    /// A set with no keys is none.
    fn keys(&mut self, given: &Value) -> Value {
        if given.as_object().is_some_and(Map::is_empty) {
            return Value::Null;
        }
        match JwkSet::read(given).and_then(|set| set.check().map(|()| set)) {
            Ok(set) if set.keys.is_empty() => Value::Null,
            Ok(set) => json!(set),
            Err(unusable) => {
                let code = if unusable == UnusableKeys::TooMany { Fault::TooMany } else { Fault::Malformed };
                self.refuse(code, sentence(&unusable.to_string()));
                Value::Null
            }
        }
    }

    /// Texts, each once.
    fn several(&mut self, given: &[Value], most: usize, check_one: fn(&mut Self, &str)) -> Value {
        if given.len() > most {
            self.refuse(Fault::TooMany, format!("At most {most} can be registered."));
            return Value::Null;
        }
        let mut texts = Vec::<&str>::with_capacity(given.len());
        for one in given {
            match one.as_str() {
                Some(text) if texts.contains(&text) => {}
                Some(text) => {
                    check_one(self, text);
                    texts.push(text);
                }
                None => self.refuse(Fault::Malformed, expected(self.field.kind)),
            }
        }
        texts.into()
    }

    fn scopes(&mut self, given: &str) -> Value {
        if given.is_empty() {
            return given.into();
        }
        match given.parse::<Scope>() {
            Ok(scope) => scope.to_string().into(),
            Err(malformed) => {
                self.refuse(Fault::Malformed, format!("{malformed}."));
                Value::Null
            }
        }
    }

    fn one(&mut self, all: &[Named], given: &Value) -> Value {
        let is_known = given.as_str().is_some_and(|given| all.iter().any(|one| one.value == given));
        if !is_known {
            let code = if given.is_null() { Fault::Required } else { Fault::Unknown };
            self.refuse(code, format!("Choose {}.", listed(all)));
        }
        given.clone()
    }

    /// Those that were given, in the order of the table.
    fn some_of(&mut self, all: &[Named], given: &[Value]) -> Value {
        if given.iter().any(|one| all.iter().all(|known| one.as_str() != Some(known.value))) {
            self.refuse(Fault::Unknown, format!("Choose of {}.", listed(all)));
        }
        let chosen = all.iter().map(|one| one.value).filter(|value| given.iter().any(|one| one == value));
        chosen.collect::<Vec<_>>().into()
    }

    fn seconds(&mut self, given: &Value, least: i32, most: i32) -> Value {
        if !given.as_i64().is_some_and(|seconds| (i64::from(least)..=i64::from(most)).contains(&seconds)) {
            self.refuse(Fault::OutOfBounds, format!("Write a number of seconds from {least} to {most}."));
        }
        given.clone()
    }
}

/// Whether a field of this kind may hold nothing.
const fn may_be_none(kind: Kind) -> bool {
    matches!(kind, Kind::Link | Kind::Api | Kind::Claim | Kind::Keys | Kind::CertificateName(_))
}

/// A message as a sentence.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// What JSON must have there.
fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text { .. } | Kind::Link | Kind::Api | Kind::Claim | Kind::CertificateName(_) | Kind::One(_) => {
            "This must be a text."
        }
        Kind::Keys => "This must be a JWK Set.",
        Kind::Scopes => "This must be a text: the names of scopes, separated by spaces.",
        Kind::RedirectUris { .. } | Kind::Emails { .. } | Kind::Several(_) => "This must be a list of texts.",
        Kind::Flag => "This must be true or false.",
        Kind::Seconds { .. } => "This must be a whole number.",
    }
}

/// The values in a sentence: `web, browser, native or service`.
fn listed(all: &[Named]) -> String {
    let values = all.iter().map(|one| one.value).collect::<Vec<_>>();
    values.split_last().map_or_else(String::new, |(last, others)| format!("{} or {last}", others.join(", ")))
}
