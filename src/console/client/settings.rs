//! How a client is registered, as its page shows it.

use serde_json::Value;

use crate::{
    model::registry::Registry,
    protocol::{
        client::{Client, ClientType, GrantType},
        client_metadata::{
            field::{Field, Kind, Named, Tab},
            fields::FIELDS,
        },
    },
};

/// One line of how a client is registered.
pub struct Setting {
    /// What it is.
    pub name: &'static str,
    /// Its values: one at least, or it is not shown.
    pub values: Vec<String>,
    /// The values are identifiers or URIs, set in a fixed width.
    pub code: bool,
}

/// The fields of one tab in the order of their table, as far as they mean something for this client and are set. The
/// name is the page's heading, and the scopes have a table.
pub(super) fn settings(client: &Client, tab: Tab, registry: &Registry) -> Vec<Setting> {
    let members = client.metadata.members();
    let matters = |field: &&Field| match field.name {
        "client_name" | "scope" => false,
        "refresh_token_idle_lifetime" | "refresh_token_lifetime" => client.may_use(GrantType::RefreshToken),
        "introspects_api" | "introspects_all" => !client.is_public(),
        _ => field.applies(Some(client.client_type)),
    };
    let of_tab = FIELDS.iter().filter(|field| field.tab == tab).filter(matters);
    let set = of_tab.filter(|field| members.get(field.name).is_some_and(|value| value != &Value::Bool(false)));
    let set = set.map(|field| setting(field, &members[field.name], registry));
    set.filter(|setting| !setting.values.is_empty()).collect()
}

/// A field with what it holds, in words.
pub(in crate::console) fn setting(field: &'static Field, value: &Value, registry: &Registry) -> Setting {
    let code = matches!(field.kind, Kind::RedirectUris { .. } | Kind::Scopes | Kind::Several(_));
    Setting { name: field.label, values: values(field.kind, value, registry), code }
}

fn values(kind: Kind, value: &Value, registry: &Registry) -> Vec<String> {
    match (kind, value) {
        (Kind::Scopes, Value::String(scopes)) => scopes.split_whitespace().map(str::to_owned).collect(),
        (Kind::One(all), Value::String(value)) => vec![label(all, value)],
        (Kind::Api, Value::String(named)) => {
            vec![registry.api_identified(named).map_or_else(|| named.clone(), |api| api.name.clone())]
        }
        (Kind::Flag, value) => vec![if value == &Value::Bool(true) { "Yes" } else { "No" }.to_owned()],
        (Kind::Seconds { .. }, value) => {
            value.as_i64().and_then(|seconds| i32::try_from(seconds).ok()).map(in_words).into_iter().collect()
        }
        (Kind::Keys, keys) => keys["keys"].as_array().into_iter().flatten().map(key_in_words).collect(),
        (_, Value::Array(texts)) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        (_, Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// A key by its kind and its name.
fn key_in_words(key: &Value) -> String {
    let kind = match (key["kty"].as_str(), key["crv"].as_str()) {
        (_, Some(curve)) => curve,
        (kind, None) => kind.unwrap_or_default(),
    };
    key["kid"].as_str().map_or_else(|| kind.to_owned(), |kid| format!("{kid} ({kind})"))
}

fn label(all: &[Named], value: &str) -> String {
    all.iter().find(|one| one.value == value).map_or(value, |one| one.label).to_owned()
}

/// Whether users sign in to it. A service has nothing of what goes with that.
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
