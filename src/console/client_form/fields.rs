//! The fields of the form: how a client becomes text, and text a client.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{
    console::{client_type::types, form, level},
    model::registry::Registry,
    protocol::{
        client::{AuthMethod, ClientType},
        client_metadata::{
            ClientMetadata,
            field::{Editor, Field, Kind},
            fields::FIELDS,
        },
        parameters::Parameters,
    },
    web::view::{Choice, ChoiceGroup},
};

/// The fields, each in the form in which a person types it.
#[expect(missing_docs, reason = "named like the fields of the metadata")]
pub struct ClientFields {
    pub name: String,
    /// The four types; for an existing client the one it has, because a type does not change.
    pub types: Vec<Choice>,
    /// One a line.
    pub redirect_uris: String,
    /// One a line.
    pub post_logout_redirect_uris: String,
    pub backchannel_logout_uri: String,
    pub frontchannel_logout_uri: String,
    pub frontchannel_logout_session_required: bool,
    /// OpenID Connect's scopes first, then each API's; for a service those alone.
    pub scopes: Vec<ChoiceGroup>,
    pub auth_methods: Vec<Choice>,
    pub required_acrs: Vec<Choice>,
    /// Seconds.
    pub access_token_lifetime: String,
    /// Seconds.
    pub refresh_token_idle_lifetime: String,
    /// Seconds.
    pub refresh_token_lifetime: String,
    pub id_token_signed_response_algs: Vec<Choice>,
    /// The APIs, "" for none first.
    pub introspects_api: Vec<Choice>,
    pub introspects_all: bool,
    /// One a line.
    pub contacts: String,
    pub client_uri: String,
    pub policy_uri: String,
    pub tos_uri: String,
}

impl ClientFields {
    /// The fields as a form holds them. `existing`: the type of a client that there is.
    #[must_use]
    pub fn holding(form: &Parameters, existing: Option<ClientType>, registry: &Registry) -> Self {
        let text = |name| form::text(form, name).to_owned();
        let scopes = form.all("scope").collect::<HashSet<_>>();
        let is_chosen = |name: &str| scopes.contains(name);
        let is_service = existing == Some(ClientType::Service);
        let mut methods = auth_methods();
        methods.retain(|method| !is_service || method.value != AuthMethod::None.as_str());
        let client_type = existing.map_or_else(|| form::text(form, "type"), |existing| existing.as_str());
        let mut apis = vec![Choice::new("", "None", "")];
        apis.extend(registry.apis().map(|api| Choice::new(&api.identifier, &api.name, "")));
        Self {
            name: text("client_name"),
            types: form::choose(types(), client_type),
            redirect_uris: text("redirect_uris"),
            post_logout_redirect_uris: text("post_logout_redirect_uris"),
            backchannel_logout_uri: text("backchannel_logout_uri"),
            frontchannel_logout_uri: text("frontchannel_logout_uri"),
            frontchannel_logout_session_required: form::text(form, "frontchannel_logout_session_required") == "true",
            scopes: if is_service {
                form::api_scopes(registry, is_chosen)
            } else {
                form::all_scopes(registry, is_chosen)
            },
            auth_methods: form::choose(methods, form::text(form, "token_endpoint_auth_method")),
            required_acrs: level::choices(form::text(form, "required_acr")),
            access_token_lifetime: text("access_token_lifetime"),
            refresh_token_idle_lifetime: text("refresh_token_idle_lifetime"),
            refresh_token_lifetime: text("refresh_token_lifetime"),
            id_token_signed_response_algs: form::choose(
                id_token_algs(),
                form::text(form, "id_token_signed_response_alg"),
            ),
            introspects_api: form::choose(apis, form::text(form, "introspects_api")),
            introspects_all: form::text(form, "introspects_all") == "true",
            contacts: text("contacts"),
            client_uri: text("client_uri"),
            policy_uri: text("policy_uri"),
            tos_uri: text("tos_uri"),
        }
    }

    /// The type, for the script that checks redirect URIs where no radio button says it.
    pub(super) fn chosen_type(&self) -> &str {
        self.types.iter().find(|choice| choice.chosen).map_or("", |choice| choice.value.as_str())
    }
}

/// How a client that keeps a secret may present it.
#[must_use]
pub fn auth_methods() -> Vec<Choice> {
    vec![
        Choice::new("client_secret_basic", "HTTP Basic (client_secret_basic)", ""),
        Choice::new("client_secret_post", "In the request’s body (client_secret_post)", ""),
        Choice::new("none", "None: a public client", ""),
    ]
}

/// The algorithms for ID tokens.
#[must_use]
pub fn id_token_algs() -> Vec<Choice> {
    vec![
        Choice::new("RS256", "RS256: every library knows it", ""),
        Choice::new("ES256", "ES256: smaller and faster", ""),
        Choice::new("PS256", "PS256", ""),
        Choice::new("EdDSA", "EdDSA", ""),
    ]
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
    for (name, value) in metadata {
        match value {
            Value::Null => {}
            Value::String(scopes) if name == "scope" => {
                pairs.extend(scopes.split(' ').map(|scope| (name.clone(), scope.to_owned())));
            }
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            Value::Array(texts) => {
                let lines = texts.iter().filter_map(Value::as_str).collect::<Vec<_>>();
                pairs.push((name.clone(), lines.join("\n")));
            }
            value => pairs.push((name.clone(), value.to_string())),
        }
    }
    Parameters::from_pairs(pairs)
}

/// The members that a form gives: of those that it shows for a client of its type. A box that is not ticked is not sent.
pub(super) fn given(form: &Parameters, existing: Option<ClientType>) -> Map<String, Value> {
    let client_type = existing.or_else(|| form::text(form, "type").parse().ok());
    let is_shown = |field: &&Field| {
        let is_fixed = existing.is_some() && field.editor == Editor::Nobody;
        field.group.is_some() && field.applies(client_type) && !is_fixed
    };
    let given = |field: &Field| {
        let name = field.name;
        let value = match field.kind {
            Kind::Scopes => form.all(name).collect::<Vec<_>>().join(" ").into(),
            Kind::Several(_) => form.all(name).collect::<Vec<_>>().into(),
            Kind::Flag => (form::text(form, name) == "true").into(),
            _ if !form.has(name) => return None,
            Kind::RedirectUris { .. } | Kind::Emails { .. } => form::lines(form, name).into(),
            Kind::Seconds { .. } => form::number(form, name).into(),
            _ => form::text(form, name).into(),
        };
        Some((name.to_owned(), value))
    };
    FIELDS.iter().filter(is_shown).filter_map(given).collect()
}
