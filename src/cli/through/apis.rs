//! `portcullis api --server`

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    admin_api::operations as op,
    app::App,
    cli::{
        answer::Answer,
        api::{ApiCommand, COLUMNS},
        installation::Administration,
        server::{Server, shown},
    },
    registry::apis::ApiSettings,
};

impl Administration for ApiCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        match self {
            Self::Create { identifier, name, options } => {
                let settings = options.applied_to(ApiSettings { identifier, name, ..ApiSettings::default() });
                shown(server.call(&op::REGISTER_API, &[], Some(json!(settings))).await?)
            }
            Self::List => Ok(Answer::list(server.list(&op::LIST_APIS, &[], None).await?, COLUMNS)?),
            Self::Show { api } => shown(found(server, &api).await?),
            Self::Update { api, name, removed, options } => {
                let mut before = found(server, &api).await?;
                let (id, revision) = (before["api_id"].take(), before["revision"].take());
                let mut settings = settings_of(before)?;
                settings.scopes.retain(|name, _| !removed.contains(name));
                settings.name = name.unwrap_or(settings.name);
                let mut body = json!(options.applied_to(settings));
                body["revision"] = revision;
                shown(server.call(&op::REPLACE_API, &[id.as_str().unwrap_or_default()], Some(body)).await?)
            }
            Self::Delete { api } => {
                let found = found(server, &api).await?;
                server.call(&op::DELETE_API, &[found["api_id"].as_str().unwrap_or_default()], None).await?;
                shown(json!({ "api_id": found["api_id"], "identifier": found["identifier"], "deleted": true }))
            }
        }
    }
}

fn settings_of(mut api: Value) -> Result<ApiSettings> {
    if let Value::Object(members) = &mut api {
        members.retain(|name, _| !["api_id", "revision", "created_at"].contains(&name.as_str()));
    }
    Ok(serde_json::from_value(api)?)
}

async fn found(server: &Server, api: &str) -> Result<Value> {
    let member = if uuid::Uuid::try_parse(api).is_ok() { "api_id" } else { "identifier" };
    server.named(&op::LIST_APIS, (member, api), "API").await
}
