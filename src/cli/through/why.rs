//! `portcullis why --server`

use anyhow::Result;
use url::form_urlencoded::Serializer;

use crate::{
    admin_api::operations as op,
    app::App,
    cli::{
        answer::Answer,
        installation::Administration,
        server::Server,
        why::{WhyArgs, told},
    },
};

impl Administration for WhyArgs {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        let Self { client, user, scope, resource } = self;
        let scope = scope.map(|scope| scope.to_string());
        let more = [("user", user), ("scope", scope), ("resource", resource)];
        let given = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let query = Serializer::new(String::new()).append_pair("client_id", &client).extend_pairs(given).finish();
        let answer = server.ask(&op::EXPLAIN, &format!("{}?{query}", op::EXPLAIN.path), None).await?;
        Ok(told(answer))
    }
}
