//! `portcullis network --server`

use anyhow::Result;
use serde_json::json;

use super::{Server, shown};
use crate::{
    admin_api::operations as op,
    cli::{
        answer::Answer,
        network::{COLUMNS, NetworkCommand},
    },
    policy::block,
    registry::ChangeError,
};

/// Does what the command says, through the server.
pub async fn run(command: NetworkCommand, server: &Server) -> Result<Answer> {
    match command {
        NetworkCommand::List => {}
        NetworkCommand::Block { network, term, reason } => {
            let wish = json!({ "network": network, "for": term, "reason": reason });
            return shown(server.call(&op::BLOCK_NETWORK, &[], Some(wish)).await?);
        }
        NetworkCommand::Unblock { network } => {
            let network = block::parse(&network).map_err(ChangeError::from)?;
            server.call(&op::UNBLOCK_NETWORK, &[&network.to_string().replace('/', "-")], None).await?;
        }
    }
    Ok(Answer::list(server.list(&op::LIST_BLOCKED_NETWORKS, &[], None).await?, COLUMNS)?)
}
