//! The table of the texts of a profile: all that is known of each, in the order in which people read them.
//!
//! Console, account, command line, rules and documentation follow from it. `phone_number_verified` is no text, and stands
//! in no table: nobody says it of themselves.

use super::field::{
    Field,
    Group::{self, About, Address, Names, Web},
    Kind::{Date, Lines, Link, Locale, Phone, TimeZone, Words},
    Place,
};

macro_rules! claim {
    ($name:ident) => {
        Place { read: |profile| profile.$name.as_deref(), slot: |profile| &mut profile.$name }
    };
}

macro_rules! part {
    ($name:ident) => {
        Place {
            read: |profile| profile.address.as_ref()?.$name.as_deref(),
            slot: |profile| &mut profile.address.get_or_insert_default().$name,
        }
    };
}

impl Group {
    /// The fields in it.
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        FIELDS.iter().filter(move |field| field.group == self)
    }
}

/// Every text of a [`Profile`](super::Profile).
pub const FIELDS: &[Field] = &[
    Field {
        name: "name",
        place: claim!(name),
        kind: Words { most: 100 },
        group: Names,
        label: "Full name",
        meaning: "The full name, as it is shown.",
        hint: "",
        option: "name",
        autocomplete: "name",
    },
    Field {
        name: "given_name",
        place: claim!(given_name),
        kind: Words { most: 100 },
        group: Names,
        label: "Given names",
        meaning: "Given names.",
        hint: "",
        option: "given-name",
        autocomplete: "given-name",
    },
    Field {
        name: "middle_name",
        place: claim!(middle_name),
        kind: Words { most: 100 },
        group: Names,
        label: "Middle names",
        meaning: "Middle names.",
        hint: "",
        option: "middle-name",
        autocomplete: "additional-name",
    },
    Field {
        name: "family_name",
        place: claim!(family_name),
        kind: Words { most: 100 },
        group: Names,
        label: "Family names",
        meaning: "Family names.",
        hint: "",
        option: "family-name",
        autocomplete: "family-name",
    },
    Field {
        name: "nickname",
        place: claim!(nickname),
        kind: Words { most: 100 },
        group: Names,
        label: "Nickname",
        meaning: "What the user likes to be called.",
        hint: "",
        option: "nickname",
        autocomplete: "nickname",
    },
    Field {
        name: "phone_number",
        place: claim!(phone_number),
        kind: Phone,
        group: Group::Phone,
        label: "Phone number",
        meaning: "A phone number with the code of its country. Another one counts as not verified.",
        hint: "With the code of the country: +64 21 555 0100.",
        option: "phone-number",
        autocomplete: "tel",
    },
    Field {
        name: "address.street_address",
        place: part!(street_address),
        kind: Lines { most: 300 },
        group: Address,
        label: "Street and number",
        meaning: "Street, number, building, flat.",
        hint: "",
        option: "street-address",
        autocomplete: "street-address",
    },
    Field {
        name: "address.postal_code",
        place: part!(postal_code),
        kind: Words { most: 20 },
        group: Address,
        label: "Postcode",
        meaning: "The postcode.",
        hint: "",
        option: "postal-code",
        autocomplete: "postal-code",
    },
    Field {
        name: "address.locality",
        place: part!(locality),
        kind: Words { most: 100 },
        group: Address,
        label: "Town or city",
        meaning: "The town or city.",
        hint: "",
        option: "locality",
        autocomplete: "address-level2",
    },
    Field {
        name: "address.region",
        place: part!(region),
        kind: Words { most: 100 },
        group: Address,
        label: "State, province or region",
        meaning: "The state, province or region.",
        hint: "",
        option: "region",
        autocomplete: "address-level1",
    },
    Field {
        name: "address.country",
        place: part!(country),
        kind: Words { most: 100 },
        group: Address,
        label: "Country",
        meaning: "The country.",
        hint: "",
        option: "country",
        autocomplete: "country-name",
    },
    Field {
        name: "address.formatted",
        place: part!(formatted),
        kind: Lines { most: 500 },
        group: Address,
        label: "Whole address",
        meaning: "The whole address as it stands on an envelope. It is kept beside the parts, not made from them.",
        hint: "As it stands on an envelope. It is not made from the parts above: change it with them.",
        option: "formatted-address",
        autocomplete: "off",
    },
    Field {
        name: "birthdate",
        place: claim!(birthdate),
        kind: Date,
        group: About,
        label: "Date of birth",
        meaning: "The date of birth; with the year 0000 if the year is not known, or the year alone.",
        hint: "As 1987-04-12; 0000-04-12 without the year, or the year alone.",
        option: "birthdate",
        autocomplete: "bday",
    },
    Field {
        name: "gender",
        place: claim!(gender),
        kind: Words { most: 100 },
        group: About,
        label: "Gender",
        meaning: "The gender, in the user’s own word.",
        hint: "",
        option: "gender",
        autocomplete: "sex",
    },
    Field {
        name: "locale",
        place: claim!(locale),
        kind: Locale,
        group: About,
        label: "Language",
        meaning: "The language, with or without a country; our mails are written in it, if we have it.",
        hint: "A language tag: en, or en-NZ. We write our mails in it, if we have it.",
        option: "locale",
        autocomplete: "language",
    },
    Field {
        name: "zoneinfo",
        place: claim!(zoneinfo),
        kind: TimeZone,
        group: About,
        label: "Time zone",
        meaning: "The time zone, by its name in the time zone database.",
        hint: "As Pacific/Auckland.",
        option: "zoneinfo",
        autocomplete: "off",
    },
    Field {
        name: "profile",
        place: claim!(profile),
        kind: Link,
        group: Web,
        label: "Profile page",
        meaning: "A page about the user.",
        hint: "",
        option: "profile",
        autocomplete: "off",
    },
    Field {
        name: "picture",
        place: claim!(picture),
        kind: Link,
        group: Web,
        label: "Picture",
        meaning: "A picture of the user.",
        hint: "The URL of an image.",
        option: "picture",
        autocomplete: "photo",
    },
    Field {
        name: "website",
        place: claim!(website),
        kind: Link,
        group: Web,
        label: "Website",
        meaning: "The user’s own website or blog.",
        hint: "",
        option: "website",
        autocomplete: "url",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::standard_claims::{Profile, claim_names};

    /// A profile that says the name of each field there.
    fn full() -> Profile {
        let mut profile = Profile::default();
        for field in FIELDS {
            field.set(&mut profile, Some(field.name.to_owned()));
        }
        profile
    }

    #[test]
    fn table_and_profile_have_the_same_texts() {
        let profile = full();

        assert!(FIELDS.iter().all(|field| field.of(&profile) == Some(field.name)), "each has its own place");
        let members = serde_json::to_value(Profile { phone_number_verified: Some(true), ..profile }).unwrap();
        for field in FIELDS {
            let pointer = format!("/{}", field.name.replace('.', "/"));
            assert_eq!(members.pointer(&pointer), Some(&Value::from(field.name)), "named as the claim");
        }
        let count = |value: &Value| value.as_object().map_or(0, serde_json::Map::len);
        assert_eq!(count(&members) + count(&members["address"]), FIELDS.len() + 2, "none is left out");
    }

    #[test]
    fn the_claims_of_the_table_are_the_standard_ones_that_others_do_not_make() {
        let of_table = FIELDS.iter().map(Field::claim).collect::<BTreeSet<_>>();
        let others = ["preferred_username", "updated_at", "email", "email_verified", "phone_number_verified"];
        assert_eq!(of_table, claim_names().filter(|name| !others.contains(name)).collect());
        let options = FIELDS.iter().map(|field| field.option).collect::<BTreeSet<_>>();
        assert_eq!(options.len(), FIELDS.len());
        assert_eq!(Group::ALL.into_iter().flat_map(Group::fields).count(), FIELDS.len());
    }

    #[test]
    fn an_address_of_which_nothing_is_left_is_none() {
        let mut profile = full();
        for field in FIELDS {
            field.set(&mut profile, None);
        }
        assert_eq!(serde_json::to_value(profile).unwrap(), json!({}));
    }
}
