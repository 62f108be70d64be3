//! `portcullis network --server`

use anyhow::Result;
use serde_json::json;

use crate::{
    admin_api::operations as op,
    app::App,
    cli::{
        answer::Answer,
        installation::Administration,
        network::{COLUMNS, NetworkCommand},
        server::{Server, shown},
    },
    policy::block,
    registry::ChangeError,
};

impl Administration for NetworkCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        match self {
            Self::List => {}
            Self::Block { network, term, reason } => {
                let wish = json!({ "network": network, "for": term, "reason": reason });
                return shown(server.call(&op::BLOCK_NETWORK, &[], Some(wish)).await?);
            }
            Self::Unblock { network } => {
                let network = block::parse(&network).map_err(ChangeError::from)?;
                server.call(&op::UNBLOCK_NETWORK, &[&network.to_string().replace('/', "-")], None).await?;
            }
        }
        Ok(Answer::list(server.list(&op::LIST_BLOCKED_NETWORKS, &[], None).await?, COLUMNS)?)
    }
}
