//! `portcullis user --server`

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Server, shown};
use crate::{
    accounts::users::UserSettings,
    admin_api::operations::{self as op, Operation},
    cli::{
        answer::Answer,
        user::{COLUMNS, Edit, UserCommand},
    },
    policy::profile::edited,
    protocol::standard_claims::Profile,
};

/// Does what the command says, through the server.
pub async fn run(command: UserCommand, server: &Server) -> Result<Answer> {
    match command {
        UserCommand::Create { username, email, email_verified, roles, password_stdin, profile } => {
            ensure!(
                !password_stdin,
                "Nobody sets the password of somebody else through a server: an invitation is mailed."
            );
            let profile = edited(&Profile::default(), &profile.0);
            let settings = UserSettings { username, email, email_verified, profile, roles };
            shown(server.call(&op::ADD_USER, &[], Some(json!(settings))).await?)
        }
        UserCommand::List { search } => {
            Ok(Answer::list(server.list(&op::LIST_USERS, &[("q", search.as_deref())], None).await?, COLUMNS)?)
        }
        UserCommand::Show { user } => shown(found(server, &user).await?),
        UserCommand::Update { user, email, email_verified, roles, no_roles, profile } => {
            let edit = Edit { email, email_verified, roles, no_roles, profile: profile.0 };
            update(server, &user, edit).await
        }
        UserCommand::Disable { user } => change(server, &user, &op::DISABLE_USER, None).await,
        UserCommand::Enable { user } => change(server, &user, &op::ENABLE_USER, None).await,
        UserCommand::Invite { user } => {
            change(server, &user, &op::MAIL_LINK, Some(json!({ "purpose": "invitation" }))).await
        }
        UserCommand::ResetPassword { user } => {
            change(server, &user, &op::MAIL_LINK, Some(json!({ "purpose": "recovery" }))).await
        }
        UserCommand::Delete { user } => change(server, &user, &op::DELETE_USER, None).await,
        UserCommand::Restore { user } => change(server, &user, &op::RESTORE_USER, None).await,
        UserCommand::LiftHold { user } => change(server, &user, &op::LIFT_HOLD, None).await,
        UserCommand::ResetMfa { user } => change(server, &user, &op::RESET_FACTORS, None).await,
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
