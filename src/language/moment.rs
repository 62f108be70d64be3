//! Points in time, in words.

use fluent_bundle::FluentValue;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::Language;

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
    fn a_moment_is_exact_with_its_zone() {
        let at = datetime!(2026-11-21 15:05:09 +1);

        let moment = Moment::new(at, at);

        assert_eq!(moment.exact, "21 November 2026, 14:05:09 UTC");
        assert_eq!(moment.machine, "2026-11-21T14:05:09Z");
    }
}
