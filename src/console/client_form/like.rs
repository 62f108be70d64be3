//! A new client that begins as one that there is.

use serde_json::{Map, Value};

use super::fields::typed;
use crate::{
    console::{form, session::Administrator},
    protocol::{client::Client, client_metadata::fields::FIELDS, parameters::Parameters},
    store::clients,
    web::error_page::PageError,
};

/// The field that names the client that a new one begins as.
pub(super) const LIKE: &str = "like";
/// What no two clients share: who holds one's key would be the other too.
const OF_ONE: [&str; 2] = ["jwks", "jwks_uri"];
const LONGEST_NAME: usize = 100;

/// What the form holds of a client like this: all but its name and its keys, which two should not have.
pub(super) fn held(client: &Client) -> Parameters {
    let mut metadata = client.metadata.members();
    let name = format!("Copy of {}", client.name).chars().take(LONGEST_NAME).collect::<String>();
    metadata.insert("client_name".to_owned(), name.into());
    metadata.retain(|name, _| !OF_ONE.contains(&name.as_str()));
    let held = typed(&metadata);
    let like = [(LIKE, client.client_id.as_str())];
    Parameters::from_pairs(held.pairs().chain(like))
}

/// The client that a form began as, if that is still there for whoever sends it.
pub(super) async fn found(admin: &Administrator, form: &Parameters) -> Result<Option<Client>, PageError> {
    let Some(id) = form::given(form, LIKE) else { return Ok(None) };
    Ok(clients::find(&admin.app.db, id).await?.filter(|client| admin.author().sees(client)))
}

/// What the form does not show of it. That belongs to its type: for another, or if the client is gone, it is nothing.
pub(super) fn unseen(client: Option<&Client>, client_type: &str) -> Map<String, Value> {
    let Some(client) = client.filter(|client| client.client_type.as_str() == client_type) else { return Map::new() };
    let is_seen = |name: &str| FIELDS.iter().any(|field| field.name == name && field.group.is_some());
    client.metadata.members().into_iter().filter(|(name, _)| !is_seen(name)).collect()
}
