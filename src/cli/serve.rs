//! `portcullis serve`: the server of production.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use axum::Router;
use clap::Args;
use tokio::net::TcpListener;

use super::{
    answer::Problems,
    installation::{ensure_migrated, master_key, read_config, settings},
    logging, shutdown,
};
use crate::{
    app::{self, App},
    clock::Clock,
    config::{AuthorityFiles, Config, TlsFiles},
    jobs,
    keys::ClientAuthorities,
    mail::smtp::Post,
    registry,
    routes::{self, Edge},
    server::{self, Limits, Listener, tls::Tls},
    store::pool,
};

/// Run the server.
#[derive(Args)]
pub struct ServeArgs {
    /// The settings; `portcullis.toml` if it exists.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read the settings, report every problem, and exit.
    #[arg(long)]
    check: bool,
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// Everything that is wrong with the settings, or why the server cannot start.
pub async fn run(args: &ServeArgs) -> Result<()> {
    let config = read_config(args.config.as_deref())?;
    let tls = config.tls.as_ref().map(load_tls).transpose()?;
    let authorities = config.mutual_tls.authorities.as_ref().map(load_authorities).transpose()?;
    if args.check {
        eprintln!("The settings are in order.");
        return Ok(());
    }
    let _log = logging::start(config.log_level).context("the log cannot be written")?;
    let ended = (shutdown::signal(), shutdown::signal());
    let app = start_app(&config, tls.clone(), authorities).await?;
    jobs::start(&app, config.mail.as_ref().map(Post::new).transpose()?);
    let edge = Edge {
        trusted_proxies: config.trusted_proxies.clone(),
        additional_hosts: config.additional_hosts.clone(),
        client_cert_header: config.mutual_tls.header,
    };
    let router = routes::router(&app, edge, Router::new())?;
    let spared = [&config.trusted_proxies[..], &config.defence.allowed_networks].concat();
    let (public, operations) = (listener(&config, tls).await?, bind(config.operations_listen).await?);
    let operators = routes::operations(&app)?;

    app.started().await?;
    tracing::info!(issuer = app.issuer(), version = env!("CARGO_PKG_VERSION"), "serving");
    let served = tokio::try_join!(
        server::serve(public, router, public_limits(&config), spared, ended.0),
        server::serve(operations, operators, operations_limits(), Vec::new(), ended.1),
    );
    app.stopped().await?;
    served?;
    tracing::info!("ended");
    Ok(())
}

/// The certificate, or what is wrong with it as a problem of the settings.
fn load_tls(TlsFiles { certificate, key }: &TlsFiles) -> Result<Arc<Tls>, Problems> {
    let loaded = Tls::load(certificate, key);
    loaded.map(Arc::new).map_err(|error| Problems(vec![format!("tls.certificate and tls.key: {error}")]))
}

/// Who vouches for clients, or what is wrong with it as a problem of the settings.
fn load_authorities(files: &AuthorityFiles) -> Result<Arc<ClientAuthorities>, Problems> {
    let loaded = ClientAuthorities::load(&files.certificates, files.revoked.as_deref());
    loaded.map(Arc::new).map_err(|error| Problems(vec![format!("tls.client_ca and tls.client_crl: {error}")]))
}

async fn listener(config: &Config, tls: Option<Arc<Tls>>) -> Result<Listener> {
    let tcp = bind(config.listen).await?;
    let Some(tls) = tls else { return Ok(Listener::Clear(tcp)) };
    let mutual = match config.mutual_tls.listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    Ok(Listener::Tls { tcp, tls, mutual })
}

async fn start_app(
    config: &Config,
    tls: Option<Arc<Tls>>,
    client_authorities: Option<Arc<ClientAuthorities>>,
) -> Result<App> {
    let db = pool::pool(config.database_url.expose().parse()?, config.database_max_connections);
    ensure_migrated(&db).await?;
    let settings = app::Settings { tls, client_authorities, ..settings(config) };
    let app = App::start(settings, db, Clock::default(), master_key(config)?).await?;
    registry::keys::create_missing(&app).await?;
    Ok(app)
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

fn public_limits(config: &Config) -> Limits {
    Limits { connections_per_address: config.defence.address_connections as usize, ..Limits::default() }
}

/// A few probes ask one short question each, maybe all from one address.
fn operations_limits() -> Limits {
    Limits { connections: 64, connections_per_address: 64, shutdown: Duration::from_secs(1), ..Limits::default() }
}
