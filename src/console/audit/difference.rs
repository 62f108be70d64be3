//! What a change changed, field by field.

use serde_json::{Map, Value};

use crate::{console::form, store::audit_events::RecordedEvent};

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
        Some(Value::Array(values)) => values.iter().map(one).filter(|text| !text.is_empty()).collect(),
        Some(value) => Some(one(value)).filter(|text| !text.is_empty()).into_iter().collect(),
    }
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

    /// LP-07: a fingerprint tells nobody anything.
    #[test]
    fn what_the_record_does_not_keep_of_a_user_is_said_to_have_changed() {
        let (before, after) = (json!({"email": "1f", "username": "aa"}), json!({"email": "2e", "username": "aa"}));

        let found = told(&event("user:1", Some(before), Some(after)));

        assert_eq!(found, ["Email address: [] -> [] changed; the record does not keep it"]);
    }
}
