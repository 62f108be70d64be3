//! `portcullis user --server`

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    accounts::users::UserSettings,
    admin_api::operations::{self as op, Operation},
    app::App,
    cli::{
        answer::Answer,
        installation::Administration,
        server::{Server, shown},
        user::{COLUMNS, Edit, UserCommand},
    },
    policy::profile::edited,
    protocol::standard_claims::Profile,
};

impl Administration for UserCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        match self {
            Self::Create { username, email, email_verified, roles, password_stdin, profile } => {
                ensure!(
                    !password_stdin,
                    "Nobody sets the password of somebody else through a server: an invitation is mailed."
                );
                let profile = edited(&Profile::default(), &profile.0);
                let settings = UserSettings { username, email, email_verified, profile, roles };
                shown(server.call(&op::ADD_USER, &[], Some(json!(settings))).await?)
            }
            Self::List { search } => {
                Ok(Answer::list(server.list(&op::LIST_USERS, &[("q", search.as_deref())], None).await?, COLUMNS)?)
            }
            Self::Show { user } => shown(found(server, &user).await?),
            Self::Update { user, email, email_verified, roles, no_roles, profile } => {
                let edit = Edit { email, email_verified, roles, no_roles, profile: profile.0 };
                update(server, &user, edit).await
            }
            Self::Disable { user } => change(server, &user, &op::DISABLE_USER, None).await,
            Self::Enable { user } => change(server, &user, &op::ENABLE_USER, None).await,
            Self::Invite { user } => {
                change(server, &user, &op::MAIL_LINK, Some(json!({ "purpose": "invitation" }))).await
            }
            Self::ResetPassword { user } => {
                change(server, &user, &op::MAIL_LINK, Some(json!({ "purpose": "recovery" }))).await
            }
            Self::Delete { user } => change(server, &user, &op::DELETE_USER, None).await,
            Self::Restore { user } => change(server, &user, &op::RESTORE_USER, None).await,
            Self::LiftHold { user } => change(server, &user, &op::LIFT_HOLD, None).await,
            Self::ResetMfa { user } => change(server, &user, &op::RESET_FACTORS, None).await,
        }
    }
}

async fn update(server: &Server, user: &str, edit: Edit) -> Result<Answer> {
    let mut before = found(server, user).await?;
    let (id, revision) = (before["user_id"].take(), before["revision"].take());
    let Value::Object(members) = &mut before else { bail!("{user}: no user") };
    let known = ["username", "email", "email_verified", "profile", "roles"];
    members.retain(|name, _| known.contains(&name.as_str()));
    let mut body = json!(edit.applied_to(serde_json::from_value(before)?));
    body["revision"] = revision;
    shown(server.call(&op::REPLACE_USER, &[id.as_str().unwrap_or_default()], Some(body)).await?)
}

/// Changes an account, and shows it as it is then.
async fn change(server: &Server, user: &str, operation: &Operation, body: Option<Value>) -> Result<Answer> {
    let before = found(server, user).await?;
    let id = before["user_id"].as_str().unwrap_or_default();
    server.call(operation, &[id], body).await?;
    shown(server.call(&op::SHOW_USER, &[id], None).await?)
}

async fn found(server: &Server, user: &str) -> Result<Value> {
    match Uuid::try_parse(user) {
        Ok(id) => server.call(&op::SHOW_USER, &[&id.to_string()], None).await,
        Err(_) => server.named(&op::LIST_USERS, ("username", user), "user").await,
    }
}
