//! The normal form of each text of a profile.

use std::ops::RangeInclusive;

use time::{Date, Month, OffsetDateTime, UtcOffset};
use url::Url;

use crate::{
    policy::{
        refusal::{Fault, Refusal},
        text,
    },
    protocol::standard_claims::field::{Field, Kind},
};

/// The characters of a URL: more than people put into a profile.
const LONGEST_LINK: usize = 1000;
/// The digits of a phone number: E.164 allows 15, and no country has numbers as short as the least.
const DIGITS: RangeInclusive<usize> = 5..=15;
/// The characters of a language tag that everybody must have room for (RFC 5646 §4.4.1).
const LONGEST_LOCALE: usize = 35;
/// More characters than any name of the time zone database has.
const LONGEST_ZONE: usize = 50;
/// The parts of a name of the time zone database: `America/Argentina/Buenos_Aires`.
const ZONE_PARTS: RangeInclusive<usize> = 2..=3;

/// This text in the form in which the field keeps it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn normal(field: &Field, given: &str, now: OffsetDateTime) -> Result<String, Refusal> {
    let refuse = |code, message: &str| Refusal::new(field.name, code, message);
    let malformed = |message| refuse(Fault::Malformed, message);
    match field.kind {
        Kind::Words { most } => text::sentence(field.name, given, most),
        Kind::Lines { most } => text::lines(field.name, given, most),
        Kind::Link => match link(given) {
            Some(url) if url.len() <= LONGEST_LINK => Ok(url),
            Some(_) => Err(refuse(Fault::TooLong, &format!("This may have at most {LONGEST_LINK} characters."))),
            None => Err(malformed("Write a URL that begins with https:// and has no user name before its host.")),
        },
        Kind::Phone => phone_number(given).ok_or_else(|| {
            malformed("Write + and the code of the country, then the number, at most 15 digits: +64 21 555 0100.")
        }),
        Kind::Locale => locale(given).ok_or_else(|| malformed("Write a language tag, such as en or en-NZ.")),
        Kind::TimeZone if is_time_zone(given) => Ok(given.to_owned()),
        Kind::TimeZone => Err(malformed("Write a name of the time zone database, such as Pacific/Auckland.")),
        Kind::Date => match date(given) {
            Some(day) if day <= latest_today(now) => Ok(given.to_owned()),
            Some(_) => Err(refuse(Fault::OutOfBounds, "This date is in the future.")),
            None => Err(malformed("Write a date as 1987-04-12, as 0000-04-12 without its year, or a year alone.")),
        },
    }
}

/// The number as E.164 writes it: a plus sign and digits. Spaces and hyphens between them are left out.
pub(super) fn phone_number(given: &str) -> Option<String> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2013}');
    let number = given.chars().filter(|c| !is_between(*c)).collect::<String>();
    let digits = number.strip_prefix('+')?;
    let is_number = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    (is_number && DIGITS.contains(&digits.len())).then_some(number)
}

/// The URL in the form that every program reads in the same way.
fn link(given: &str) -> Option<String> {
    let (scheme, rest) = given.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_visible = !given.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\');
    if !scheme.eq_ignore_ascii_case("https") || authority.is_empty() || authority.contains('@') || !is_visible {
        return None;
    }
    let normal = String::from(Url::parse(given).ok()?);
    // A host alone stays as it was written.
    Some(if normal.strip_suffix('/') == Some(given) { given.to_owned() } else { normal })
}

/// The day of a date, or the first that it can be: of a year alone its first day, and without a year one of the year 0, a
/// leap year.
fn date(given: &str) -> Option<Date> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    let parts = given.split('-').map(|part| Some((part.len(), number(part)?))).collect::<Option<Vec<_>>>()?;
    let (year, month, day) = match parts[..] {
        [(4, year)] if year > 0 => (year, 1, 1),
        [(4, year), (2, month), (2, day)] => (year, month, day),
        _ => return None,
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year.into(), month, u8::try_from(day).ok()?).ok()
}

/// The day that it is where days begin first.
fn latest_today(now: OffsetDateTime) -> Date {
    UtcOffset::from_hms(14, 0, 0).map_or(now, |first| now.to_offset(first)).date()
}

/// A language tag by its shape ([RFC 5646 §2.1]). An underscore, which other systems write, becomes a hyphen.
///
/// [RFC 5646 §2.1]: https://www.rfc-editor.org/rfc/rfc5646#section-2.1
fn locale(given: &str) -> Option<String> {
    let tag = given.replace('_', "-");
    let mut parts = tag.split('-');
    let language = parts.next()?;
    let is_language = (2..=8).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    // A part of one character announces others.
    let is_whole = tag.rsplit('-').next().is_some_and(|last| last.len() > 1);
    (is_language && parts.all(is_part) && is_whole && tag.len() <= LONGEST_LOCALE).then_some(tag)
}

/// Whether this is a name of the time zone database by its shape, or `UTC`: the names themselves change several times a
/// year.
fn is_time_zone(given: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
    };
    let parts = given.split('/').count();
    given == "UTC" || (ZONE_PARTS.contains(&parts) && given.split('/').all(is_part) && given.len() <= LONGEST_ZONE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;
    use crate::protocol::standard_claims::fields::FIELDS;

    const NOW: OffsetDateTime = datetime!(2026-03-01 09:59 UTC);

    fn kept(name: &str, given: &str) -> Option<String> {
        let field = FIELDS.iter().find(|field| field.name == name).unwrap();
        normal(field, given, NOW).ok()
    }

    #[test]
    fn each_text_is_kept_in_its_normal_form() {
        for (name, given, normal) in [
            ("phone_number", "+64 21 555-0100", "+64215550100"),
            ("phone_number", "\u{2009}+1\u{a0}202\u{2011}555\u{2013}0100", "+12025550100"),
            ("phone_number", "+123456789012345", "+123456789012345"),
            ("picture", "https://people.example/Zo\u{eb}.png", "https://people.example/Zo%C3%AB.png"),
            ("picture", "HTTPS://People.Example/a", "https://people.example/a"),
            ("website", "https://alice.example", "https://alice.example"),
            ("website", "https://alice.example/?a=b#me", "https://alice.example/?a=b#me"),
            ("birthdate", "1987-04-12", "1987-04-12"),
            ("birthdate", "2026-03-01", "2026-03-01"),
            ("birthdate", "2000-02-29", "2000-02-29"),
            ("birthdate", "0000-02-29", "0000-02-29"),
            ("birthdate", "1987", "1987"),
            ("zoneinfo", "Pacific/Auckland", "Pacific/Auckland"),
            ("zoneinfo", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("zoneinfo", "Etc/GMT+12", "Etc/GMT+12"),
            ("zoneinfo", "UTC", "UTC"),
            ("locale", "en_NZ", "en-NZ"),
            ("locale", "mi", "mi"),
            ("locale", "sl-rozaj-biske-1994", "sl-rozaj-biske-1994"),
            ("address.street_address", "12 Cuba Street\nFlat 3", "12 Cuba Street\nFlat 3"),
            ("gender", "non-binary", "non-binary"),
        ] {
            assert_eq!(kept(name, given).as_deref(), Some(normal), "{name}: {given}");
        }
    }

    #[test]
    fn what_has_not_its_form_is_refused() {
        let endless = format!("https://a.example/{}", "\u{eb}".repeat(300));
        for (name, texts) in [
            ("phone_number", &["021 555 0100", "+", "+1234", "+1234567890123456", "+0215550100", "+64(0)21555010"][..]),
            ("phone_number", &["64215550100", "+64 21 CALL ME", "++64215550100", "+٦٤٢١٥٥٥", "tel:+64215550100"]),
            ("website", &["http://a.example", "javascript:alert(1)", "https://", "https:a.example", "a.example"]),
            ("website", &["https://bank.example@evil.example", "https://@a.example", "https:\\\\a.example", &endless]),
            ("website", &["https://a .example", "https://a.example/\u{202e}\n", "https:///a", "https://a.example:x"]),
            ("birthdate", &["1987-02-29", "1987-13-01", "0000-02-30", "0000", "87-04-12", "1987-4-12", "12.04.1987"]),
            ("birthdate", &["2026-03-02", "2027", "9999-01-01", "1987-04-12T00:00", "+987", "198\u{664}", "1987-04"]),
            (
                "zoneinfo",
                &["Auckland", "Pacific/", "/Auckland", "a/b/c/d", "../etc/passwd", "Pacific/Auck land", "+1/a"],
            ),
            ("locale", &["e", "en-", "en--NZ", "1e", "English!", "en-NZ-x", "en-verylongpart", "-en", "x-private"]),
            ("gender", &["a\u{200b}b", "a\nb"]),
            ("address.postal_code", &["123456789012345678901"]),
        ] {
            for text in texts {
                assert_eq!(kept(name, text), None, "{name}: {text}");
            }
        }
    }

    #[test]
    fn a_refusal_names_its_field_and_what_to_write() {
        for field in FIELDS {
            let refusal = normal(field, &"\u{202e}".repeat(2000), NOW).unwrap_err();
            assert!(refusal.field == field.name && refusal.message.ends_with('.'), "{refusal}");
        }
    }

    proptest! {
        /// What is kept is in its normal form: it can be saved again, and stays as it is.
        #[test]
        fn a_normal_form_is_its_own(given in r"(\+|https://|[0-9]{4}|[A-Za-z/_-]{2,5})?\PC{0,30}", place in 0..FIELDS.len()) {
            let field = &FIELDS[place];
            if let Ok(once) = normal(field, given.trim(), NOW) {
                prop_assert!(!once.chars().any(char::is_control));
                prop_assert_eq!(normal(field, &once, NOW), Ok(once));
            }
        }

        #[test]
        fn spaces_and_hyphens_do_not_make_another_number(digits in "[1-9][0-9]{4,14}", gaps in "[ -]{0,3}") {
            let typed = digits.chars().fold("+".to_owned(), |typed, digit| typed + &digit.to_string() + &gaps);
            prop_assert_eq!(phone_number(&typed), Some(format!("+{digits}")));
        }
    }
}
