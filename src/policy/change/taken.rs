//! Refusals of names that are taken. The rules see those that are locked; if two transactions add the same name at once, the
//! database refuses one.

use crate::policy::refusal::{Fault, Refusal};

/// There is a client with this id.
#[must_use]
pub fn client_id() -> Refusal {
    Refusal::new("client_id", Fault::Taken, "There is a client with this id already.")
}

/// A user has this id.
#[must_use]
pub fn subject() -> Refusal {
    Refusal::new("client_id", Fault::Taken, "This is the id of a user: choose another.")
}

/// A client has the id of this user.
#[must_use]
pub fn user_id() -> Refusal {
    Refusal::new("user_id", Fault::Taken, "This is the id of a client: choose another.")
}

/// Another client has this secret.
#[must_use]
pub fn client_secret() -> Refusal {
    Refusal::new("client_secret", Fault::Taken, "Another client has this secret: choose another.")
}

/// There is an API with this identifier.
#[must_use]
pub fn identifier() -> Refusal {
    Refusal::new("identifier", Fault::Taken, "There is an API with this identifier already.")
}

/// Another API has this scope.
#[must_use]
pub fn scope(name: &str) -> Refusal {
    Refusal::new("scopes", Fault::Taken, format!("{name} is a scope of another API."))
}

/// There is a role with this name.
#[must_use]
pub fn role() -> Refusal {
    Refusal::new("name", Fault::Taken, "There is a role with this name already.")
}

/// There is a user with this name.
#[must_use]
pub fn username() -> Refusal {
    Refusal::new("username", Fault::Taken, "There is a user with this name already.")
}
