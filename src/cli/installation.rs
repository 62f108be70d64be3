//! Which installation a command is about, and the way to its database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;
use sqlx::PgPool;

use super::{
    answer::{Answer, Problems},
    dev,
    server::{Server, ServerArgs},
};
use crate::{
    app::{self, Actor, App},
    clock::Clock,
    config::{AuthorityFiles, Config, Issuer, SecretText, TlsFiles},
    dev::postgres::Postgres,
    keys::MasterKey,
    outbound::OutboundSettings,
    registry::{Principal, RecentPrincipal},
    store::{
        condition, partitions, pool,
        privileges::{self, Privileges},
    },
};

/// A command has little to do at once.
const CONNECTIONS: u32 = 4;

/// Which installation a command is about, and how it answers.
#[derive(Args)]
#[command(next_help_heading = "Installation")]
pub struct Installation {
    /// The settings of the installation; `portcullis.toml` if it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Instead of settings: the folder of `portcullis dev`.
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "config")]
    data_dir: Option<PathBuf>,
    /// Print one JSON value.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// A command that works on the database itself, or through the admin API of a server.
pub trait Administration {
    /// Does what it says on the database.
    async fn run(self, app: &App) -> Result<Answer>;
    /// Does what it says through a server.
    async fn through(self, server: &Server) -> Result<Answer>;
}

impl Installation {
    /// The settings, without the database.
    ///
    /// # Errors
    /// [`Problems`] of the settings, or there are none because `portcullis dev` chose them.
    pub fn read(&self) -> Result<Config> {
        ensure!(self.data_dir.is_none(), "`portcullis dev` chooses its settings itself");
        Ok(read_config(self.config.as_deref())?)
    }

    /// The server whose admin API is to be used, if one is named.
    ///
    /// # Errors
    /// It cannot be reached, or is none of ours.
    pub async fn server(&self) -> Result<Option<Server>> {
        self.server.open().await
    }
}

/// What is needed to work on an installation.
pub struct Opened {
    pub settings: app::Settings,
    pub db: PgPool,
    pub master_key: MasterKey,
    /// There is a mail server.
    pub sends_mail: bool,
    /// The certificate that is served.
    pub tls: Option<TlsFiles>,
    /// The authorities that vouch for clients.
    pub client_authorities: Option<AuthorityFiles>,
    /// Runs for as long as this value lives, if no server runs it.
    _postgres: Option<Postgres>,
}

impl Installation {
    /// Runs a command where the options say, and prints its answer.
    ///
    /// # Errors
    /// Why the database or the server cannot be worked on, or why the command failed.
    pub async fn administer(&self, command: impl Administration) -> Result<ExitCode> {
        match self.server.open().await? {
            Some(server) => Ok(command.through(&server).await?.print(self.json)?),
            None => self.answer(async |app| command.run(app).await).await,
        }
    }

    /// Runs a command that works on the database, and prints its answer.
    ///
    /// # Errors
    /// Why the installation cannot be worked on, or why the command failed.
    pub async fn answer(&self, command: impl AsyncFnOnce(&App) -> Result<Answer>) -> Result<ExitCode> {
        let Opened { settings, db, master_key, _postgres, .. } = self.open().await?;
        ensure_migrated(&db).await?;
        ensure_room(&db).await?;
        let app = App::open(settings, db, Clock::default(), master_key)?;
        Ok(command(&app).await?.print(self.json)?)
    }

    /// Finds the database. Nothing has asked it anything yet.
    ///
    /// # Errors
    /// [`Problems`] of the settings, or why the private database of a data folder cannot be used. A server is named.
    pub async fn open(&self) -> Result<Opened> {
        self.server.ensure_none()?;
        match &self.data_dir {
            Some(data_dir) => of_data_dir(data_dir).await,
            None => of_config(&read_config(self.config.as_deref())?),
        }
    }
}

/// Reads the settings from this file and the environment.
///
/// # Errors
/// [`Problems`]: all of them.
pub fn read_config(file: Option<&Path>) -> Result<Config, Problems> {
    Config::read(file, |name| std::env::var(name).ok()).map_err(Problems)
}

/// Makes sure that the schema is the one that this program knows, and that our role may use it.
///
/// # Errors
/// It is not, or the database cannot be asked.
pub async fn ensure_migrated(db: &PgPool) -> Result<()> {
    if let Some(Privileges { role, lacking, .. }) = privileges::read(db).await.context("the database cannot be used")? {
        let needed = lacking.join(", ");
        ensure!(
            lacking.is_empty(),
            "the database role {role} may not use {needed}: run `portcullis migrate` with database.owner_url"
        );
    }
    let pending = pool::pending_migrations(db).await.context("the database cannot be used")?;
    ensure!(pending.is_empty(), "the database's schema is not the one of this program: run `portcullis migrate`");
    Ok(())
}

/// Makes sure that a command can write its record: an installation that no server has run, or not for long, has no
/// partitions for what is now.
async fn ensure_room(db: &PgPool) -> sqlx::Result<()> {
    let now = Clock::default().now();
    if !condition::tables_without_room(db, now).await?.is_empty() {
        partitions::maintain(db, now).await?;
    }
    Ok(())
}

/// Whoever runs the command, and who the audit trail says has done it.
pub fn operator() -> RecentPrincipal {
    Principal::operator(Actor::default().named("cli"))
}

/// What requests are answered by, out of all settings.
pub fn settings(config: &Config) -> app::Settings {
    app::Settings {
        issuer: config.issuer.clone(),
        name: config.name.clone(),
        language: config.language,
        branding: config.branding.clone(),
        refresh_grace: config.refresh_grace,
        token_issuance: config.token_issuance,
        outbound: OutboundSettings {
            allowed_networks: config.outbound_allowed_networks.clone(),
            allowed_ports: config.outbound_allowed_ports.clone(),
            authorities: config.outbound_authorities.clone(),
        },
        document_hosts: config.document_hosts.clone(),
        security_contact: config.security_contact.clone(),
        registration: config.registration,
        editable_claims: config.editable_claims.clone(),
        breach_check_url: config.breach_check_url.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        defence: config.defence.clone(),
        redis_url: config.redis_url.as_ref().map(|url| SecretText::new(url.expose())),
        separation_of_duties: config.separation_of_duties,
        dpop_require_nonce: config.dpop_require_nonce,
        client_cache_bytes: config.client_cache_bytes,
        dev: false,
        in_force: config.in_force.clone(),
        tls: None,
        asks_for_certificates: config.mutual_tls.listen.is_some() || config.mutual_tls.header,
        mtls_url: config.mutual_tls.url.clone(),
        client_authorities: None,
    }
}

/// The master key, with the other one beside it.
///
/// # Errors
/// One of them has not the form that the settings were checked for.
pub fn master_key(config: &Config) -> Result<MasterKey> {
    let other = config.other_master_key.as_ref().map(|other| other.expose().parse()).transpose()?;
    Ok(config.master_key.expose().parse::<MasterKey>()?.beside(other))
}

fn of_config(config: &Config) -> Result<Opened> {
    Ok(Opened {
        settings: settings(config),
        db: pool::pool(config.database_url.expose().parse()?, CONNECTIONS),
        master_key: master_key(config)?,
        sends_mail: config.mail.is_some(),
        tls: config.tls.clone(),
        client_authorities: config.mutual_tls.authorities.clone(),
        _postgres: None,
    })
}

async fn of_data_dir(data_dir: &Path) -> Result<Opened> {
    let none = || format!("there is no installation in {}: `portcullis dev` makes one", data_dir.display());
    ensure!(data_dir.join("postgres").join("cluster").exists(), none());
    let master_key = fs::read_to_string(data_dir.join(dev::MASTER_KEY)).with_context(none)?.parse()?;
    let folder = data_dir.to_owned();
    let postgres = tokio::task::spawn_blocking(move || Postgres::start_or_join(&folder)).await??;
    let settings = app::Settings {
        outbound: dev::outbound(),
        defence: dev::defence(),
        registration: true,
        dev: true,
        ..app::Settings::new(dev_issuer(data_dir)?)
    };
    let db = pool::pool(postgres.url().parse()?, CONNECTIONS);
    let (tls, client_authorities) = (None, None);
    Ok(Opened { settings, db, master_key, sends_mail: false, tls, client_authorities, _postgres: Some(postgres) })
}

/// Where `portcullis dev` is reached, or would be if it ran.
fn dev_issuer(data_dir: &Path) -> Result<Issuer> {
    #[derive(Deserialize)]
    struct Description {
        issuer: String,
    }
    let description = fs::read_to_string(data_dir.join(dev::DEV_JSON)).ok();
    let running = description.and_then(|text| serde_json::from_str::<Description>(&text).ok());
    Ok(running.map_or_else(|| "http://localhost:8080".to_owned(), |description| description.issuer).parse()?)
}
