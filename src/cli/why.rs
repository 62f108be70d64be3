//! `portcullis why`: why a client gets what it gets, or does not.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::answer::Answer;
use crate::{
    accounts::why::{self, Sought},
    app::App,
    policy::why::{ScopeWhy, Why},
    protocol::scope::Scope,
    store::users,
};

#[derive(Args)]
pub struct WhyArgs {
    /// The id of the client.
    #[arg(long, value_name = "CLIENT_ID")]
    client: String,
    /// The id or username of the user. Without it, the client asks for itself if it can.
    #[arg(long)]
    user: Option<String>,
    /// The scopes, separated by spaces. Without them, all that the client may ask for.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// The identifier of the API that is named as resource.
    #[arg(long, value_name = "API")]
    resource: Option<String>,
}

impl WhyArgs {
    pub async fn run(self, app: &App) -> Result<Answer> {
        let mut snapshot = app.snapshot().await?;
        let Some(client) = snapshot.client(&self.client).await? else { bail!("no client has the id {}", self.client) };
        let user = match self.user.as_deref() {
            None => None,
            Some(typed) => {
                let found = match typed.parse() {
                    Ok(user_id) => users::find(&app.db, user_id).await?,
                    Err(_) => users::find_named(&app.db, typed).await?,
                };
                Some(found.with_context(|| format!("no user has the id or username {typed}"))?)
            }
        };
        let scope = self.scope.map(|scope| Scope::from_names(scope.split_whitespace())).transpose()?;
        let resource = self.resource.into_iter().collect::<Vec<_>>();
        let sought = Sought { client: &client, user: user.as_ref(), scope: scope.as_ref(), resource: &resource };
        let answered = why::answer(&snapshot, sought).await;
        let (why, json) = answered.map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(Answer::told(json, text(&why)))
    }
}

/// First whether there is a token, then a line for each scope.
fn text(why: &Why) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        let _ = writeln!(text, "{line}"); // a String takes every line
    };
    line(if why.obstacles.is_empty() { "There would be a token." } else { "There would be no token." });
    why.obstacles.iter().for_each(|obstacle| line(&obstacle.sentence()));
    why.steps.iter().for_each(|step| line(&step.sentence()));
    let width = why.scopes.iter().map(|scope| scope.name.len()).max().unwrap_or_default();
    for scope in &why.scopes {
        let verdict = if scope.is_held() { "in " } else { "out" };
        line(format!("{verdict}  {:width$}  {}", scope.name, reasons(scope)).trim_end());
    }
    text
}

fn reasons(scope: &ScopeWhy) -> String {
    let mut sentences = scope.against.iter().map(|against| against.sentence().to_owned()).collect::<Vec<_>>();
    if !scope.roles.is_empty() {
        let more = if scope.more_roles > 0 { format!(" and {} more", scope.more_roles) } else { String::new() };
        let what = if scope.is_held() { "By" } else { "Roles that would:" };
        sentences.push(format!("{what} {}{more}.", scope.roles.join(", ")));
    }
    sentences.join(" ")
}
