//! The types of clients, as administrators know them.

use crate::{
    protocol::{client::ClientType, client_metadata::choices::TYPES},
    web::view::Choice,
};

/// The types of clients, each explained.
#[must_use]
pub fn types() -> Vec<Choice> {
    TYPES.iter().map(|one| Choice::new(one.value, one.label, one.hint)).collect()
}

/// What users call a type of clients.
pub(super) fn type_name(client_type: ClientType) -> &'static str {
    let value = client_type.as_str();
    TYPES.iter().find(|one| one.value == value).map_or(value, |one| one.label)
}

/// What forms and queries call the types.
pub(super) fn values() -> Vec<&'static str> {
    TYPES.iter().map(|one| one.value).collect()
}
