//! The fields of the form: how a client becomes text, and text a client.

use std::collections::HashSet;

use crate::{
    console::{client_type::types, form, level},
    model::registry::Registry,
    protocol::{
        client::{AuthMethod, Client, ClientType},
        parameters::Parameters,
    },
    registry::client_settings::ClientSettings,
    web::view::{Choice, ChoiceGroup},
};

/// The value for "may introspect every token".
const EVERY_API: &str = "*";

/// The fields, each in the form in which a person types it.
#[expect(missing_docs, reason = "named like the columns of the table `clients`")]
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
        let scopes = form.all("scopes").collect::<HashSet<_>>();
        let is_chosen = |name: &str| scopes.contains(name);
        let is_service = existing == Some(ClientType::Service);
        let mut methods = auth_methods();
        methods.retain(|method| !is_service || method.value != AuthMethod::None.as_str());
        let client_type = existing.map_or_else(|| form::text(form, "type"), |existing| existing.as_str());
        let mut apis = vec![Choice::new("", "None", ""), Choice::new(EVERY_API, "Every API", "")];
        apis.extend(registry.apis().map(|api| Choice::new(&api.api_id.to_string(), &api.name, "")));
        Self {
            name: text("name"),
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
            auth_methods: form::choose(methods, form::text(form, "auth_method")),
            required_acrs: level::choices(form::text(form, "required_acr")),
            access_token_lifetime: text("access_token_lifetime"),
            refresh_token_idle_lifetime: text("refresh_token_idle_lifetime"),
            refresh_token_lifetime: text("refresh_token_lifetime"),
            id_token_signed_response_algs: form::choose(
                id_token_algs(),
                form::text(form, "id_token_signed_response_alg"),
            ),
            introspects_api: form::choose(apis, form::text(form, "introspects_api")),
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
    Parameters::from_pairs([
        ("auth_method", "client_secret_basic"),
        ("access_token_lifetime", "300"),
        ("refresh_token_idle_lifetime", "1209600"),
        ("refresh_token_lifetime", "7776000"),
        ("id_token_signed_response_alg", "RS256"),
    ])
}

/// What the form of this client holds.
pub(super) fn typed(client: &Client) -> Parameters {
    let api = client.introspects_api.map(|id| id.to_string()).unwrap_or_default();
    let optional = |uri: &Option<String>| uri.clone().unwrap_or_default();
    let mut pairs = vec![
        ("name", client.name.clone()),
        ("redirect_uris", client.redirect_uris.join("\n")),
        ("post_logout_redirect_uris", client.post_logout_redirect_uris.join("\n")),
        ("backchannel_logout_uri", optional(&client.backchannel_logout_uri)),
        ("frontchannel_logout_uri", optional(&client.frontchannel_logout_uri)),
        ("frontchannel_logout_session_required", client.frontchannel_logout_session_required.to_string()),
        ("auth_method", client.auth_method.as_str().to_owned()),
        ("required_acr", client.required_level.as_str().to_owned()),
        ("access_token_lifetime", client.access_token_lifetime.to_string()),
        ("refresh_token_idle_lifetime", client.refresh_token_idle_lifetime.to_string()),
        ("refresh_token_lifetime", client.refresh_token_lifetime.to_string()),
        ("id_token_signed_response_alg", client.id_token_signed_response_alg.as_str().to_owned()),
        ("introspects_api", if client.introspects_all { EVERY_API.to_owned() } else { api }),
        ("contacts", client.contacts.join("\n")),
        ("client_uri", optional(&client.client_uri)),
        ("policy_uri", optional(&client.policy_uri)),
        ("tos_uri", optional(&client.tos_uri)),
    ];
    pairs.extend(client.scopes.iter().map(|scope| ("scopes", scope.to_owned())));
    Parameters::from_pairs(pairs)
}

/// The settings that a form stands for. `base`: what the form does not show stays as it is there.
pub(super) fn read(form: &Parameters, base: ClientSettings) -> ClientSettings {
    let client_type = base.client_type.or_else(|| form::text(form, "type").parse().ok());
    let keeps_no_secret = matches!(client_type, Some(ClientType::Browser | ClientType::Native));
    let method = form::given(form, "auth_method").filter(|_| !keeps_no_secret);
    let seconds = |name, before| if form.has(name) { form::number(form, name) } else { before };
    let lines = |name, before| if form.has(name) { form::lines(form, name) } else { before };
    let optional = |name, before| if form.has(name) { form::given(form, name).map(str::to_owned) } else { before };
    let introspects = form::text(form, "introspects_api");
    ClientSettings {
        name: form::text(form, "name").to_owned(),
        client_type,
        auth_method: method.and_then(|method| method.parse().ok()),
        redirect_uris: lines("redirect_uris", base.redirect_uris),
        post_logout_redirect_uris: lines("post_logout_redirect_uris", base.post_logout_redirect_uris),
        backchannel_logout_uri: optional("backchannel_logout_uri", base.backchannel_logout_uri),
        frontchannel_logout_session_required: if form.has("frontchannel_logout_uri") {
            form::text(form, "frontchannel_logout_session_required") == "true"
        } else {
            base.frontchannel_logout_session_required
        },
        frontchannel_logout_uri: optional("frontchannel_logout_uri", base.frontchannel_logout_uri),
        scopes: form.all("scopes").map(str::to_owned).collect(),
        required_level: form::text(form, "required_acr").parse().unwrap_or(base.required_level),
        id_token_signed_response_alg: form::text(form, "id_token_signed_response_alg")
            .parse()
            .ok()
            .or(base.id_token_signed_response_alg),
        access_token_lifetime: seconds("access_token_lifetime", base.access_token_lifetime),
        refresh_token_idle_lifetime: seconds("refresh_token_idle_lifetime", base.refresh_token_idle_lifetime),
        refresh_token_lifetime: seconds("refresh_token_lifetime", base.refresh_token_lifetime),
        introspects_api: Some(introspects).filter(|api| !["", EVERY_API].contains(api)).map(str::to_owned),
        introspects_all: introspects == EVERY_API,
        contacts: lines("contacts", base.contacts),
        client_uri: optional("client_uri", base.client_uri),
        policy_uri: optional("policy_uri", base.policy_uri),
        tos_uri: optional("tos_uri", base.tos_uri),
        ..base
    }
}
