//! `portcullis why --server`

use anyhow::Result;
use url::form_urlencoded::Serializer;

use super::Server;
use crate::{
    admin_api::operations as op,
    cli::{
        answer::Answer,
        why::{WhyArgs, told},
    },
};

/// Asks the server.
pub async fn run(args: WhyArgs, server: &Server) -> Result<Answer> {
    let WhyArgs { client, user, scope, resource } = args;
    let scope = scope.map(|scope| scope.to_string());
    let more = [("user", user), ("scope", scope), ("resource", resource)];
    let given = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let query = Serializer::new(String::new()).append_pair("client_id", &client).extend_pairs(given).finish();
    let answer = server.ask(&op::EXPLAIN, &format!("{}?{query}", op::EXPLAIN.path), None).await?;
    Ok(told(answer))
}
