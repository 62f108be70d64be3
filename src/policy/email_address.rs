//! The address of one mailbox, so plain that no mail program can read it as two or as another one (LG-24).

use std::{fmt, str::FromStr};

/// An e-mail address: a dot-atom of ASCII, `@`, and a host name ([RFC 5321 §4.1.2], without quoted strings, comments and
/// address literals). Internationalised domains come in their ASCII form (`xn--…`).
///
/// [RFC 5321 §4.1.2]: https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// It is not one plain e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address")]
pub struct MalformedEmailAddress;

impl EmailAddress {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same mailbox, whatever letters were typed large: what two addresses are compared by.
    #[must_use]
    pub fn is_same_as(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = MalformedEmailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, domain) = text.split_once('@').ok_or(MalformedEmailAddress)?;
        let is_atom = |atom: &str| {
            !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
        };
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_one = text.len() <= 254
            && local.len() <= 64
            && local.split('.').all(is_atom)
            && domain.contains('.')
            && domain.split('.').all(is_label);
        if is_one { Ok(Self(text.to_owned())) } else { Err(MalformedEmailAddress) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lg_24_an_address_is_one_and_shows_which() {
        for good in ["alice@people.example", "a.b+c@b.example", "o'neill@x-y.example", "a@xn--bcher-kva.example"] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "alice",
            "@people.example",
            "alice@",
            "alice@people",
            "alice\u{ff20}people.example",
            "alice@p\u{435}ople.example",
            "alice@people.example@evil.example",
            "alice@people.example,eve@evil.example",
            "alice@people.example;eve@evil.example",
            "alice@people.example\r\nBcc: eve@evil.example",
            "Alice <alice@people.example>",
            "\"alice\"@people.example",
            "alice(a comment)@people.example",
            "alice@[192.0.2.1]",
            " alice@people.example",
            "alice@people..example",
            ".alice@people.example",
            "alice@-people.example",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad:?}");
        }
        assert!(format!("{}@people.example", "a".repeat(65)).parse::<EmailAddress>().is_err());
    }

    proptest! {
        #[test]
        fn whatever_passes_is_one_mailbox_to_a_mail_program_too(text in "[ -~]{1,12}@[ -~]{1,20}") {
            if text.parse::<EmailAddress>().is_ok() {
                let mailboxes = text.parse::<lettre::message::Mailboxes>();
                prop_assert_eq!(mailboxes.map(|all| all.into_iter().count()).ok(), Some(1));
            }
        }
    }
}
