//! What is known of a text of a profile: the columns of the table [`FIELDS`](super::fields::FIELDS).

use super::{Address, Profile};

/// One text of a profile.
#[derive(Debug)]
pub struct Field {
    /// The claim ([OpenID Connect Core §5.1]), or the way to a part of `address` (§5.1.1): `address.locality`. So it is
    /// called in forms and refusals.
    ///
    /// [OpenID Connect Core §5.1]: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
    pub name: &'static str,
    pub(super) place: Place,
    /// What it holds.
    pub kind: Kind,
    /// With what it stands on forms.
    pub group: Group,
    /// What administrators read.
    pub label: &'static str,
    /// What it means, as a sentence.
    pub meaning: &'static str,
    /// What else helps to fill it in. May be empty.
    pub hint: &'static str,
    /// Its option on the command line, without the dashes. The keys of its texts for users end with it.
    pub option: &'static str,
    /// What a browser that knows its user fills in (WCAG 2.2, 1.3.5).
    pub autocomplete: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of visible text.
    Words {
        /// Characters.
        most: usize,
    },
    /// Lines of visible text.
    Lines {
        /// Characters.
        most: usize,
    },
    /// An `https` URL.
    Link,
    /// A date, with or without its year, or a year.
    Date,
    /// A name of the time zone database.
    TimeZone,
    /// A language tag (BCP 47).
    Locale,
    /// A phone number of the world (E.164).
    Phone,
}

/// What stands together on forms, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Group {
    Names,
    Phone,
    Address,
    About,
    Web,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Names, Self::Phone, Self::Address, Self::About, Self::Web];
}

/// Where a field stands in a profile.
#[derive(Debug)]
pub(super) struct Place {
    pub read: fn(&Profile) -> Option<&str>,
    pub slot: fn(&mut Profile) -> &mut Option<String>,
}

impl Field {
    /// The claim that it is, or is a part of.
    #[must_use]
    pub fn claim(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// What a profile says there.
    #[must_use]
    pub fn of<'a>(&self, profile: &'a Profile) -> Option<&'a str> {
        (self.place.read)(profile)
    }

    /// Makes a profile say this there. An address of which nothing is left is none.
    pub fn set(&self, profile: &mut Profile, text: Option<String>) {
        *(self.place.slot)(profile) = text;
        profile.address.take_if(|address| *address == Address::default());
    }
}
