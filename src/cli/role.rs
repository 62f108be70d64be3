//! `portcullis role`: what the console does with roles.

use anyhow::{Context, Result};
use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::{Value, json};

use super::{answer::Answer, installation::operator, level::level};
use crate::{
    app::App,
    model::{office::Office, registry::Role},
    protocol::assurance::Level,
    registry::roles,
    store,
};

/// What a table shows of them.
pub const COLUMNS: &[&str] = &["name", "description", "office", "scopes"];

#[derive(Subcommand)]
pub enum RoleCommand {
    /// Add a role.
    Create {
        /// Small letters, digits, - and _. It never changes.
        #[arg(long)]
        name: String,
        /// What it is for.
        #[arg(long, default_value = "")]
        description: String,
        /// A scope that whoever has it can grant; several may be given.
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// What whoever has it may do in the administration of this installation.
        #[arg(long, value_parser = office())]
        office: Option<Office>,
        /// The same as --office administrator.
        #[arg(long, conflicts_with = "office")]
        administrative: bool,
        /// Minimum assurance level for users with this role.
        #[arg(long, value_name = "ACR", value_parser = level(), default_value = "aal1")]
        required_acr: Level,
    },
    /// List all roles.
    List,
    /// Change what is given and leave the rest.
    Update {
        name: String,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
        /// A scope to add; several may be given.
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// A scope to remove; several may be given.
        #[arg(long = "remove-scope", value_name = "SCOPE")]
        removed: Vec<String>,
        /// Minimum assurance level for users with this role.
        #[arg(long, value_name = "ACR", value_parser = level())]
        required_acr: Option<Level>,
    },
    /// Remove a role; whoever had it loses it.
    Delete { name: String },
}

impl RoleCommand {
    /// Does what it says on the database.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        match self {
            Self::Create { name, description, scopes, office, administrative, required_acr } => {
                let role = Role {
                    name: name.clone(),
                    description,
                    office: office.or(administrative.then_some(Office::Administrator)),
                    required_level: required_acr,
                    scopes: names(&scopes).collect(),
                    revision: 1,
                };
                roles::create(app, &operator(), role).await?;
                Ok(Answer::one(view(&found(app, &name).await?))?)
            }
            Self::List => {
                let all = store::roles::all(&app.db).await?.iter().map(view).collect::<Vec<_>>();
                Ok(Answer::list(all, COLUMNS)?)
            }
            Self::Update { name, description, scopes, removed, required_acr } => {
                let mut role = found(app, &name).await?;
                role.description = description.unwrap_or(role.description);
                role.required_level = required_acr.unwrap_or(role.required_level);
                role.scopes.retain(|scope| !removed.contains(scope));
                role.scopes.extend(names(&scopes));
                roles::update(app, &operator(), role).await.with_context(|| named(&name))?;
                Ok(Answer::one(view(&found(app, &name).await?))?)
            }
            Self::Delete { name } => {
                roles::delete(app, &operator(), &name).await.with_context(|| named(&name))?;
                Ok(Answer::one(json!({ "name": name, "deleted": true }))?)
            }
        }
    }
}

fn office() -> impl TypedValueParser<Value = Office> {
    PossibleValuesParser::new(Office::ALL.map(Office::as_str)).try_map(|name| name.parse::<Office>())
}

/// Several scopes may stand in one option, as they do in a request.
pub fn names(scopes: &[String]) -> impl Iterator<Item = String> {
    scopes.iter().flat_map(|names| names.split_whitespace()).map(str::to_owned)
}

async fn found(app: &App, name: &str) -> Result<Role> {
    let role = store::roles::find(&app.db, name).await?;
    role.with_context(|| format!("{}: it does not exist", named(name)))
}

fn named(name: &str) -> String {
    format!("role {name}")
}

fn view(role: &Role) -> Value {
    let Role { name, description, office, required_level, scopes, revision } = role;
    json!({
        "name": name, "description": description, "administrative": role.administers(), "office": office,
        "required_acr": required_level, "scopes": scopes, "revision": revision
    })
}
