//! `portcullis role --server`

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{
    admin_api::operations as op,
    app::App,
    cli::{
        answer::Answer,
        installation::Administration,
        role::{COLUMNS, RoleCommand, names},
        server::{Server, shown},
    },
    model::office::Office,
};

impl Administration for RoleCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        match self {
            Self::Create { name, description, scopes, office, administrative, required_acr } => {
                let body = json!({
                    "name": name, "description": description, "office": office.or(administrative.then_some(Office::Administrator)),
                    "required_acr": required_acr, "scopes": names(&scopes).collect::<Vec<_>>(),
                });
                shown(server.call(&op::ADD_ROLE, &[], Some(body)).await?)
            }
            Self::List => Ok(Answer::list(server.list(&op::LIST_ROLES, &[], None).await?, COLUMNS)?),
            Self::Update { name, description, scopes, removed, required_acr } => {
                let mut role = server.call(&op::SHOW_ROLE, &[&name], None).await?;
                let Some(Value::Array(before)) = role.get_mut("scopes").map(Value::take) else {
                    bail!("{name}: no role")
                };
                let kept = before.into_iter().filter(|scope| removed.iter().all(|gone| scope != gone.as_str()));
                role["scopes"] = kept.chain(names(&scopes).map(Value::from)).collect();
                if let Some(description) = description {
                    role["description"] = description.into();
                }
                if let Some(level) = required_acr {
                    role["required_acr"] = json!(level);
                }
                shown(server.call(&op::REPLACE_ROLE, &[&name], Some(role)).await?)
            }
            Self::Delete { name } => {
                server.call(&op::DELETE_ROLE, &[&name], None).await?;
                shown(json!({ "name": name, "deleted": true }))
            }
        }
    }
}
