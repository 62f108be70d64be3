//! `portcullis key`: the signing keys, and the master key that seals them.

use anyhow::{Context, Result};
use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;

use super::{answer::Answer, installation::operator};
use crate::{
    app::App,
    keys::pem_of,
    protocol::signing_algorithm::SigningAlgorithm,
    registry::{self, master_key},
    store::signing_keys,
};

/// What a table shows of them.
pub const COLUMNS: &[&str] = &["kid", "alg", "state", "created_at", "activated_at", "retired_at"];

#[derive(Subcommand)]
pub enum KeyCommand {
    /// List the keys that the JWKS shows.
    List {
        /// Print them as PEM, for programs that read no JWKS.
        #[arg(long)]
        pem: bool,
    },
    /// Put the next key to use, and publish a new one to be next.
    Rotate {
        /// Only the key of this algorithm.
        #[arg(long, value_parser = algorithm())]
        algorithm: Option<SigningAlgorithm>,
    },
    /// Take keys away at once because somebody else may know them: what they signed stops working.
    Withdraw {
        /// The ids of the keys. Put `--` before them: one may begin with a hyphen.
        #[arg(required = true, value_name = "KID")]
        kids: Vec<String>,
    },
    /// Seal with `master_key` what `other_master_key` sealed, so that the other is needed no more.
    Reseal,
}

#[derive(Serialize)]
struct KeyView {
    kid: String,
    alg: SigningAlgorithm,
    state: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    activated_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    retired_at: Option<OffsetDateTime>,
}

impl KeyCommand {
    /// Does what it says on the database.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        match self {
            Self::List { pem: false } => (),
            Self::List { pem: true } => return pem(app).await,
            Self::Rotate { algorithm } => {
                registry::keys::create_missing(app).await?;
                registry::keys::rotate(app, &operator(), algorithm).await?;
            }
            Self::Withdraw { kids } => {
                for kid in kids {
                    registry::keys::withdraw(app, &operator(), &kid).await.with_context(|| format!("the key {kid}"))?;
                }
            }
            Self::Reseal => {
                return Ok(Answer::one(json!({ "resealed": master_key::reseal(app, &operator()).await? }))?);
            }
        }
        list(app).await
    }
}

/// Reads the name of an algorithm.
pub fn algorithm() -> impl TypedValueParser<Value = SigningAlgorithm> {
    PossibleValuesParser::new(SigningAlgorithm::ALL.map(SigningAlgorithm::as_str)).try_map(|text| text.parse())
}

async fn pem(app: &App) -> Result<Answer> {
    let keys = signing_keys::all(&app.db).await?;
    let blocks = keys.iter().map(|key| Ok(pem_of(&key.kid, &key.public_jwk, key.alg)?)).collect::<Result<Vec<_>>>()?;
    Ok(Answer::text(blocks.concat()))
}

async fn list(app: &App) -> Result<Answer> {
    let keys = signing_keys::all(&app.db).await?.into_iter().map(|row| KeyView {
        kid: row.kid,
        alg: row.alg,
        state: row.state,
        created_at: row.created_at,
        activated_at: row.activated_at,
        retired_at: row.retired_at,
    });
    Ok(Answer::list(keys.collect::<Vec<_>>(), COLUMNS)?)
}
