//! The form that registers a client, or changes one.

use askama::Template;

use crate::web::page::Shell;
use crate::web::view::{Choice, ChoiceGroup, FormErrors};

/// Everything that is registered about a client. Field names are those of its table; `scopes` repeats for each scope.
#[derive(Template)]
#[template(path = "console/client_form.html")]
pub struct ClientForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The client that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// The row's revision when the form was shown (field `revision`), so that nobody overwrites what they never saw.
    pub revision: i32,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// What the fields hold: as registered, or as typed.
    pub fields: ClientFields,
}

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

impl ClientForm<'_> {
    /// The rarer settings are unfolded where one of them may be what is wrong.
    fn opened(&self) -> bool {
        !self.errors.is_empty()
    }
}

impl ClientFields {
    /// The type, for the script that checks redirect URIs where no radio button says it.
    fn chosen_type(&self) -> &str {
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
