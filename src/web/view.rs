//! What pages show, in the shapes that the template macros take.

use std::borrow::Cow;

use axum::http::StatusCode;

use crate::language::{Language, Moment};

/// What is wrong with a form that was sent, in the order of its fields.
#[derive(Clone, Debug, Default)]
pub struct FormErrors(Vec<FieldError>);

/// Nothing is wrong: for forms that are shown for the first time, or cannot be filled in wrongly.
pub static NO_ERRORS: FormErrors = FormErrors(Vec::new());

/// What is wrong with one field.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// The field's name, which is its element's id too.
    pub field: Cow<'static, str>,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

impl FormErrors {
    /// Notes what is wrong with a field. A field may have several errors: one for each line, say.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// Nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The status of the form's page: that it was refused, if anything is wrong.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if self.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// All errors, for the summary.
    #[must_use]
    pub fn all(&self) -> &[FieldError] {
        &self.0
    }

    /// The messages beside one field.
    #[must_use]
    pub fn of(&self, field: &str) -> Vec<&str> {
        self.0.iter().filter(|error| error.field == field).map(|error| error.message.as_str()).collect()
    }
}

/// Why a form holds something else than what is registered. Nothing of it is saved.
#[derive(Clone, Debug)]
pub enum Unsent {
    /// It was typed before and not sent.
    Typed {
        /// The page of the form.
        path: String,
        /// When it was typed.
        saved: Moment,
    },
    /// A change is put back, as it was before.
    PutBack {
        /// When the change was made.
        changed: Moment,
    },
}

/// One of several values to choose from: a radio button, a checkbox, an option.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What a user reads.
    pub label: String,
    /// What it means. May be empty.
    pub hint: String,
    /// It is chosen now.
    pub chosen: bool,
}

impl Choice {
    /// A choice that is not made yet.
    #[must_use]
    pub fn new(value: &str, label: &str, hint: &str) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), hint: hint.to_owned(), chosen: false }
    }
}

/// Choices that belong together: the scopes of one API, say.
#[derive(Clone, Debug, Default)]
pub struct ChoiceGroup {
    /// What they have in common.
    pub name: String,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// The most choices that are all shown at once.
const UNFOLDED: usize = 40;

impl ChoiceGroup {
    /// One group of many choices in parts: first those that are selected, then the others in groups of 40, each named
    /// "first – last". Other groups stay as they are.
    #[must_use]
    pub fn parts(mut groups: Vec<Self>) -> Vec<Self> {
        if groups.len() > 1 || groups.iter().all(|group| group.choices.len() <= UNFOLDED) {
            return groups;
        }
        let choices = groups.swap_remove(0).choices;
        let (chosen, others): (Vec<_>, Vec<_>) = choices.into_iter().partition(|choice| choice.chosen);
        let chosen = (!chosen.is_empty()).then(|| Self { name: "Selected now".to_owned(), choices: chosen });
        let others = others.chunks(UNFOLDED).filter_map(|part| {
            let name = format!("{} – {}", part.first()?.label, part.last()?.label);
            Some(Self { name, choices: part.to_vec() })
        });
        chosen.into_iter().chain(others).collect()
    }

    /// How many are chosen now.
    #[must_use]
    pub fn chosen(&self) -> usize {
        self.choices.iter().filter(|choice| choice.chosen).count()
    }
}

/// Whether there are so many choices that the groups of which none is chosen are folded away.
#[must_use]
pub fn are_folded(groups: &[ChoiceGroup]) -> bool {
    groups.len() > 1 && groups.iter().map(|group| group.choices.len()).sum::<usize>() > UNFOLDED
}

/// The ways from one page of a list to its neighbours (keyset paging): URLs with the filter in them.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// The page before, if there is one.
    pub previous: Option<String>,
    /// The page after, if there is one.
    pub next: Option<String>,
}

/// A message above a page's content.
#[derive(Clone, Debug)]
pub struct Notice {
    /// How much it matters.
    pub kind: NoticeKind,
    /// The message, as sentences.
    pub text: String,
    /// Where there is more to do about it: a URL, and what a link to it says.
    pub more: Option<(String, &'static str)>,
}

impl Notice {
    /// A message alone.
    #[must_use]
    pub const fn new(kind: NoticeKind, text: String) -> Self {
        Self { kind, text, more: None }
    }
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    Information,
    /// Something to act on.
    Warning,
    /// Something was done.
    Done,
}

impl NoticeKind {
    /// The text for the word before the message, so that colour is not the only sign.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Information => "notice-information",
            Self::Warning => "notice-warning",
            Self::Done => "notice-done",
        }
    }

    /// The class of its look.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Done => "done",
        }
    }
}

/// What a scope of OpenID Connect lets a client do (Core §5.4, §11), in the words of the user who is asked.
#[must_use]
pub fn openid_scope(language: Language, name: &str) -> Option<Cow<'static, str>> {
    Some(language.text(match name {
        "openid" => "scope-openid",
        "profile" => "scope-profile",
        "email" => "scope-email",
        "address" => "scope-address",
        "phone" => "scope-phone",
        "roles" => "scope-roles",
        "offline_access" => "scope-offline-access",
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::standard_claims::SCOPES;

    #[test]
    fn every_scope_of_openid_connect_has_words() {
        for name in SCOPES {
            assert!(openid_scope(Language::En, name).is_some(), "{name}");
        }
        assert_eq!(openid_scope(Language::Cy, "phone").as_deref(), Some("Darllen eich rhif ffôn"));
        assert_eq!(openid_scope(Language::En, "records:read"), None);
    }

    #[test]
    fn many_choices_are_shown_in_parts_and_those_chosen_before_them() {
        let roles =
            |count: usize| (0..count).map(|n| Choice { chosen: n == 77, ..Choice::new("", &format!("r{n:03}"), "") });
        let names = |count| {
            let groups = ChoiceGroup { name: "Roles".to_owned(), choices: roles(count).collect() };
            let groups = ChoiceGroup::parts(vec![groups]);
            groups.into_iter().map(|group| (group.name, group.choices.len())).collect::<Vec<_>>()
        };
        assert_eq!(names(UNFOLDED), [("Roles".to_owned(), 40)]);
        let parts = [("Selected now", 1), ("r000 – r039", 40), ("r040 – r080", 40), ("r081 – r099", 19)];
        assert_eq!(names(100), parts.map(|(name, count)| (name.to_owned(), count)));
    }
}
