//! What a client may ask for, with the APIs whose it is.

use crate::{language::Language, model::registry::Registry, protocol::client::Client, web::view::openid_scope};

/// A scope of a client.
pub struct ClientScope {
    /// As tokens name it.
    pub name: String,
    /// What it allows, in words. Empty for one that is gone.
    pub meaning: String,
    /// The name of the API that has it.
    pub api: String,
    /// That API. `None`: the scope is one of `OpenID` Connect, or no API has it any more.
    pub api_id: Option<String>,
}

/// Its scopes, in their order.
pub(super) fn of(client: &Client, registry: &Registry) -> Vec<ClientScope> {
    client.scopes.iter().map(|name| scope(name, registry)).collect()
}

fn scope(name: &str, registry: &Registry) -> ClientScope {
    let of = |meaning: &str, api: &str, api_id| ClientScope {
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        api: api.to_owned(),
        api_id,
    };
    match (openid_scope(Language::En, name), registry.owner(name)) {
        (Some(meaning), _) => of(&meaning, "OpenID Connect", None),
        (None, Some(api)) => {
            let meaning = api.scopes.get(name).map_or("", String::as_str);
            of(meaning, &api.name, Some(api.api_id.to_string()))
        }
        (None, None) => of("", "No API has it", None),
    }
}
