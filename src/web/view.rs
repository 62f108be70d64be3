//! What pages show, in the shapes that the template macros take.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

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
    /// The word before the message, so that colour is not the only sign.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Information => "Note",
            Self::Warning => "Warning",
            Self::Done => "Done",
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

const EXACT: &[BorrowedFormatItem<'static>] =
    format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute]:[second] UTC");
const DATE: &[BorrowedFormatItem<'static>] = format_description!("[day padding:none] [month repr:long] [year]");
const MACHINE: &[BorrowedFormatItem<'static>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
/// Beyond this, a date says more than a number of days.
const CALENDAR_BEYOND: Duration = Duration::days(45);

impl Moment {
    /// `at`, seen from `now`.
    #[must_use]
    pub fn new(at: OffsetDateTime, now: OffsetDateTime) -> Self {
        let at = at.to_offset(UtcOffset::UTC);
        // The formats name only parts that every date has, so none of them can fail.
        let formatted = |format: &[BorrowedFormatItem<'_>]| at.format(format).unwrap_or_default();
        // What was written a moment after the page began to be made is not in the future.
        let away = Some(at - now).filter(|away| away.is_negative() || *away > Duration::seconds(5)).unwrap_or_default();
        let relative = if away.abs() > CALENDAR_BEYOND { formatted(DATE) } else { distance(away) };
        Self { relative, exact: formatted(EXACT), machine: formatted(MACHINE) }
    }
}

fn distance(away: Duration) -> String {
    let size = away.abs();
    let (number, unit) = if size.whole_minutes() < 1 {
        return if away.is_positive() { "within a minute" } else { "just now" }.to_owned();
    } else if size.whole_hours() < 1 {
        (size.whole_minutes(), "minute")
    } else if size.whole_days() < 1 {
        (size.whole_hours(), "hour")
    } else {
        (size.whole_days(), "day")
    };
    let plural = if number == 1 { "" } else { "s" };
    if away.is_positive() { format!("in {number} {unit}{plural}") } else { format!("{number} {unit}{plural} ago") }
}

/// What the scopes of OpenID Connect Core §5.4 and §11 let a client do, in the words of the person asked.
#[must_use]
pub fn openid_scope(name: &str) -> Option<&'static str> {
    OPENID_SCOPES.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
}

/// The scopes of OpenID Connect with their words, in the order in which they are shown.
pub const OPENID_SCOPES: [(&str, &str); 6] = [
    ("openid", "Recognise you when you sign in"),
    ("profile", "See your name and the rest of your profile"),
    ("email", "See your email address"),
    ("address", "See your postal address"),
    ("phone", "See your phone number"),
    ("offline_access", "Keep this access while you are away"),
];

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

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
    fn a_moment_is_exact_with_its_zone() {
        let at = datetime!(2026-11-21 15:05:09 +1);

        let moment = Moment::new(at, at);

        assert_eq!(moment.exact, "21 November 2026, 14:05:09 UTC");
        assert_eq!(moment.machine, "2026-11-21T14:05:09Z");
    }
}
