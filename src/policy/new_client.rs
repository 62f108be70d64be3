//! A client that is to be registered. One that comes from elsewhere may bring its id and its secret.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    client_metadata::{self, Apis},
    refusal::{Fault, Refusal},
};
use crate::{outbound::OutboundSettings, protocol::client_metadata::ClientMetadata, secret::Secret};

/// Paths of the console, and path segments that browsers take away.
const RESERVED_IDS: [&str; 3] = ["new", ".", ".."];

/// A client as it is to be registered.
pub struct NewClient {
    /// `None`: it gets one.
    pub client_id: Option<String>,
    /// `None`: it gets one, if it is to authenticate.
    pub client_secret: Option<Secret>,
    /// All else.
    pub metadata: ClientMetadata,
}

impl From<ClientMetadata> for NewClient {
    fn from(metadata: ClientMetadata) -> Self {
        Self { client_id: None, client_secret: None, metadata }
    }
}

/// Reads a client that is described as RFC 7591 does, with `client_id` and `client_secret` if it has them.
///
/// # Errors
/// As [`client_metadata::read`].
pub fn read(mut given: Map<String, Value>) -> Result<NewClient, Vec<Refusal>> {
    let (id, secret) = (text(&mut given, "client_id"), text(&mut given, "client_secret"));
    let metadata = client_metadata::read(given, None);
    match (id, secret, metadata) {
        (Ok(client_id), Ok(secret), Ok(metadata)) => {
            Ok(NewClient { client_id, client_secret: secret.as_deref().map(Secret::presented), metadata })
        }
        (id, secret, metadata) => {
            let refusals = id.err().into_iter().chain(secret.err());
            Err(refusals.chain(metadata.err().unwrap_or_default()).collect())
        }
    }
}

/// Checks all of it. What passes comes back in its normal form.
///
/// # Errors
/// Everything that is wrong.
pub fn check(new: &NewClient, apis: &impl Apis, outbound: &OutboundSettings) -> Result<ClientMetadata, Vec<Refusal>> {
    let id = new.client_id.as_deref().and_then(|id| check_id(id).err());
    let secret = new.client_secret.as_ref().and_then(|secret| check_secret(secret).err());
    let refusals = id.into_iter().chain(secret).collect::<Vec<_>>();
    match client_metadata::check(&new.metadata, apis, outbound) {
        Ok(metadata) if refusals.is_empty() => Ok(metadata),
        checked => Err(refusals.into_iter().chain(checked.err().unwrap_or_default()).collect()),
    }
}

fn text(given: &mut Map<String, Value>, name: &'static str) -> Result<Option<String>, Refusal> {
    match given.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::new(name, Fault::Malformed, "This must be a text.")),
    }
}

/// An id must not look like a user's, because both can be the subject of a token (RFC 9700 §4.15).
///
/// # Errors
/// What is wrong with it.
pub fn check_id(id: &str) -> Result<(), Refusal> {
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
    let (code, message) = if !(1..=128).contains(&id.len()) || !id.bytes().all(is_unreserved) {
        (Fault::Malformed, "Use 1 to 128 letters, digits, and the characters . _ ~ -")
    } else if RESERVED_IDS.contains(&id) {
        (Fault::NotAllowed, "This id is reserved: choose another.")
    } else if Uuid::try_parse(id).is_ok() {
        (Fault::NotAllowed, "A client id must not be a UUID: those are the ids of users.")
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
    fn tk_11_a_client_id_is_no_users() {
        for (id, is_good) in [
            ("records-web", true),
            ("0192f0c1-7e1b-7000-8000-000000000000", false),
            ("0192f0c17e1b70008000000000000000", false),
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
