//! A user with an account.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::registry::{Registry, Role};
use crate::protocol::standard_claims::Profile;

/// A user with an account.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct User {
    /// The subject identifier: never given to anybody else.
    pub user_id: Uuid,
    pub username: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub profile: Profile,
    pub enabled: bool,
    pub roles: Vec<String>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    pub revision: i32,
    /// When it was deleted. It is erased 29 days later, and can be restored until then.
    pub deleted_at: Option<OffsetDateTime>,
    /// The password does not suffice alone: it was chosen to stand beside a second factor.
    pub password_is_short: bool,
    /// When somebody else set the address. `None`: the user did, or has confirmed it since while signed in.
    pub email_given_at: Option<OffsetDateTime>,
    /// Since when nothing that sets a password is mailed or works ([`crate::policy::recovery`]).
    pub held_at: Option<OffsetDateTime>,
}

impl User {
    /// All that we know of the user, by the names of OpenID Connect Core §5.1. What is unknown is absent.
    #[must_use]
    pub fn claims(&self) -> Map<String, Value> {
        let mut claims = match serde_json::to_value(&self.profile) {
            Ok(Value::Object(claims)) => claims,
            _ => Map::new(),
        };
        if !claims.contains_key("phone_number") {
            claims.remove("phone_number_verified"); // of what there is not, nothing is said
        }
        claims.insert("preferred_username".into(), self.username.clone().into());
        claims.insert("updated_at".into(), self.updated_at.unix_timestamp().into());
        if let Some(email) = &self.email {
            claims.insert("email".into(), email.clone().into());
            claims.insert("email_verified".into(), self.email_verified.into());
        }
        claims
    }

    /// Whether one of the user's roles gives an office, whichever: who holds one comes into the console.
    #[must_use]
    pub fn administers(&self, registry: &Registry) -> bool {
        self.roles.iter().filter_map(|name| registry.role(name)).any(Role::administers)
    }
}

/// The characters of a typed name that are looked at, and of its form that are kept: more than any name has.
const LONGEST_TYPED: usize = 1024;
const LONGEST_KEY: usize = 255;

/// The form of a username by which accounts are found: `Alice`, `alice ` and full-width letters are one account (LG-06).
///
/// Folding a letter can bring forth one that folds again, or a space at an end, so it is done until nothing changes. It
/// is work, and a letter can become eighteen, so what is longer than any name is cut.
#[must_use]
pub fn username_key(username: &str) -> String {
    let fold = |text: &str| {
        let lower = text.trim().chars().take(LONGEST_TYPED).nfkc().take(LONGEST_KEY).collect::<String>().to_lowercase();
        lower.nfkc().take(LONGEST_KEY).collect::<String>().trim().to_owned()
    };
    let mut key = fold(username);
    loop {
        let folded = fold(&key);
        if folded == key {
            return key;
        }
        key = folded;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lg_06_all_spellings_of_a_name_are_one() {
        for spelling in ["Alice", "alice ", "\u{ff21}lice", " ALICE"] {
            assert_eq!(username_key(spelling), "alice");
        }
        assert_eq!(username_key("e\u{301}"), username_key("\u{c9}"));
        assert_eq!(username_key("alice\u{a0}"), "alice", "a space that only folding brings forth");
    }

    /// D13: a letter may fold into eighteen.
    #[test]
    fn d13_an_endless_name_is_cut_while_it_is_folded() {
        assert_eq!(username_key(&"\u{fdfa}".repeat(20_000)).chars().count(), LONGEST_KEY);
        assert_eq!(username_key(&"\u{301}".repeat(20_000)).chars().count(), LONGEST_KEY);
        assert_ne!(username_key(&"a".repeat(300)), username_key(&"a".repeat(254)), "nobody is found by a longer name");
        assert_eq!(username_key(&format!("{}alice", " ".repeat(20_000))), "alice");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in "\\PC{0,20}") {
            let once = username_key(&name);
            prop_assert_eq!(username_key(&once), once);
        }
    }
}
