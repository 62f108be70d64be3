//! `portcullis dev`: everything in one process tree for a first look.

mod doors;

use std::{
    env, fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Body,
    http::{Request, header::STRICT_TRANSPORT_SECURITY},
    middleware::map_response,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use http_body_util::BodyExt;
use ipnet::IpNet;
use tower::ServiceExt;
use tracing::level_filters::LevelFilter;

use self::doors::{DoorArgs, Doors};
use super::{logging, shutdown};
use crate::{
    app::{App, Settings},
    clock::Clock,
    config::{Defence, Issuer, TriedOut},
    dev::{self, Demo, demo, postgres::Postgres},
    jobs,
    keys::MasterKey,
    outbound::OutboundSettings,
    registry,
    routes::{self, Edge},
    server::{self, Limits},
    store::pool,
};

/// The file that tells scripts where the server is and with which credentials.
pub const DEV_JSON: &str = "dev.json";
/// The file with the key that seals secrets in the database.
pub const MASTER_KEY: &str = "master.key";
/// Where the database shares the cores with the server, more connections only push one another off them.
const CONNECTIONS: u32 = 8;

/// Run everything for a first look: a private PostgreSQL, demo data, a playground.
#[derive(Args)]
pub struct DevArgs {
    #[command(flatten)]
    doors: DoorArgs,
    /// The folder for the database and the keys.
    #[arg(long, default_value = ".portcullis")]
    data_dir: PathBuf,
    /// The issuer identifier; localhost with the port if not given.
    #[arg(long)]
    issuer: Option<Issuer>,
    /// Start with an empty registry.
    #[arg(long)]
    no_demo: bool,
    /// Throw away what is in the data folder first.
    #[arg(long)]
    fresh: bool,
}

/// Runs until SIGINT or SIGTERM, and leaves nothing running.
///
/// # Errors
/// Why it cannot start.
pub async fn run(args: DevArgs) -> Result<()> {
    args.doors.ensure_loopback()?;
    let ended = shutdown::signal();
    let data_dir = std::path::absolute(&args.data_dir)?;
    let postgres = start_postgres(&data_dir, args.fresh).await?;
    let served = serve(&args, &data_dir, &postgres, ended).await;
    let _ = fs::remove_file(data_dir.join(DEV_JSON));
    tokio::task::spawn_blocking(move || postgres.stop()).await?;
    served
}

async fn start_postgres(data_dir: &Path, fresh: bool) -> Result<Postgres> {
    let data_dir = data_dir.to_owned();
    let started = tokio::task::spawn_blocking(move || {
        if fresh && data_dir.exists() {
            Postgres::discard(&data_dir)?;
            for file in [DEV_JSON, MASTER_KEY, demo::FILE] {
                let _ = fs::remove_file(data_dir.join(file)); // it need not be there
            }
        }
        Postgres::start(&data_dir)
    });
    let postgres = started.await??;
    if let Some(folder) = postgres.elsewhere() {
        eprintln!("PostgreSQL cannot reach the data folder, so its cluster is in {}", folder.display());
    }
    Ok(postgres)
}

async fn serve(
    args: &DevArgs,
    data_dir: &Path,
    postgres: &Postgres,
    ended: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let _ = fs::remove_file(data_dir.join(DEV_JSON)); // of a server that was killed
    let doors = Doors::open(&args.doors, args.issuer.as_ref(), data_dir).await?;
    let app = start_app(&doors, data_dir, postgres).await?;
    jobs::start(&app, None);
    let demo = if args.no_demo { None } else { Some(Demo::prepare(&app, data_dir).await?) };

    let edge = || Edge { additional_hosts: doors.hosts.clone(), ..Edge::default() };
    let core = routes::router(&app, edge(), dev::mail::router(&app))?;
    let router = match &demo {
        Some(demo) => routes::router(&app, edge(), dev::router(&app, demo, core.clone()))?,
        None => core,
    };
    let mut description = describe(&app, demo.as_ref(), postgres);
    doors.describe(&mut description);
    let welcome = welcome(&app, demo.as_ref(), &router, doors.authority.as_deref()).await?;
    let _log = logging::start(LevelFilter::INFO)?; // from here on: the demo's making is no news
    app.started().await?;
    // Everybody here comes from this machine.
    let limits = Limits { connections_per_address: Limits::default().connections, ..Limits::default() };
    // Other programs serve on localhost too, and in clear.
    let router = router.layer(map_response(async |mut response: Response| {
        response.headers_mut().remove(STRICT_TRANSPORT_SECURITY);
        response
    }));
    let serving = tokio::spawn(server::serve(doors.listener, router, limits, Vec::new(), ended));
    demo::write_private(&data_dir.join(DEV_JSON), &serde_json::to_string_pretty(&description)?)?;
    println!("{welcome}");
    let served = serving.await?;
    app.stopped().await?;
    Ok(served?)
}

async fn start_app(doors: &Doors, data_dir: &Path, postgres: &Postgres) -> Result<App> {
    let master_key = master_key(data_dir)?;
    let db = pool::pool(postgres.url().parse()?, CONNECTIONS);
    pool::migrate(&db).await?;
    let tried_out = TriedOut::read(|name| env::var(name).ok());
    let tried_out = tried_out.map_err(|problems| anyhow::anyhow!(problems.join("\n")))?;
    let settings = Settings {
        outbound: OutboundSettings { authorities: tried_out.outbound_authorities, ..outbound() },
        document_hosts: tried_out.document_hosts,
        defence: defence(),
        security_contact: Some("mailto:security@portcullis.example".to_owned()),
        registration: true,
        dev: true,
        tls: doors.tls.clone(),
        asks_for_certificates: doors.mutual.is_some(),
        mtls_url: doors.mutual.as_ref().map(|mutual| mutual.url.clone()),
        client_authorities: doors.mutual.as_ref().map(|mutual| mutual.authorities.clone()),
        ..Settings::new(doors.issuer.clone())
    };
    let app = App::start(settings, db, Clock::default(), master_key).await?;
    registry::keys::create_missing(&app).await?;
    Ok(app)
}

/// Clients that are tried out run on this machine, so they may be called there.
pub fn outbound() -> OutboundSettings {
    let here = [IpNet::from(IpAddr::from(Ipv4Addr::LOCALHOST)), IpAddr::from(Ipv6Addr::LOCALHOST).into()];
    OutboundSettings { allowed_networks: here.into(), ..OutboundSettings::default() }
}

/// Everybody who tries things out here has the same address, and so has a load test: addresses are not limited.
pub fn defence() -> Defence {
    Defence { allowed_networks: outbound().allowed_networks, ..Defence::default() }
}

fn master_key(data_dir: &Path) -> Result<MasterKey> {
    let file = data_dir.join(MASTER_KEY);
    if let Ok(text) = fs::read_to_string(&file) {
        return text.parse().with_context(|| format!("{} is damaged", file.display()));
    }
    let key = MasterKey::generate().map_err(|_| anyhow::anyhow!("no random bytes"))?;
    demo::write_private(&file, &key.to_text())?;
    Ok(key)
}

fn describe(app: &App, demo: Option<&Demo>, postgres: &Postgres) -> serde_json::Value {
    let mut description = demo.map_or_else(|| serde_json::json!({}), |demo| demo.description(app));
    description["issuer"] = app.issuer().into();
    description["database_url"] = postgres.url().into();
    description["pid"] = std::process::id().into();
    description
}

/// Where to go, a first token, and three lines that work as they stand.
async fn welcome(app: &App, demo: Option<&Demo>, router: &Router, authority: Option<&Path>) -> Result<String> {
    let issuer = app.issuer();
    let curl = authority.map_or("curl -s".to_owned(), |file| format!("curl -s --cacert '{}'", file.display()));
    let Some(demo) = demo else { return Ok(format!("Portcullis is ready at {issuer}\n  console  {issuer}/admin\n")) };
    let token = first_token(app, demo, router).await?;
    let (service, api) = (&demo.service_secret, &demo.introspection_secret);
    let get_token = format!(
        "{curl} -u demo-service:{service} -d grant_type=client_credentials -d scope=records:read {issuer}/oauth2/token"
    );
    let access_token = format!("$({get_token} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')");
    Ok(format!(
        "Portcullis is ready at {issuer}

  playground  {issuer}/playground   sign in as alice with the password {user}
  console     {issuer}/admin        sign in as admin with the password {admin}
                                              and the code that {issuer}/dev/code shows
  mail        {issuer}/dev/mail     what people would get by mail
  discovery   {issuer}/.well-known/openid-configuration

A first access token:
{token}

Get one yourself, ask what it is worth, and call the sample API with it:

{get_token}

{curl} -u demo-records-api:{api} -d token=\"{access_token}\" {issuer}/oauth2/introspect

{curl} -H \"Authorization: Bearer {access_token}\" {issuer}/sample-api/records
",
        user = demo.user_password,
        admin = demo.admin_password,
    ))
}

async fn first_token(app: &App, demo: &Demo, router: &Router) -> Result<String> {
    let credentials = STANDARD.encode(format!("demo-service:{}", demo.service_secret));
    let request = Request::post("/oauth2/token")
        .header("host", app.settings.issuer.authority())
        .header("authorization", format!("Basic {credentials}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("grant_type=client_credentials&scope=records:read"))?;
    let answer = router.clone().oneshot(request).await?.into_body().collect().await?.to_bytes();
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    let token = answer["access_token"].as_str();
    token
        .map(ToOwned::to_owned)
        .with_context(|| format!("the first token was refused: {}", answer["error_description"]))
}
