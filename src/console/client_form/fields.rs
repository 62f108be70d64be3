//! The fields of the form: how a client becomes text, and text a client.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{
    console::form,
    model::registry::Registry,
    protocol::{
        client::{AuthMethod, ClientType},
        client_metadata::{
            ClientMetadata,
            field::{Editor, Field, Group, Kind, Named},
            fields::FIELDS,
        },
        jwk_set::JwkSet,
        parameters::Parameters,
        scope::Scope,
    },
    web::{
        field::{FieldGroup, FormField, Input},
        picker::{self, Choices},
        view::{Choice, ChoiceGroup, FormErrors},
    },
};

/// The field of the scopes.
pub(super) const SCOPE: &str = "scope";

/// The fields that the form shows, with what it holds. `existing`: the type of a client that there is, which is not shown
/// because it does not change. `scopes`: those that its picker begins with.
#[must_use]
pub fn groups(
    held: &Parameters,
    existing: Option<ClientType>,
    scopes: &Scope,
    registry: &Registry,
    errors: &FormErrors,
) -> Vec<FieldGroup> {
    let group = |group: Group| {
        let fields = shown(existing, existing).filter(|field| field.group == Some(group));
        let fields = fields.map(|field| form_field(field, held, existing, scopes, registry)).collect::<Vec<_>>();
        let title = match group {
            Group::First => "",
            Group::Protection => "Keys and protection",
            Group::Tokens => "Tokens and their claims",
            Group::SignOutAndContact if existing == Some(ClientType::Service) => "Contact",
            Group::SignOutAndContact => "Sign-out and contact",
        };
        FieldGroup::new(title, fields, errors)
    };
    let groups = [Group::First, Group::Protection, Group::Tokens, Group::SignOutAndContact];
    groups.map(group).into_iter().filter(|group| !group.fields.is_empty()).collect()
}

fn form_field(
    field: &'static Field,
    held: &Parameters,
    existing: Option<ClientType>,
    registered: &Scope,
    registry: &Registry,
) -> FormField {
    let text = || form::text(held, field.name).to_owned();
    let input = match field.kind {
        Kind::Text { .. } | Kind::Claim | Kind::CertificateName(_) => Input::Line(text()),
        Kind::Link => Input::Url(text()),
        Kind::Seconds { .. } => Input::Number(text()),
        Kind::RedirectUris { .. } | Kind::Emails { .. } | Kind::Keys => Input::Lines(text()),
        Kind::Flag => Input::Check(text() == "true"),
        Kind::Scopes => Input::Choices(Choices::of(
            scopes(held, field, existing, registry),
            |name| registered.contains(name),
            picker::sought(held, field.name),
        )),
        Kind::One(all) if all.iter().all(|one| !one.hint.is_empty()) => {
            let cards = all.iter().map(|one| Choice::new(one.value, one.label, one.hint));
            Input::Cards(form::choose(cards.collect(), &text()))
        }
        Kind::One(all) => {
            let possible = all.iter().filter(|one| is_possible(one, existing));
            Input::Select(form::choose(possible.map(form::listed).collect(), &text()))
        }
        Kind::Several(all) => {
            let chosen = held.all(field.name).collect::<HashSet<_>>();
            let choice = |one: &Named| Choice { chosen: chosen.contains(one.value), ..form::listed(one) };
            let choices = all.iter().map(choice).collect();
            Input::Choices(Choices::Boxes(vec![ChoiceGroup { name: field.label.to_owned(), choices }]))
        }
        Kind::Api => {
            let apis = registry.apis().map(|api| Choice::new(&api.identifier, &api.name, ""));
            Input::Select(form::choose([Choice::new("", "None", "")].into_iter().chain(apis).collect(), &text()))
        }
    };
    let unit = if matches!(field.kind, Kind::Seconds { .. }) { " (seconds)" } else { "" };
    let has = |client_type| field.applies_to.contains(&client_type);
    let whose = if !has(ClientType::Service) {
        Some("for-people")
    } else if !has(ClientType::Browser) {
        Some("for-confidential")
    } else {
        None
    };
    let label = format!("{}{unit}", field.label);
    FormField { name: field.name, label, hint: field.hint.into(), whose, autocomplete: "off", input }
}

/// A service that proves nothing would be everybody.
fn is_possible(one: &Named, existing: Option<ClientType>) -> bool {
    existing != Some(ClientType::Service) || one.value != AuthMethod::None.as_str()
}

/// `OpenID` Connect's scopes first, then each API's; for a service those alone.
fn scopes(held: &Parameters, field: &Field, existing: Option<ClientType>, registry: &Registry) -> Vec<ChoiceGroup> {
    let scopes = held.all(field.name).collect::<HashSet<_>>();
    let is_chosen = |name: &str| scopes.contains(name);
    if existing == Some(ClientType::Service) {
        form::api_scopes(registry, is_chosen)
    } else {
        form::all_scopes(registry, is_chosen)
    }
}

/// The fields that the form shows for a client of this type.
fn shown(client_type: Option<ClientType>, existing: Option<ClientType>) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(move |field| {
        let is_fixed = existing.is_some() && field.editor == Editor::Nobody;
        field.group.is_some() && field.applies(client_type) && !is_fixed
    })
}

/// What the form of a new client holds.
pub(super) fn initial() -> Parameters {
    let mut metadata = ClientMetadata::of_type(ClientType::Web).members();
    metadata.remove("type");
    typed(&metadata)
}

/// What the form of a client with this metadata holds.
pub(super) fn typed(metadata: &Map<String, Value>) -> Parameters {
    let mut pairs = Vec::new();
    for field in FIELDS {
        let pair = |text: &str| (field.name, text.to_owned());
        match (field.kind, metadata.get(field.name)) {
            (_, None | Some(Value::Null)) => {}
            (Kind::Scopes, Some(Value::String(scopes))) => pairs.extend(scopes.split_whitespace().map(pair)),
            (Kind::Several(_), Some(Value::Array(values))) => {
                pairs.extend(values.iter().filter_map(Value::as_str).map(pair));
            }
            (_, Some(Value::String(text))) => pairs.push(pair(text)),
            (Kind::Keys, Some(keys)) => pairs.push(pair(&serde_json::to_string_pretty(keys).unwrap_or_default())),
            (_, Some(Value::Array(texts))) => {
                let lines = texts.iter().filter_map(Value::as_str).collect::<Vec<_>>();
                pairs.push(pair(&lines.join("\n")));
            }
            (_, Some(value)) => pairs.push(pair(&value.to_string())),
        }
    }
    Parameters::from_pairs(pairs)
}

/// The members that a form gives: of those that it shows for a client of its type. A box that is not ticked is not sent.
pub(super) fn given(form: &Parameters, existing: Option<ClientType>) -> Map<String, Value> {
    let client_type = existing.or_else(|| form::text(form, "type").parse().ok());
    let given = |field: &Field| {
        let name = field.name;
        let value = match field.kind {
            Kind::Scopes => form.all(name).collect::<Vec<_>>().join(" ").into(),
            Kind::Several(_) => form.all(name).collect::<Vec<_>>().into(),
            Kind::Flag => (form::text(form, name) == "true").into(),
            _ if !form.has(name) => return None,
            Kind::RedirectUris { .. } | Kind::Emails { .. } => form::lines(form, name).into(),
            Kind::Seconds { .. } => form::number(form, name).into(),
            Kind::Keys => JwkSet::typed(form::text(form, name)),
            _ => form::text(form, name).into(),
        };
        Some((name.to_owned(), value))
    };
    shown(client_type, existing).filter_map(given).collect()
}

/// The fields that a form may send more than once.
pub(super) fn several() -> Vec<&'static str> {
    let several = FIELDS.iter().filter(|field| matches!(field.kind, Kind::Scopes | Kind::Several(_)));
    several.map(|field| field.name).chain(["scope.add", "scope.remove"]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::fixtures::any_metadata;

    proptest! {
        /// What was registered is on the form, and saving it unchanged changes nothing of what the form shows.
        #[test]
        fn a_form_holds_what_json_says(metadata in any_metadata(), is_new: bool) {
            let members = metadata.members();
            let existing = (!is_new).then_some(metadata.client_type);

            let sent = given(&typed(&members), existing);

            let mut expected = members;
            expected.retain(|name, value| {
                let is_shown = shown(Some(metadata.client_type), existing).any(|field| field.name == *name);
                is_shown && !value.is_null()
            });
            prop_assert_eq!(sent, expected);
        }
    }
}
