//! The fields of the form: how a client becomes text, and text a client.

use std::collections::HashSet;

use crate::{
    console::form,
    policy::registry::Registry,
    protocol::{
        client::{Client, ClientType},
        parameters::Parameters,
    },
    registry::client_settings::ClientSettings,
    web::view::{Choice, ChoiceGroup, FormErrors},
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
    /// OpenID Connect's scopes first, then each API's.
    pub scopes: Vec<ChoiceGroup>,
    pub auth_methods: Vec<Choice>,
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
        let client_type = existing.map_or_else(|| form::text(form, "type"), |existing| existing.as_str());
        let mut apis = vec![Choice::new("", "None", ""), Choice::new(EVERY_API, "Every API", "")];
        apis.extend(registry.apis().map(|api| Choice::new(&api.api_id.to_string(), &api.name, "")));
        Self {
            name: text("name"),
            types: form::choose(types(), client_type),
            redirect_uris: text("redirect_uris"),
            post_logout_redirect_uris: text("post_logout_redirect_uris"),
            scopes: form::all_scopes(registry, |name| scopes.contains(name)),
            auth_methods: form::choose(auth_methods(), form::text(form, "auth_method")),
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

/// The types of clients, each explained.
#[must_use]
pub fn types() -> Vec<Choice> {
    vec![
        Choice::new(
            "web",
            "Web application",
            "Runs on your server and can keep a secret. People sign in with their browser.",
        ),
        Choice::new(
            "browser",
            "Browser application",
            "Runs in the browser alone (single-page app). Has no secret; PKCE protects its sign-ins.",
        ),
        Choice::new(
            "native",
            "Native application",
            "Is installed on a phone or computer. Has no secret; PKCE protects its sign-ins.",
        ),
        Choice::new(
            "service",
            "Service",
            "A program without a person: it gets tokens for itself with its secret (client credentials).",
        ),
    ]
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
        ("auth_method", client.auth_method.as_str().to_owned()),
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
pub(super) fn read(form: &Parameters, base: ClientSettings, errors: &mut FormErrors) -> ClientSettings {
    let client_type = base.client_type.or_else(|| form::text(form, "type").parse().ok());
    let keeps_no_secret = matches!(client_type, Some(ClientType::Browser | ClientType::Native));
    let method = form::given(form, "auth_method").filter(|_| !keeps_no_secret);
    let optional = |name| form::given(form, name).map(str::to_owned);
    ClientSettings {
        name: form::text(form, "name").to_owned(),
        client_type,
        auth_method: method.and_then(|method| method.parse().ok()),
        redirect_uris: form::lines(form, "redirect_uris"),
        post_logout_redirect_uris: form::lines(form, "post_logout_redirect_uris"),
        scopes: form.all("scopes").map(str::to_owned).collect(),
        id_token_signed_response_alg: form::text(form, "id_token_signed_response_alg").parse().ok(),
        access_token_lifetime: form::number(form, "access_token_lifetime", errors),
        refresh_token_idle_lifetime: form::number(form, "refresh_token_idle_lifetime", errors),
        refresh_token_lifetime: form::number(form, "refresh_token_lifetime", errors),
        introspects_api: optional("introspects_api").filter(|api| api != EVERY_API),
        introspects_all: form::text(form, "introspects_api") == EVERY_API,
        contacts: form::lines(form, "contacts"),
        client_uri: optional("client_uri"),
        policy_uri: optional("policy_uri"),
        tos_uri: optional("tos_uri"),
        ..base
    }
}
