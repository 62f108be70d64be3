//! What pages show, in the shapes that the template macros take.

use std::borrow::Cow;

use axum::http::StatusCode;
use fluent_bundle::FluentValue;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::language::Language;

/// What is wrong with a form that was sent, in the order of its fields.
#[derive(Clone, Debug, Default)]
pub struct FormErrors(Vec<FieldError>);

/// Nothing is wrong: for forms that are shown for the first time, or cannot be filled in wrongly.
pub static NO_ERRORS: FormErrors = FormErrors(Vec::new());

/// What is wrong with one field.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// The field's name, which is its element's id too.
    pub field: &'static str,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

impl FormErrors {
    /// Notes what is wrong with a field. A field may have several errors: one for each line, say.
    pub fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { field, message: message.into() });
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

/// One of several values to choose from: a radio button, a checkbox, an option.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What a person reads.
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

/// A point in time as people read it: how far away, and exactly.
#[derive(Clone, Debug)]
pub struct Moment {
    /// "5 minutes ago", "in 3 days"; a date where that is clearer.
    pub relative: String,
    /// "21 November 2026, 14:05:09 UTC".
    pub exact: String,
    /// For programs: RFC 3339.
    pub machine: String,
}

const TIME: &[BorrowedFormatItem<'static>] = format_description!("[hour]:[minute]:[second]");
const MACHINE: &[BorrowedFormatItem<'static>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
/// Beyond this, a date says more than a number of days.
const CALENDAR_BEYOND: Duration = Duration::days(45);

impl Moment {
    /// `at`, seen from `now`, in English.
    #[must_use]
    pub fn new(at: OffsetDateTime, now: OffsetDateTime) -> Self {
        Self::in_language(Language::En, at, now)
    }

    /// `at`, seen from `now`.
    #[must_use]
    pub fn in_language(language: Language, at: OffsetDateTime, now: OffsetDateTime) -> Self {
        let at = at.to_offset(UtcOffset::UTC);
        // The formats name only parts that every time has, so none of them can fail.
        let formatted = |format: &[BorrowedFormatItem<'_>]| at.format(format).unwrap_or_default();
        // What was written a moment after the page began to be made is not in the future.
        let away = Some(at - now).filter(|away| away.is_negative() || *away > Duration::seconds(5)).unwrap_or_default();
        let date = date(language, at);
        let exact = language.text_with("moment-exact", &[("date", date.clone()), ("time", formatted(TIME))]);
        let relative = if away.abs() > CALENDAR_BEYOND { date } else { distance(language, away) };
        Self { relative, exact, machine: formatted(MACHINE) }
    }
}

fn date(language: Language, at: OffsetDateTime) -> String {
    // As text, or the year would be written as a number is.
    let year = FluentValue::from(at.year().to_string());
    language
        .text_with("moment-date", &[("day", at.day().into()), ("month", u8::from(at.month()).into()), ("year", year)])
}

fn distance(language: Language, away: Duration) -> String {
    let size = away.abs();
    let (count, ago, ahead) = if size.whole_minutes() < 1 {
        return language.text(if away.is_positive() { "moment-soon" } else { "moment-now" }).into_owned();
    } else if size.whole_hours() < 1 {
        (size.whole_minutes(), "moment-minutes-ago", "moment-in-minutes")
    } else if size.whole_days() < 1 {
        (size.whole_hours(), "moment-hours-ago", "moment-in-hours")
    } else {
        (size.whole_days(), "moment-days-ago", "moment-in-days")
    };
    language.text_with(if away.is_positive() { ahead } else { ago }, &[("count", count)])
}

/// What a scope of OpenID Connect lets a client do (Core §5.4, §11), in the words of the person who is asked.
#[must_use]
pub fn openid_scope(language: Language, name: &str) -> Option<Cow<'static, str>> {
    Some(language.text(match name {
        "openid" => "scope-openid",
        "profile" => "scope-profile",
        "email" => "scope-email",
        "address" => "scope-address",
        "phone" => "scope-phone",
        "offline_access" => "scope-offline-access",
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::protocol::standard_claims::SCOPES;

    #[test]
    fn a_moment_says_how_far_away_it_is() {
        let now = datetime!(2026-11-21 14:05:09 UTC);
        for (at, relative) in [
            (datetime!(2026-11-21 14:05:09 UTC), "just now"),
            (datetime!(2026-11-21 14:05:30 UTC), "within a minute"),
            (datetime!(2026-11-21 14:04:09 UTC), "1 minute ago"),
            (datetime!(2026-11-21 17:04:09 +1), "in 1 hour"),
            (datetime!(2026-11-19 14:05:09 UTC), "2 days ago"),
            (datetime!(2027-03-01 00:00 UTC), "1 March 2027"),
        ] {
            assert_eq!(Moment::new(at, now).relative, relative);
        }
    }

    #[test]
    fn a_moment_is_told_in_every_language() {
        let now = datetime!(2026-11-21 14:05:09 UTC);
        for (language, ago, date) in
            [(Language::Cy, "2 ddiwrnod yn ôl", "1 Mawrth 2027"), (Language::Mi, "2 rā i mua", "1 Poutūterangi 2027")]
        {
            assert_eq!(Moment::in_language(language, now - Duration::days(2), now).relative, ago);
            assert_eq!(Moment::in_language(language, datetime!(2027-03-01 00:00 UTC), now).relative, date);
        }
    }

    #[test]
    fn every_scope_of_openid_connect_has_words() {
        for name in SCOPES {
            assert!(openid_scope(Language::En, name).is_some(), "{name}");
        }
        assert_eq!(openid_scope(Language::Cy, "phone").as_deref(), Some("Darllen eich rhif ffôn"));
        assert_eq!(openid_scope(Language::En, "records:read"), None);
    }

    #[test]
    fn a_moment_is_exact_with_its_zone() {
        let at = datetime!(2026-11-21 15:05:09 +1);

        let moment = Moment::new(at, at);

        assert_eq!(moment.exact, "21 November 2026, 14:05:09 UTC");
        assert_eq!(moment.machine, "2026-11-21T14:05:09Z");
    }
}
