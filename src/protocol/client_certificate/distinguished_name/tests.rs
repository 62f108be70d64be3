use proptest::prelude::*;

use super::*;

/// A subject of these relative names, the most general first, with parts such as `CN=a`.
fn subject(names: &[&[(&str, &str)]]) -> Subject {
    let attribute =
        |(name, text): &(&str, &str)| Attribute::new(oid(name).unwrap(), Some(text), text.as_bytes().to_vec());
    Subject(names.iter().map(|relative| relative.iter().map(attribute).collect()).collect())
}

fn is(expected: &str, found: &Subject) -> bool {
    expected.parse::<DistinguishedName>().unwrap().is(found)
}

/// RFC 4514 §4, and what a name may not be taken for.
#[test]
fn mt_03_a_name_is_the_whole_subject_in_its_order() {
    let person = subject(&[&[("DC", "net")], &[("DC", "example")], &[("UID", "jsmith")]]);
    let sales = subject(&[&[("DC", "net")], &[("DC", "example")], &[("OU", "Sales"), ("CN", "J. Smith")]]);
    let two = subject(&[&[("CN", "a")], &[("CN", "b")]]);
    for (expected, found, matches) in [
        ("UID=jsmith,DC=example,DC=net", &person, true),
        ("uid=jsmith,dc=example,dc=net", &person, true),
        ("0.9.2342.19200300.100.1.1=jsmith,DC=example,DC=net", &person, true),
        ("UID=#6a736d697468,DC=example,DC=net", &person, true),
        ("UID=\\6asmith,DC=example,DC=net", &person, true),
        ("OU=Sales+CN=J. Smith,DC=example,DC=net", &sales, true),
        ("CN=J. Smith+OU=Sales,DC=example,DC=net", &sales, true),
        ("CN=b,CN=a", &two, true),
        // another order, a part of it, more than it
        ("DC=net,DC=example,UID=jsmith", &person, false),
        ("UID=jsmith,DC=net,DC=example", &person, false),
        ("UID=jsmith", &person, false),
        ("DC=example,DC=net", &person, false),
        ("UID=jsmith,DC=example,DC=net,C=NZ", &person, false),
        ("CN=a,CN=b", &two, false),
        ("CN=a", &two, false),
        ("CN=b", &two, false),
        ("CN=a+CN=b", &two, false),
        // other letters, other types
        ("UID=JSmith,DC=example,DC=net", &person, false),
        ("UID=jsmit,DC=example,DC=net", &person, false),
        ("CN=jsmith,DC=example,DC=net", &person, false),
        ("UID=#6A736D6974,DC=example,DC=net", &person, false),
        // several parts of one relative name are not several names
        ("OU=Sales,CN=J. Smith,DC=example,DC=net", &sales, false),
        ("CN=J. Smith,OU=Sales,DC=example,DC=net", &sales, false),
        ("CN=J. Smith,DC=example,DC=net", &sales, false),
        ("CN=J. Smith+CN=J. Smith,DC=example,DC=net", &sales, false),
        // a comma in a value is no comma between names
        ("UID=jsmith\\,DC=example,DC=net", &person, false),
        ("UID=jsmith\\,DC\\=example\\,DC\\=net", &person, false),
        ("CN=a", &Subject::default(), false),
    ] {
        assert_eq!(is(expected, found), matches, "{expected} and {found}");
    }
    let in_one = subject(&[&[("UID", "jsmith,DC=example,DC=net")]]);
    assert!(!is("UID=jsmith,DC=example,DC=net", &in_one));
    assert_eq!(in_one.to_string(), "UID=jsmith\\,DC=example\\,DC=net");
}

/// What ends at a NUL for one reader goes on for another.
#[test]
fn mt_03_a_name_with_a_nul_is_no_text() {
    let nul = Attribute::new(oid("CN").unwrap(), Some("app.example\0.evil.example"), vec![12, 1, 0]);
    let found = Subject(vec![vec![nul]]);
    assert!(!is("CN=app.example", &found));
    assert_eq!(found.to_string(), "2.5.4.3=#0c0100");
    assert!(is("CN=#0c0100", &found));
}

#[test]
fn what_is_no_name_is_refused_with_its_reason() {
    use MalformedName::{Empty, Length, NoType, NotHexadecimal, NotText, Space, Unescaped, UnknownType};
    for (text, refusal) in [
        ("", Length),
        (&*format!("CN={}", "a".repeat(MOST_TEXT)), Length),
        ("a", NoType),
        ("=a", NoType),
        ("CN=a,", NoType),
        ("CN=a,,O=b", UnknownType),
        ("CN=a+", NoType),
        ("NAME=a", UnknownType),
        ("2=a", UnknownType),
        ("2.05=a", UnknownType),
        ("2..5=a", UnknownType),
        ("CN =a", UnknownType),
        ("CN=", Empty),
        ("CN=,O=b", Empty),
        ("CN=#", Empty),
        ("CN= a", Space),
        ("CN=a ", Space),
        ("CN=a, O=b", Space),
        ("CN=a ,O=b", Space),
        ("CN=\"a\"", Unescaped),
        ("CN=a;O=b", Unescaped),
        ("CN=<a>", Unescaped),
        ("CN=a\\", Unescaped),
        ("CN=\\x1", Unescaped),
        ("CN=#0", NotHexadecimal),
        ("CN=#0g", NotHexadecimal),
        ("CN=# 0c", NotHexadecimal),
        ("CN=a\\00b", NotText),
        ("CN=a\\ff", NotText),
        ("CN=a\nb", NotText),
    ] {
        assert_eq!(text.parse::<DistinguishedName>(), Err(refusal), "{text:?}");
    }
}

#[test]
fn the_examples_of_the_rfc_are_read() {
    let text = |text: &str| Value::Text(text.to_owned());
    for (value, expected) in [
        ("James \\\"Jim\\\" Smith\\, III", text("James \"Jim\" Smith, III")),
        ("Before\\2cAfter", text("Before,After")),
        ("Lu\\C4\\8Di\\C4\\87", text("Lučić")),
        ("Lučić", text("Lučić")),
        ("\\#a\\ ", text("#a ")),
        ("a=b", text("a=b")),
        ("\\ a", text(" a")),
        ("#04024869", Value::Encoded(vec![4, 2, 0x48, 0x69])),
    ] {
        assert_eq!(read_value(value), Ok(expected), "{value}");
    }
}

proptest! {
    /// What we show of a certificate can be registered, and is then that certificate's name and no other's.
    #[test]
    fn what_is_written_is_read_as_the_same_name(
        names in prop::collection::vec(prop::collection::vec((0..TYPES.len(), "[ -~é]{1,6}"), 1..3), 1..4),
    ) {
        let attribute = |(place, text): &(usize, String)| {
            Attribute::new(TYPES[*place].1.to_owned(), Some(text), text.as_bytes().to_vec())
        };
        let found = Subject(names.iter().map(|relative| relative.iter().map(attribute).collect()).collect());
        let expected = found.to_string().parse::<DistinguishedName>()?;
        prop_assert!(expected.is(&found));
        let mut shorter = found.clone();
        shorter.0.pop();
        prop_assert!(!expected.is(&shorter));
    }

    #[test]
    fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,40}") {
        let _ = text.parse::<DistinguishedName>();
    }
}
