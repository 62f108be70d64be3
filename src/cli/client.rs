//! `portcullis client`: what the console does with clients.

mod settings;
mod view;

use std::{fs, io, path::Path};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::Duration;
use uuid::Uuid;

pub use self::{
    settings::{CreateArgs, MovingArgs, UpdateArgs},
    view::State,
};

use self::view::ClientView;
use super::{
    answer::{Answer, Problems},
    installation::operator,
    report::{Line, Report},
};
use crate::{
    app::App,
    policy::{
        client_metadata,
        moving::{
            Note,
            document::{self, Arrived, Reading},
        },
        refusal::Refusal,
    },
    protocol::client::Client,
    registry::{
        ChangeError, NoneMade, clients,
        documents::{Judged, judge},
    },
    store::{self, client_secrets},
};

/// What a table shows of them.
pub const COLUMNS: &[&str] = &["client_id", "client_name", "type", "enabled", "scope"];
/// What a report calls them.
const CLIENTS: &str = "clients";
/// How many clients are read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub enum ClientCommand {
    /// Register a client, or an array of them from a file. Its secret is printed this once.
    Create(Box<CreateArgs>),
    /// List all clients.
    List {
        /// Only those whose name or id holds this.
        #[arg(long)]
        search: Option<String>,
    },
    /// Show a client with the ends of its secrets.
    Show { client_id: String },
    /// Change what is given and leave the rest; with --metadata replace all settings.
    Update(Box<UpdateArgs>),
    /// Switch a client off and revoke everything it was granted.
    Disable { client_id: String },
    /// Switch a client on.
    Enable { client_id: String },
    /// Remove a client and revoke everything it was granted.
    Delete { client_id: String },
    /// Give a client a new secret, which is printed this once.
    RotateSecret {
        client_id: String,
        /// Seconds that the old secret works on; at most 30 days.
        #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
        overlap: i64,
        /// The secret that it takes the place of, by its name.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Give a client one more secret, of this name. It is printed this once.
    AddSecret { client_id: String, name: String },
    /// End a secret now. `client show` names its id.
    EndSecret { client_id: String, secret_id: Uuid },
}

/// What `--metadata` names: one client, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    Many(Vec<Map<String, Value>>),
    One(Map<String, Value>),
}

impl ClientCommand {
    /// Does what it says on the database.
    pub async fn run_here(self, app: &App) -> Result<Answer> {
        match self {
            Self::Create(args) => create(app, *args).await,
            Self::List { search } => list(app, search.as_deref()).await,
            Self::Show { client_id } => show(app, &client_id).await,
            Self::Update(args) => update(app, *args).await,
            Self::Disable { client_id } => set_enabled(app, &client_id, false).await,
            Self::Enable { client_id } => set_enabled(app, &client_id, true).await,
            Self::Delete { client_id } => {
                clients::delete(app, &operator(), &client_id).await.with_context(|| named(&client_id))?;
                Ok(Answer::one(json!({ "client_id": client_id, "deleted": true }))?)
            }
            Self::RotateSecret { client_id, overlap, name } => {
                add_secret(app, &client_id, &name, Some(Duration::seconds(overlap))).await
            }
            Self::AddSecret { client_id, name } => add_secret(app, &client_id, &name, None).await,
            Self::EndSecret { client_id, secret_id } => {
                clients::end_secret(app, &operator(), &client_id, secret_id)
                    .await
                    .with_context(|| named(&client_id))?;
                show(app, &client_id).await
            }
        }
    }
}

async fn create(app: &App, args: CreateArgs) -> Result<Answer> {
    let reading = args.moving.reading(app.clock.now());
    let dry_run = args.moving.dry_run;
    let described = match args.metadata.clone() {
        Some(file) => read_json(&file)?,
        None => OneOrMany::One(args.given()),
    };
    match described {
        OneOrMany::One(one) if dry_run => would_create(app, vec![one], &reading).await,
        OneOrMany::Many(many) if dry_run => would_create(app, many, &reading).await,
        OneOrMany::One(one) => {
            let Arrived { client, notes } = document::read(one, &reading).map_err(refused)?;
            for note in &notes {
                warn(None, note);
            }
            Ok(Answer::one(created(&clients::create(app, &operator(), client).await?))?)
        }
        OneOrMany::Many(many) => create_all(app, many, &reading).await,
    }
}

/// Says of each of them whether it could be registered, in this order, and what would be different.
async fn would_create(app: &App, many: Vec<Map<String, Value>>, reading: &Reading) -> Result<Answer> {
    let judged = judge(app, &operator(), many, reading).await?;
    let lines = judged.into_iter().map(|Judged { name, verdict }| match verdict {
        Ok(notes) => Line::taken(CLIENTS, name, notes),
        Err(error) => Line::refused(CLIENTS, name, &error),
    });
    let lines = lines.collect();
    Ok(Report { dry_run: true, lines }.answer()?)
}

/// Registers all of them, or none.
async fn create_all(app: &App, many: Vec<Map<String, Value>>, reading: &Reading) -> Result<Answer> {
    let (mut good, mut problems) = (Vec::with_capacity(many.len()), Vec::new());
    for (n, given) in many.into_iter().enumerate() {
        match document::read(given, reading) {
            Ok(Arrived { client, notes }) => {
                for note in &notes {
                    warn(Some(n), note);
                }
                good.push(client);
            }
            Err(refusals) => problems.extend(refusals.iter().map(|refusal| format!("client {n}: {refusal}"))),
        }
    }
    ensure!(problems.is_empty(), Problems(problems));

    let registered = clients::create_all(app, &operator(), good).await;
    let all = registered.map_err(|NoneMade { place, error }| match place {
        Some(n) => anyhow!(error).context(format!("client {n}")),
        None => anyhow!(error),
    })?;
    Ok(Answer::one(all.iter().map(created).collect::<Vec<_>>())?)
}

async fn list(app: &App, search: Option<&str>) -> Result<Answer> {
    let mut all = Vec::<Client>::new();
    loop {
        let last = all.last().map(|client| (client.name.as_str(), client.client_id.as_str()));
        let page = store::clients::page(
            &app.db,
            store::clients::Sought { text: search, ..store::clients::Sought::default() },
            store::span::Span::by_name(last, PAGE),
        )
        .await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let views = all.iter().map(ClientView::of).collect::<Vec<_>>();
    Ok(Answer::list(views, COLUMNS)?)
}

async fn show(app: &App, client_id: &str) -> Result<Answer> {
    let client = found(app, client_id).await?;
    let secrets = client_secrets::of_client(&app.db, client_id).await?;
    Ok(Answer::one(ClientView::of(&client).with_secrets(&secrets))?)
}

async fn update(app: &App, args: UpdateArgs) -> Result<Answer> {
    let id = args.client_id.clone();
    let before = found(app, &id).await?;
    let (given, revision) = match args.metadata.as_deref() {
        Some(file) => described_anew(read_json(file)?, &before)?,
        None => (before.metadata.members().into_iter().chain(args.given()).collect(), before.revision),
    };
    let metadata = client_metadata::read(given, Some(before.client_type)).map_err(refused)?;
    clients::update(app, &operator(), &id, revision, &metadata).await.with_context(|| named(&id))?;
    show(app, &id).await
}

/// Says on standard error what is different from the document.
pub fn warn(place: Option<usize>, Note { field, message }: &Note) {
    let whose = place.map_or_else(String::new, |n| format!("client {n}: "));
    eprintln!("{}", format!("{whose}{field}: {message}").replace(char::is_control, "\u{fffd}"));
}

/// The metadata of a client that there is, described anew, and the revision that it must have: that of the description,
/// if it has one.
fn described_anew(mut given: Map<String, Value>, before: &Client) -> Result<(Map<String, Value>, i32)> {
    let id = &before.client_id;
    let state = State::taken_from(&mut given)?;
    ensure!(
        state.enabled.is_none_or(|enabled| enabled == before.enabled),
        "enabled: run `portcullis client enable {id}` or `portcullis client disable {id}`"
    );
    ensure!(
        given.remove("client_secret").is_none_or(|secret| secret.is_null()),
        "client_secret: a secret is not updated: run `portcullis client rotate-secret {id}`"
    );
    ensure!(
        given.remove("client_id").is_none_or(|given| given.is_null() || given == id.as_str()),
        "client_id: the id of a client does not change"
    );
    Ok((given, state.revision.unwrap_or(before.revision)))
}

async fn set_enabled(app: &App, client_id: &str, enabled: bool) -> Result<Answer> {
    clients::set_enabled(app, &operator(), client_id, enabled).await.with_context(|| named(client_id))?;
    show(app, client_id).await
}

async fn add_secret(app: &App, client_id: &str, name: &str, overlap: Option<Duration>) -> Result<Answer> {
    let secret =
        clients::add_secret(app, &operator(), client_id, name, overlap).await.with_context(|| named(client_id))?;
    Ok(Answer::one(json!({
        "client_id": client_id,
        "client_secret": secret.expose(),
        "client_secret_expires_at": view::NEVER,
    }))?)
}

fn created(created: &clients::Created) -> ClientView {
    ClientView::of(&created.client).with_new_secret(&created.client, created.secret.as_ref())
}

async fn found(app: &App, client_id: &str) -> Result<Client> {
    let client = store::clients::find(&app.db, client_id).await?;
    client.with_context(|| format!("{}: it does not exist", named(client_id)))
}

fn named(client_id: &str) -> String {
    format!("client {client_id}")
}

/// Reads a file, or standard input (`-`).
pub fn read_json<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<T> {
    let text = if file == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = text.with_context(|| format!("the file {} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("the file {} is not JSON", file.display()))
}

/// Everything that is wrong with a description, as an error of a change.
pub fn refused(refusals: Vec<Refusal>) -> ChangeError {
    ChangeError::Invalid(refusals)
}
