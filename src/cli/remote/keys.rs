//! `portcullis key --server`

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{Server, shown};
use crate::{
    admin_api::operations as op,
    cli::{
        answer::Answer,
        key::{COLUMNS, KeyCommand},
    },
    keys::pem_of,
};

/// Does what the command says, through the server.
pub async fn run(command: KeyCommand, server: &Server) -> Result<Answer> {
    match command {
        KeyCommand::List { pem: false } => (),
        KeyCommand::List { pem: true } => return pem(server).await,
        KeyCommand::Rotate { algorithm } => {
            let rotated = server.call(&op::ROTATE_KEYS, &[], Some(json!({ "alg": algorithm }))).await?;
            return shown(rotated["items"].clone());
        }
        KeyCommand::Withdraw { kids } => {
            for kid in kids {
                server.call(&op::WITHDRAW_KEY, &[&kid], None).await?;
            }
        }
        KeyCommand::Reseal => bail!("This command works on the database itself: leave out --server."),
    }
    Ok(Answer::list(server.list(&op::LIST_KEYS, &[], None).await?, COLUMNS)?)
}

async fn pem(server: &Server) -> Result<Answer> {
    let block = |key: &Value| {
        let kid = key["kid"].as_str().unwrap_or_default();
        let algorithm = key["alg"].as_str().unwrap_or_default().parse()?;
        Ok(pem_of(kid, &key["public_jwk"], algorithm)?)
    };
    let keys = server.list(&op::LIST_KEYS, &[], None).await?;
    Ok(Answer::text(keys.iter().map(block).collect::<Result<Vec<_>>>()?.concat()))
}
