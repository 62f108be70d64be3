//! `portcullis why`: why a client gets what it gets, or does not.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use super::answer::Answer;
use crate::{
    accounts::why::{self, Sought},
    app::App,
    protocol::scope::Scope,
    store::users,
};

#[derive(Args)]
pub struct WhyArgs {
    /// The id of the client.
    #[arg(long, value_name = "CLIENT_ID")]
    pub client: String,
    /// The id or username of the user. Without it, the client asks for itself if it can.
    #[arg(long)]
    pub user: Option<String>,
    /// The scopes, separated by spaces. Without them, all that the client may ask for.
    #[arg(long, value_name = "SCOPES")]
    pub scope: Option<Scope>,
    /// The identifier of the API that is named as resource.
    #[arg(long, value_name = "API")]
    pub resource: Option<String>,
}

impl WhyArgs {
    /// Asks here.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        let mut snapshot = app.snapshot().await?;
        let Some(client) = snapshot.client(&self.client).await? else {
            bail!("client {}: it does not exist", self.client)
        };
        let user = match self.user.as_deref() {
            None => None,
            Some(typed) => {
                let found = match typed.parse() {
                    Ok(user_id) => users::find(&app.db, user_id).await?,
                    Err(_) => users::find_named(&app.db, typed).await?,
                };
                Some(found.with_context(|| format!("user {typed}: it does not exist"))?)
            }
        };
        let resource = self.resource.into_iter().collect::<Vec<_>>();
        let sought = Sought { client: &client, user: user.as_ref(), scope: self.scope.as_ref(), resource: &resource };
        let (_, answer) = why::answer(&snapshot, sought).await?;
        Ok(told(answer))
    }
}

/// The answer as JSON, and as text: first whether there is a token, then a line for each scope.
pub fn told(answer: Value) -> Answer {
    let mut text = String::new();
    let mut line = |line: &str| {
        let _ = writeln!(text, "{}", line.trim_end()); // a String takes every line
    };
    let texts = |list: &Value, member: &str| {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| item[member].as_str()).map(str::to_owned).collect::<Vec<_>>()
    };
    line(if answer["issued"] == true { "There would be a token." } else { "There would be no token." });
    for sentence in texts(&answer["obstacles"], "detail").iter().chain(&texts(&answer["steps"], "detail")) {
        line(sentence);
    }
    let width = texts(&answer["scopes"], "scope").iter().map(String::len).max().unwrap_or_default();
    for scope in answer["scopes"].as_array().into_iter().flatten() {
        let is_held = scope["held"] == true;
        let mut sentences = texts(&scope["reasons"], "detail");
        let roles = scope["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        if !roles.is_empty() {
            let more = scope["more_roles"].as_u64().filter(|more| *more > 0);
            let more = more.map_or(String::new(), |more| format!(" and {more} more"));
            let what = if is_held { "By" } else { "Roles that would:" };
            sentences.push(format!("{what} {}{more}.", roles.join(", ")));
        }
        let name = scope["scope"].as_str().unwrap_or_default();
        line(&format!("{}  {name:width$}  {}", if is_held { "in " } else { "out" }, sentences.join(" ")));
    }
    Answer::told(answer, text)
}
