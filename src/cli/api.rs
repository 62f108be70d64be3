//! `portcullis api`: what the console does with APIs and their scopes.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{answer::Answer, installation::operator, key::algorithm, level::level};
use crate::{
    app::App,
    model::registry::Api,
    protocol::{assurance::Level, signing_algorithm::SigningAlgorithm},
    registry::apis::{self, ApiSettings},
    store,
};

/// What a table shows of them.
pub const COLUMNS: &[&str] = &["identifier", "name", "scopes"];

#[derive(Subcommand)]
pub enum ApiCommand {
    /// Register an API.
    Create {
        /// The audience of its tokens: an absolute URI. It never changes.
        #[arg(long, value_name = "URI")]
        identifier: String,
        /// What users see.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        options: Options,
    },
    /// List all APIs.
    List,
    /// Show an API.
    Show {
        /// Its identifier or its id.
        api: String,
    },
    /// Change what is given and leave the rest.
    Update {
        /// Its identifier or its id.
        api: String,
        /// What users see.
        #[arg(long)]
        name: Option<String>,
        /// A scope to remove; several may be given.
        #[arg(long = "remove-scope", value_name = "NAME")]
        removed: Vec<String>,
        #[command(flatten)]
        options: Options,
    },
    /// Remove an API with its scopes.
    Delete {
        /// Its identifier or its id.
        api: String,
    },
}

#[derive(Args)]
pub struct Options {
    /// A scope and what it allows, in the words of the consent page; several may be given.
    #[arg(long = "scope", value_name = "NAME=DESCRIPTION", value_parser = scope)]
    scopes: Vec<(String, String)>,
    /// How long its access tokens live; if not given, as the client is set.
    #[arg(long, value_name = "SECONDS")]
    access_token_lifetime: Option<i32>,
    /// Whether its access tokens name the user's roles.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    roles_in_token: Option<bool>,
    /// What signs its access tokens.
    #[arg(long, value_name = "ALG", value_parser = algorithm())]
    access_token_signing_alg: Option<SigningAlgorithm>,
    /// Minimum assurance level for users who get one of its scopes.
    #[arg(long, value_name = "ACR", value_parser = level())]
    required_acr: Option<Level>,
}

#[derive(Serialize)]
struct ApiView {
    api_id: Uuid,
    #[serde(flatten)]
    settings: ApiSettings,
    revision: i32,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl ApiCommand {
    /// Does what it says on the database.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        match self {
            Self::Create { identifier, name, options } => {
                let settings = options.applied_to(ApiSettings { identifier, name, ..ApiSettings::default() });
                Ok(Answer::one(view(&apis::create(app, &operator(), &settings).await?))?)
            }
            Self::List => {
                let all = store::apis::all(&app.db).await?.iter().map(view).collect::<Vec<_>>();
                Ok(Answer::list(all, COLUMNS)?)
            }
            Self::Show { api } => Ok(Answer::one(view(&found(app, &api).await?))?),
            Self::Update { api, name, removed, options } => {
                let before = found(app, &api).await?;
                let mut settings = ApiSettings::from(&before);
                settings.scopes.retain(|name, _| !removed.contains(name));
                settings.name = name.unwrap_or(settings.name);
                let settings = options.applied_to(settings);
                apis::update(app, &operator(), before.api_id, before.revision, &settings)
                    .await
                    .with_context(|| named(&api))?;
                Ok(Answer::one(view(&found(app, &api).await?))?)
            }
            Self::Delete { api } => {
                let found = found(app, &api).await?;
                apis::delete(app, &operator(), found.api_id).await.with_context(|| named(&api))?;
                Ok(Answer::one(json!({ "api_id": found.api_id, "identifier": found.identifier, "deleted": true }))?)
            }
        }
    }
}

impl Options {
    /// The settings with what is given.
    pub fn applied_to(self, before: ApiSettings) -> ApiSettings {
        ApiSettings {
            scopes: before.scopes.into_iter().chain(self.scopes).collect::<BTreeMap<_, _>>(),
            access_token_lifetime: self.access_token_lifetime.or(before.access_token_lifetime),
            roles_in_token: self.roles_in_token.unwrap_or(before.roles_in_token),
            access_token_signing_alg: self.access_token_signing_alg.unwrap_or(before.access_token_signing_alg),
            required_level: self.required_acr.unwrap_or(before.required_level),
            ..before
        }
    }
}

fn scope(text: &str) -> Result<(String, String), &'static str> {
    let (name, description) = text.split_once('=').ok_or("write NAME=DESCRIPTION")?;
    Ok((name.to_owned(), description.to_owned()))
}

async fn found(app: &App, api: &str) -> Result<Api> {
    let all = store::apis::all(&app.db).await?;
    let id = Uuid::try_parse(api).ok();
    let found = all.into_iter().find(|one| one.identifier == api || Some(one.api_id) == id);
    found.with_context(|| format!("{}: it does not exist", named(api)))
}

fn named(api: &str) -> String {
    format!("API {api}")
}

fn view(api: &Api) -> ApiView {
    ApiView { api_id: api.api_id, settings: api.into(), revision: api.revision, created_at: api.created_at }
}
