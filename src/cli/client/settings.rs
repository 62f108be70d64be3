//! The options that describe a client.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    cli::{key, level::level},
    protocol::{
        assurance::Level,
        client::{AuthMethod, ClientType, GrantType},
        signing_algorithm::SigningAlgorithm,
    },
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
    /// The members of the new client that are given.
    pub fn given(self) -> Map<String, Value> {
        let mut given = self.options.given();
        put(&mut given, "client_id", self.client_id);
        put(&mut given, "client_name", self.name);
        put(&mut given, "type", self.client_type);
        given
    }
}

impl UpdateArgs {
    /// The members that are given.
    pub fn given(self) -> Map<String, Value> {
        let mut given = self.options.given();
        put(&mut given, "client_name", self.name);
        given
    }
}

impl Options {
    fn given(self) -> Map<String, Value> {
        let several = |given: Vec<String>| Some(given).filter(|given| !given.is_empty());
        let mut given = Map::new();
        put(&mut given, "redirect_uris", several(self.redirect_uris));
        put(&mut given, "post_logout_redirect_uris", several(self.post_logout_redirect_uris));
        put(&mut given, "backchannel_logout_uri", self.backchannel_logout_uri);
        put(&mut given, "frontchannel_logout_uri", self.frontchannel_logout_uri);
        put(&mut given, "frontchannel_logout_session_required", self.frontchannel_logout_session_required);
        put(&mut given, "scope", several(self.scopes).map(|names| names.join(" ")));
        put(&mut given, "token_endpoint_auth_method", self.auth_method);
        put(&mut given, "grant_types", Some(self.grant_types).filter(|given| !given.is_empty()));
        put(&mut given, "id_token_signed_response_alg", self.id_token_signed_response_alg);
        put(&mut given, "access_token_lifetime", self.access_token_lifetime);
        put(&mut given, "refresh_token_idle_lifetime", self.refresh_token_idle_lifetime);
        put(&mut given, "refresh_token_lifetime", self.refresh_token_lifetime);
        put(&mut given, "introspects_api", self.introspects_api);
        put(&mut given, "introspects_all", self.introspects_all);
        put(&mut given, "required_acr", self.required_acr);
        put(&mut given, "contacts", several(self.contacts));
        put(&mut given, "client_uri", self.client_uri);
        put(&mut given, "policy_uri", self.policy_uri);
        put(&mut given, "tos_uri", self.tos_uri);
        given
    }
}

fn put(members: &mut Map<String, Value>, name: &str, given: Option<impl Serialize>) {
    if let Some(value) = given.and_then(|given| serde_json::to_value(given).ok()) {
        members.insert(name.to_owned(), value);
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
