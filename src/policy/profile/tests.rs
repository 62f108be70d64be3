use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::protocol::standard_claims::{Address, field::Kind};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
const NUMBER: &str = "+64215550100";

fn field(name: &str) -> &'static Field {
    FIELDS.iter().find(|field| field.name == name).unwrap()
}

fn edit(texts: &[(&str, &str)], phone_number_verified: Option<bool>) -> ProfileEdit {
    let texts = texts.iter().map(|(name, text)| (field(name), (*text).to_owned()));
    ProfileEdit { texts: texts.collect(), phone_number_verified }
}

fn with_number(number: Option<&str>, verified: Option<bool>) -> Profile {
    Profile { phone_number: number.map(ToOwned::to_owned), phone_number_verified: verified, ..Profile::default() }
}

fn fields(refusals: Result<Profile, Vec<Refusal>>) -> Vec<&'static str> {
    refusals.err().into_iter().flatten().map(|refusal| refusal.field).collect()
}

#[test]
fn what_is_not_named_stays_and_an_empty_text_takes_away() {
    let before = Profile {
        name: Some("Alice".into()),
        nickname: Some("Al".into()),
        address: Some(Address { country: Some("Wales".into()), ..Address::default() }),
        ..Profile::default()
    };

    let after = edited(&before, &edit(&[("nickname", " "), ("address.country", ""), ("gender", " female ")], None));

    let expected = Profile { name: Some("Alice".into()), gender: Some("female".into()), ..Profile::default() };
    assert_eq!(after, expected);
    assert_eq!(edited(&before, &ProfileEdit::default()), before);
}

#[test]
fn only_what_changes_is_judged() {
    let stored = Profile {
        website: Some("http://old.example".into()),
        birthdate: Some("12.4.1987 ".into()),
        address: Some(Address { formatted: Some("a\n\tb".into()), ..Address::default() }),
        ..Profile::default()
    };
    let form = [
        ("website", "http://old.example"),
        ("birthdate", "12.4.1987"),
        ("address.formatted", "a\r\n\tb"),
        ("name", "A"),
    ];

    let saved = checked(&stored, &edited(&stored, &edit(&form, None)), NOW);

    assert_eq!(saved, Ok(Profile { name: Some("A".into()), ..stored.clone() }));
    let worse = [("website", "http://new.example"), ("birthdate", "12.5.1987")];
    assert_eq!(fields(checked(&stored, &edited(&stored, &edit(&worse, None)), NOW)), ["birthdate", "website"]);
}

#[test]
fn another_phone_number_is_not_verified_unless_that_is_said() {
    let other = "+442079460000";
    for (before, verified, typed, said, expected) in [
        (Some(NUMBER), Some(true), other, None, Some(false)),
        (Some(NUMBER), Some(true), other, Some(true), Some(true)),
        (Some(NUMBER), Some(true), "+64 21 555-0100", None, Some(true)),
        (Some("+64 21 555 0100"), Some(true), NUMBER, None, Some(true)),
        (Some(NUMBER), Some(true), NUMBER, Some(false), Some(false)),
        (Some(NUMBER), Some(true), "", None, None),
        (Some(NUMBER), Some(true), "", Some(true), None),
        (Some(NUMBER), None, NUMBER, None, None),
        (None, Some(true), NUMBER, None, Some(false)),
        (None, None, NUMBER, Some(true), Some(true)),
        (None, None, "", Some(true), None),
    ] {
        let before = with_number(before, verified);
        let wanted = edited(&before, &edit(&[("phone_number", typed)], said));
        let saved = checked(&before, &wanted, NOW).unwrap();
        assert_eq!(saved.phone_number_verified, expected, "{before:?} to {typed} {said:?}");
    }
}

#[test]
fn users_change_what_is_theirs() {
    let before = with_number(Some(NUMBER), Some(false));
    let own = |texts: &[(&str, &str)], said, editable: &[&str]| {
        checked_own(&before, &edited(&before, &edit(texts, said)), editable, NOW)
    };

    assert_eq!(own(&[("name", " Alice ")], None, &["name"]).unwrap().name.as_deref(), Some("Alice"));
    assert!(own(&[("phone_number", NUMBER), ("name", "Alice")], Some(false), &["name"]).is_ok(), "nothing changes");
    assert_eq!(fields(own(&[("name", "Alice")], None, &[])), ["name"]);
    assert_eq!(fields(own(&[("address.country", "Wales")], None, &["country"])), ["address.country"]);
    assert!(own(&[("address.country", "Wales"), ("address.region", "Gwent")], None, &["address"]).is_ok());
    assert_eq!(fields(own(&[], Some(true), &["phone_number"])), [PHONE_NUMBER_VERIFIED]);
    let wrong = own(&[("gender", "a\u{200b}"), ("website", "ftp://a"), ("name", "\u{200b}")], None, &["gender"]);
    assert_eq!(fields(wrong), ["name", "website", "gender"], "each once");
}

/// Texts that are right for each field, and others.
fn any_text(field: &Field) -> BoxedStrategy<String> {
    let right = match field.kind {
        Kind::Words { .. } | Kind::Lines { .. } => "[a-z ]{1,20}",
        Kind::Link => "https://[a-z]{1,10}\\.example/[a-z]{0,5}",
        Kind::Date => "(0000|19[0-9]{2})-0[1-9]-[0-2][1-8]",
        Kind::TimeZone => "[A-Z][a-z]{2,8}/[A-Z][a-z]{2,8}",
        Kind::Locale => "[a-z]{2}(-[A-Z]{2})?",
        Kind::Phone => "\\+[1-9][0-9 -]{6,12}[0-9]",
    };
    prop_oneof![3 => right, 1 => "\\PC{0,12}", 1 => Just(String::new())].boxed()
}

fn any_edit() -> impl Strategy<Value = ProfileEdit> {
    let texts = FIELDS.iter().map(|field| proptest::option::of(any_text(field)).prop_map(move |text| (field, text)));
    (texts.collect::<Vec<_>>(), proptest::option::of(any::<bool>())).prop_map(|(texts, phone_number_verified)| {
        let texts = texts.into_iter().filter_map(|(field, text)| Some((field, text?))).collect();
        ProfileEdit { texts, phone_number_verified }
    })
}

proptest! {
    /// However a profile came about, and whoever edits it: a number is verified only if an administrator said so of that
    /// number, there is none without a number, and what users may not change is as it was.
    #[test]
    fn nobody_verifies_a_number_by_themselves(
        stored in any_edit(), own in any_edit(), editable in proptest::sample::subsequence(vec!["name", "phone_number", "address"], 0..=3),
    ) {
        let before = edited(&Profile::default(), &stored);
        if let Ok(after) = checked_own(&before, &edited(&before, &own), &editable, NOW) {
            if after.phone_number_verified == Some(true) {
                prop_assert_eq!(before.phone_number_verified, Some(true));
                prop_assert!(is_same_number(before.phone_number.as_deref().unwrap_or_default(), after.phone_number.as_deref().unwrap_or_default()));
            }
            prop_assert!(after.phone_number.is_some() || after.phone_number_verified.is_none());
            for field in FIELDS.iter().filter(|field| !editable.contains(&field.claim())) {
                prop_assert_eq!(field.of(&before), field.of(&after));
            }
        }
    }

    /// What was saved once can be saved again as it is, and a refusal names a field that was to change.
    #[test]
    fn what_is_saved_is_in_its_normal_form(stored in any_edit(), new in any_edit()) {
        let before = edited(&Profile::default(), &stored);
        let wanted = edited(&before, &new);
        match checked(&before, &wanted, NOW) {
            Ok(saved) => {
                for field in FIELDS.iter().filter(|field| field.of(&before) != field.of(&saved)) {
                    let alone = ProfileEdit { texts: field.of(&saved).map(|text| (field, text.to_owned())).into_iter().collect(), ..ProfileEdit::default() };
                    let alone = edited(&Profile::default(), &alone);
                    prop_assert_eq!(checked(&Profile::default(), &alone, NOW), Ok(alone));
                }
                prop_assert_eq!(checked(&saved, &saved, NOW), Ok(saved));
            }
            Err(refusals) => {
                for refusal in refusals {
                    let field = field(refusal.field);
                    prop_assert!(field.of(&before) != field.of(&wanted));
                }
            }
        }
    }
}
