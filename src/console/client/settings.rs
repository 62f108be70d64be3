//! How a client is registered, as its page shows it.

use crate::{
    console::{client_type::type_name, level},
    model::registry::Registry,
    protocol::client::{Client, ClientType, GrantType},
};

/// One line of how a client is registered.
pub struct Setting {
    /// What it is.
    pub name: &'static str,
    /// Its values; none is shown as "None".
    pub values: Vec<String>,
    /// The values are identifiers or URIs, set in a fixed width.
    pub code: bool,
}

/// How the client is registered, as far as it applies to a client of its type.
pub(super) fn settings(client: &Client, registry: &Registry) -> Vec<Setting> {
    let code = |name, values: &[String]| Setting { name, values: values.to_vec(), code: true };
    let words = |name, value: Option<String>| Setting { name, values: value.into_iter().collect(), code: false };
    let lifetime = |name, seconds: i32| words(name, Some(in_words(seconds)));
    let grants = client.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect::<Vec<_>>();
    let api =
        client.introspects_api.as_deref().and_then(|named| registry.api_identified(named)).map(|api| api.name.clone());
    let introspects = if client.introspects_all { Some("Every API".to_owned()) } else { api };
    let (for_people, confidential) = (is_for_people(client), !client.is_public());
    let refreshes = client.may_use(GrantType::RefreshToken);
    [
        (true, words("Type", Some(type_name(client.client_type).to_owned()))),
        (for_people, code("Redirect URIs", &client.redirect_uris)),
        (true, code("Scopes", client.scopes.as_slice())),
        (for_people, words("People sign in with", Some(level::in_words(client.required_level).to_owned()))),
        (true, code("Client authentication", &[client.auth_method.as_str().to_owned()])),
        (true, code("Grant types", &grants)),
        (true, lifetime("Access tokens live for", client.access_token_lifetime)),
        (refreshes, lifetime("Refresh tokens live without use for", client.refresh_token_idle_lifetime)),
        (refreshes, lifetime("Refresh tokens live in all for", client.refresh_token_lifetime)),
        (for_people, code("ID token algorithm", &[client.id_token_signed_response_alg.as_str().to_owned()])),
        (confidential, words("Introspects tokens of", introspects)),
        (for_people, code("Post-logout redirect URIs", &client.post_logout_redirect_uris)),
        (for_people, words("Back-channel logout URI", client.backchannel_logout_uri.clone())),
        (for_people, words("Front-channel logout URI", client.frontchannel_logout_uri.clone())),
        (true, Setting { name: "Contacts", values: client.contacts.clone(), code: false }),
        (for_people, words("Home page", client.client_uri.clone())),
        (for_people, words("Privacy policy", client.policy_uri.clone())),
        (for_people, words("Terms of service", client.tos_uri.clone())),
    ]
    .into_iter()
    .filter_map(|(applies, setting)| applies.then_some(setting))
    .collect()
}

/// Whether people sign in to it. A service has nothing of what goes with that.
pub(super) fn is_for_people(client: &Client) -> bool {
    client.client_type != ClientType::Service
}

/// A lifetime in the largest unit that it is a whole number of.
pub(in crate::console) fn in_words(seconds: i32) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds % size == 0).unwrap_or((1, "second"));
    let number = seconds / size;
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_told_in_its_largest_whole_unit() {
        for (seconds, words) in [(1, "1 second"), (90, "90 seconds"), (3600, "1 hour"), (1_209_600, "14 days")] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
