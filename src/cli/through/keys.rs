//! `portcullis key --server`

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{
    admin_api::operations as op,
    app::App,
    cli::{
        answer::Answer,
        installation::Administration,
        key::{COLUMNS, KeyCommand},
        server::{Server, shown},
    },
    keys::pem_of,
};

impl Administration for KeyCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        match self {
            Self::List { pem: false } => (),
            Self::List { pem: true } => return pem(server).await,
            Self::Rotate { algorithm } => {
                let rotated = server.call(&op::ROTATE_KEYS, &[], Some(json!({ "alg": algorithm }))).await?;
                return shown(rotated["items"].clone());
            }
            Self::Withdraw { kids } => {
                for kid in kids {
                    server.call(&op::WITHDRAW_KEY, &[&kid], None).await?;
                }
            }
            Self::Reseal => bail!("This command works on the database itself: leave out --server."),
        }
        Ok(Answer::list(server.list(&op::LIST_KEYS, &[], None).await?, COLUMNS)?)
    }
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
