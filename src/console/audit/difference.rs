//! What a change changed, field by field.

use serde_json::{Map, Value};

use crate::{console::form, policy::entitlement::Against, store::audit_events::RecordedEvent};

/// A field that a change changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// What forms call the field.
    pub label: String,
    /// What stood there and stands there no more.
    pub old: Vec<String>,
    /// What stands there now.
    pub new: Vec<String>,
    /// What else there is to say, where neither is kept.
    pub said: &'static str,
}

/// Of these the record of a user has fingerprints alone.
const NOT_KEPT: [&str; 3] = ["username", "email", "profile"];
/// What counts the changes of a thing says nothing about one of them.
const SILENT: [&str; 2] = ["revision", "jti"];

/// What differs before and after an event. What it tells besides, such as how many sessions ended, is a field that is new.
pub(super) fn of(event: &RecordedEvent) -> Vec<Changed> {
    let (before, after) = (members(event.before.as_ref()), members(event.after.as_ref()));
    let is_user = event.subject.as_deref().is_some_and(|subject| subject.starts_with("user:"));
    let mut names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect::<Vec<_>>();
    names.retain(|name| before.get(*name) != after.get(*name) && !SILENT.contains(&name.as_str()));
    let field = |name: &String| {
        let label = form::label(name).to_owned();
        if is_user && NOT_KEPT.contains(&name.as_str()) {
            let is_new = event.before.is_none();
            let said =
                if is_new { "given; the record does not keep it" } else { "changed; the record does not keep it" };
            return Changed { label, said, ..Changed::default() };
        }
        let (old, new) = (values(name, before.get(name)), values(name, after.get(name)));
        let gone = old.iter().filter(|value| !new.contains(value)).cloned().collect();
        let added = new.iter().filter(|value| !old.contains(value)).cloned().collect();
        Changed { label, old: gone, new: added, said: "" }
    };
    names.into_iter().map(field).filter(Changed::says_something).collect()
}

impl Changed {
    fn says_something(&self) -> bool {
        !(self.old.is_empty() && self.new.is_empty() && self.said.is_empty())
    }
}

fn members(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The values of a field, as people read them.
fn values(name: &str, value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(secrets)) if name == "secrets" => match secrets.len() {
            0 => Vec::new(),
            1 => vec!["1 secret".to_owned()],
            many => vec![format!("{many} secrets")],
        },
        Some(Value::Object(scopes)) if name == "left_out" => scopes.iter().map(left_out).collect(),
        Some(Value::Array(values)) => values.iter().map(one).filter(|text| !text.is_empty()).collect(),
        Some(value) => Some(one(value)).filter(|text| !text.is_empty()).into_iter().collect(),
    }
}

/// A scope that was asked for and not given, with the reasons.
fn left_out((scope, reasons): (&String, &Value)) -> String {
    let codes = reasons.as_array().into_iter().flatten().filter_map(Value::as_str);
    let sentence = |code: &str| Against::named(code).map_or_else(|| code.to_owned(), |it| it.sentence().to_owned());
    let reasons = codes.map(sentence).collect::<Vec<_>>();
    format!("{scope}: {}", reasons.join(" "))
}

fn one(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::policy::event::Outcome;

    fn event(subject: &str, before: Option<Value>, after: Option<Value>) -> RecordedEvent {
        RecordedEvent {
            event_id: Uuid::nil(),
            at: OffsetDateTime::UNIX_EPOCH,
            event: "client.updated".into(),
            outcome: Outcome::Success,
            actor: None,
            subject: Some(subject.into()),
            client_id: None,
            session_hash: None,
            request_id: None,
            ip: None,
            user_agent: None,
            reason: None,
            before,
            after,
            count: 1,
            node: String::new(),
            version: String::new(),
        }
    }

    fn told(event: &RecordedEvent) -> Vec<String> {
        let line = |field: Changed| format!("{}: {:?} -> {:?} {}", field.label, field.old, field.new, field.said);
        of(event).into_iter().map(|field| line(field).trim_end().to_owned()).collect()
    }

    #[test]
    fn a_change_is_told_field_by_field_and_only_where_it_differs() {
        let before = json!({"client_name": "a", "type": "web", "scopes": ["x", "y"], "enabled": true, "revision": 1});
        let after = json!({"client_name": "b", "type": "web", "scopes": ["y", "z"], "enabled": false, "revision": 2});

        let found = told(&event("", Some(before), Some(after)));

        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.contains(&r#"Scopes: ["x"] -> ["z"]"#.to_owned()), "{found:?}");
        assert!(found.iter().any(|line| line.ends_with(r#"["a"] -> ["b"]"#)), "{found:?}");
        assert!(found.iter().any(|line| line.ends_with(r#"["yes"] -> ["no"]"#)), "{found:?}");
    }

    #[test]
    fn why_a_scope_was_left_out_is_told_in_words() {
        let after = json!({"scope": "openid", "left_out": {"read": ["not_registered", "no_role"], "x": ["of_a_newer_version"]}});

        let found = told(&event("", None, Some(after)));

        let expected = r#"Left out: [] -> ["read: The client is not registered for it. No role of the user gives it.", "x: of_a_newer_version"]"#;
        assert!(found.contains(&expected.to_owned()), "{found:?}");
    }

    /// LP-07: a fingerprint tells nobody anything.
    #[test]
    fn what_the_record_does_not_keep_of_a_user_is_said_to_have_changed() {
        let (before, after) = (json!({"email": "1f", "username": "aa"}), json!({"email": "2e", "username": "aa"}));

        let found = told(&event("user:1", Some(before), Some(after)));

        assert_eq!(found, ["Email address: [] -> [] changed; the record does not keep it"]);
    }
}
