//! The options that describe a client.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{
    cli::{key, level::level},
    protocol::{
        assurance::Level,
        client::{AuthMethod, ClientType, GrantType},
        signing_algorithm::SigningAlgorithm,
    },
    registry::client_settings::ClientSettings,
};

#[derive(Args)]
pub struct CreateArgs {
    /// What people see.
    #[arg(long, required_unless_present = "metadata", conflicts_with = "metadata")]
    name: Option<String>,
    /// Where it runs, which decides whether it can keep a secret.
    #[arg(long = "type", value_name = "TYPE", value_parser = client_type(), required_unless_present = "metadata", conflicts_with = "metadata")]
    client_type: Option<ClientType>,
    /// An id of your own, for a client that comes from elsewhere.
    #[arg(long, conflicts_with = "metadata")]
    client_id: Option<String>,
    #[command(flatten)]
    options: Options,
    /// A JSON file with a client or an array of them, by the names of RFC 7591, instead of options. It may have
    /// `client_id` and `client_secret`.
    #[arg(long, value_name = "FILE", conflicts_with = "Options")]
    pub metadata: Option<PathBuf>,
}

#[derive(Args)]
pub struct UpdateArgs {
    pub client_id: String,
    /// What people see.
    #[arg(long, conflicts_with = "metadata")]
    name: Option<String>,
    #[command(flatten)]
    options: Options,
    /// A JSON file with all settings of the client, by the names of RFC 7591, instead of options.
    #[arg(long, value_name = "FILE", conflicts_with = "Options")]
    pub metadata: Option<PathBuf>,
}

/// What is not given stays as it is, or gets the default of the client's type.
#[derive(Args)]
struct Options {
    /// Where answers go; several may be given, and then these are all.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where browsers may go after sign-out; several may be given, and then these are all.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Where we tell it, server to server, that a session has ended.
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
    /// What the browser loads there when a session has ended.
    #[arg(long, value_name = "URL")]
    frontchannel_logout_uri: Option<String>,
    /// Whether it needs `iss` and `sid` there.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    frontchannel_logout_session_required: Option<bool>,
    /// What it can be granted at most; several may be given, and then these are all.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// How it authenticates.
    #[arg(long, value_name = "METHOD", value_parser = auth_method())]
    auth_method: Option<AuthMethod>,
    /// What it may exchange for tokens; several may be given, and then these are all.
    #[arg(long = "grant-type", value_name = "GRANT", value_parser = grant_type())]
    grant_types: Vec<GrantType>,
    /// What signs its ID tokens.
    #[arg(long, value_name = "ALGORITHM", value_parser = key::algorithm())]
    id_token_signed_response_alg: Option<SigningAlgorithm>,
    /// How long its access tokens live.
    #[arg(long, value_name = "SECONDS")]
    access_token_lifetime: Option<i32>,
    /// How long its refresh tokens live without use.
    #[arg(long, value_name = "SECONDS")]
    refresh_token_idle_lifetime: Option<i32>,
    /// How long its refresh tokens live in all.
    #[arg(long, value_name = "SECONDS")]
    refresh_token_lifetime: Option<i32>,
    /// The identifier or id of the API that it acts for, whose tokens it may introspect.
    #[arg(long, value_name = "API")]
    introspects_api: Option<String>,
    /// Whether it may introspect every token.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    introspects_all: Option<bool>,
    /// How well people must be authenticated for it, at least.
    #[arg(long, value_name = "ACR", value_parser = level())]
    required_acr: Option<Level>,
    /// The e-mail address of somebody responsible; several may be given, and then these are all.
    #[arg(long = "contact", value_name = "EMAIL")]
    contacts: Vec<String>,
    /// Its home page.
    #[arg(long, value_name = "URL")]
    client_uri: Option<String>,
    /// Its privacy policy.
    #[arg(long, value_name = "URL")]
    policy_uri: Option<String>,
    /// Its terms of service.
    #[arg(long, value_name = "URL")]
    tos_uri: Option<String>,
}

impl CreateArgs {
    /// The settings of the new client.
    pub fn settings(self) -> ClientSettings {
        let named = ClientSettings {
            client_id: self.client_id,
            name: self.name.unwrap_or_default(),
            client_type: self.client_type,
            ..ClientSettings::default()
        };
        self.options.applied_to(named)
    }
}

impl UpdateArgs {
    /// The settings, with what is given in place of what was.
    pub fn applied_to(self, before: ClientSettings) -> ClientSettings {
        let name = self.name.unwrap_or(before.name);
        self.options.applied_to(ClientSettings { name, ..before })
    }
}

impl Options {
    fn applied_to(self, before: ClientSettings) -> ClientSettings {
        let texts = |given: Vec<String>, before| if given.is_empty() { before } else { given };
        ClientSettings {
            redirect_uris: texts(self.redirect_uris, before.redirect_uris),
            post_logout_redirect_uris: texts(self.post_logout_redirect_uris, before.post_logout_redirect_uris),
            backchannel_logout_uri: self.backchannel_logout_uri.or(before.backchannel_logout_uri),
            frontchannel_logout_uri: self.frontchannel_logout_uri.or(before.frontchannel_logout_uri),
            frontchannel_logout_session_required: self
                .frontchannel_logout_session_required
                .unwrap_or(before.frontchannel_logout_session_required),
            scopes: texts(self.scopes, before.scopes),
            auth_method: self.auth_method.or(before.auth_method),
            grant_types: Some(self.grant_types).filter(|given| !given.is_empty()).or(before.grant_types),
            id_token_signed_response_alg: self.id_token_signed_response_alg.or(before.id_token_signed_response_alg),
            access_token_lifetime: self.access_token_lifetime.or(before.access_token_lifetime),
            refresh_token_idle_lifetime: self.refresh_token_idle_lifetime.or(before.refresh_token_idle_lifetime),
            refresh_token_lifetime: self.refresh_token_lifetime.or(before.refresh_token_lifetime),
            introspects_api: self.introspects_api.or(before.introspects_api),
            introspects_all: self.introspects_all.unwrap_or(before.introspects_all),
            required_level: self.required_acr.unwrap_or(before.required_level),
            contacts: texts(self.contacts, before.contacts),
            client_uri: self.client_uri.or(before.client_uri),
            policy_uri: self.policy_uri.or(before.policy_uri),
            tos_uri: self.tos_uri.or(before.tos_uri),
            ..before
        }
    }
}

fn client_type() -> impl TypedValueParser<Value = ClientType> {
    PossibleValuesParser::new(ClientType::ALL.iter().map(|value| value.as_str())).try_map(|text| text.parse())
}

fn auth_method() -> impl TypedValueParser<Value = AuthMethod> {
    PossibleValuesParser::new(AuthMethod::ALL.iter().map(|value| value.as_str())).try_map(|text| text.parse())
}

fn grant_type() -> impl TypedValueParser<Value = GrantType> {
    PossibleValuesParser::new(GrantType::ALL.iter().map(|value| value.as_str())).try_map(|text| text.parse())
}
