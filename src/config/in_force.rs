//! What is in force, and from where, without what nobody may see.

use serde::{Serialize, Serializer, ser::SerializeStruct};
use url::Url;

use super::table::{GROUPS, Setting};

/// A setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// What it is about.
    pub group: &'static str,
    /// Which it is.
    pub setting: &'static Setting,
    /// What was given.
    pub given: Option<Given>,
}

/// A value that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Where.
    pub origin: Origin,
    /// As it was written there. `None`: nobody may see it.
    pub text: Option<String>,
}

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In this environment variable, or in the file that it names.
    Variable(String),
    /// In this file of settings.
    File(String),
}

impl Origin {
    pub(super) const fn is_variable(&self) -> bool {
        matches!(self, Self::Variable(_))
    }
}

impl Given {
    /// A value that may be seen. A password that a URL has in it is left out.
    pub(super) fn open(origin: Origin, text: &str) -> Self {
        Self { origin, text: Some(without_password(text)) }
    }

    /// A value that may not.
    pub(super) const fn secret(origin: Origin) -> Self {
        Self { origin, text: None }
    }
}

impl InForce {
    /// Every setting there is, with what was given of these.
    pub(super) fn all(given: &[(String, Given)]) -> Vec<Self> {
        let settings = GROUPS.iter().flat_map(|group| group.settings.iter().map(|setting| (group.name, setting)));
        let found = |key: &str| given.iter().find(|(known, _)| known == key).map(|(_, given)| given.clone());
        settings.map(|(group, setting)| Self { group, setting, given: found(setting.key) }).collect()
    }

    /// What holds, for people: a text, or whether a secret is set.
    #[must_use]
    pub fn value(&self) -> String {
        match &self.given {
            Some(Given { text: Some(text), .. }) if !self.setting.is_secret && text.is_empty() => "none".to_owned(),
            Some(Given { text: Some(text), .. }) if !self.setting.is_secret => text.clone(),
            Some(_) => "set".to_owned(),
            None if self.setting.is_secret => "not set".to_owned(),
            None => plain(self.setting.default),
        }
    }

    /// Where it comes from, for people.
    #[must_use]
    pub fn origin(&self) -> String {
        match self.given.as_ref().map(|given| &given.origin) {
            None => "default".to_owned(),
            Some(Origin::Variable(name)) => format!("environment, {name}"),
            Some(Origin::File(path)) => format!("file {path}"),
        }
    }

    /// The environment variable that it comes from, if it does.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match self.given.as_ref().map(|given| &given.origin) {
            Some(Origin::Variable(name)) => Some(name),
            _ => None,
        }
    }

    /// What it is for, without markup.
    #[must_use]
    pub fn meaning(&self) -> String {
        plain(self.setting.meaning)
    }

    /// Nobody set it.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.given.is_none()
    }
}

impl Serialize for InForce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("InForce", 7)?;
        fields.serialize_field("key", self.setting.key)?;
        fields.serialize_field("section", self.group)?;
        fields.serialize_field("value", &self.value())?;
        fields.serialize_field("origin", &self.origin())?;
        fields.serialize_field("is_default", &self.is_default())?;
        fields.serialize_field("is_secret", &self.setting.is_secret)?;
        fields.serialize_field("meaning", &self.meaning())?;
        fields.end()
    }
}

fn without_password(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            let is_hidden = url.set_password(Some("…")).is_ok();
            if is_hidden { url.to_string() } else { "set".to_owned() }
        }
        _ => text.to_owned(),
    }
}

/// Markdown as plain text: code without its marks, links by their words.
fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, link)) = rest.split_once('[') {
        text.push_str(before);
        match link.split_once("](").and_then(|(words, target)| Some((words, target.split_once(')')?.1))) {
            Some((words, after)) if !words.contains(['[', ']']) => {
                text.push_str(words);
                rest = after;
            }
            _ => {
                text.push('[');
                rest = link;
            }
        }
    }
    text.push_str(rest);
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_left_out() {
        for (markdown, text) in [
            ("Networks: see [Calls that the server makes](#calls).", "Networks: see Calls that the server makes."),
            ("As texts: `[\"8443\"]`, and [a](b) too.", "As texts: [\"8443\"], and a too."),
            ("`127.0.0.1:8080`", "127.0.0.1:8080"),
        ] {
            assert_eq!(plain(markdown), text);
        }
    }

    #[test]
    fn a_password_in_a_url_is_left_out() {
        for (text, shown) in [
            ("https://me:hunter2@lists.example/range/", "https://me:%E2%80%A6@lists.example/range/"),
            ("https://lists.example/range/", "https://lists.example/range/"),
            ("10.0.0.0/8, ::1", "10.0.0.0/8, ::1"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }
}
