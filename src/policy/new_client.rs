//! A client that is to be registered. One that comes from elsewhere may bring its id and its secret.

use time::OffsetDateTime;

use super::refusal::{Fault, Refusal};
use crate::{protocol::client_metadata::ClientMetadata, secret::Secret};

/// Paths of the console, and path segments that browsers take away.
const RESERVED_IDS: [&str; 6] = ["new", "import", "compare", "registered", ".", ".."];

/// A client as it is to be registered.
pub struct NewClient {
    /// `None`: it gets one.
    pub client_id: Option<String>,
    /// `None`: it gets one, if it is to authenticate.
    pub client_secret: Option<Secret>,
    /// When a secret ends that it brings. `None`: never.
    pub secret_expires_at: Option<OffsetDateTime>,
    /// Whether it may get tokens at once.
    pub enabled: bool,
    /// All else.
    pub metadata: ClientMetadata,
}

impl From<ClientMetadata> for NewClient {
    fn from(metadata: ClientMetadata) -> Self {
        Self { client_id: None, client_secret: None, secret_expires_at: None, enabled: true, metadata }
    }
}

/// An id must be such that it can be sent everywhere. That it is no user's is a rule of the change that registers it.
///
/// # Errors
/// What is wrong with it.
pub fn check_id(id: &str) -> Result<(), Refusal> {
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
    let (code, message) = if !(1..=128).contains(&id.len()) || !id.bytes().all(is_unreserved) {
        (Fault::Malformed, "Use 1 to 128 letters, digits, and the characters . _ ~ -")
    } else if RESERVED_IDS.contains(&id) {
        (Fault::NotAllowed, "This id is reserved: choose another.")
    } else {
        return Ok(());
    };
    Err(Refusal::new("client_id", code, message))
}

/// A secret must be too long to be guessed, and such that it can be sent everywhere.
///
/// # Errors
/// What is wrong with it.
pub fn check_secret(secret: &Secret) -> Result<(), Refusal> {
    let text = secret.expose();
    if (16..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let message = "A secret must have 16 to 256 printable ASCII characters without spaces.";
    Err(Refusal::new("client_secret", Fault::Malformed, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_can_be_sent_everywhere() {
        for (id, is_good) in [
            ("records-web", true),
            ("0192f0c1-7e1b-7000-8000-000000000000", true),
            ("0192f0c17e1b70008000000000000000", true),
            ("", false),
            ("a b", false),
            ("a:b", false),
            ("..", false),
            ("new", false),
        ] {
            assert_eq!(check_id(id).is_ok(), is_good, "{id:?}");
        }
    }

    #[test]
    fn a_secret_that_is_brought_is_long_and_plain() {
        for (text, is_good) in [("kept-since-2019-x", true), ("short", false), ("has a space in it somewhere", false)] {
            assert_eq!(check_secret(&Secret::presented(text)).is_ok(), is_good, "{text}");
        }
    }
}
