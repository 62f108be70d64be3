//! `portcullis registry`: APIs, roles and clients as a file, to be kept beside other code.

use std::{
    fmt::Write as _,
    fs,
    io::{self, IsTerminal, Read, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Problems, plain},
    installation::{Administration, operator},
    server::Server,
};
use crate::{
    admin_api::operations as op,
    app::App,
    policy::registry_file::{Act, Described, Difference, Kept, Step, Told, ToldStep},
    protocol::json::parse_object,
    registry::{NoneMade, registry_file},
};

/// What a file is called that is standard input or output.
const STANDARD: &str = "-";

#[derive(Subcommand)]
pub enum RegistryCommand {
    /// Write what is registered to a file: no users, no secrets.
    Export {
        /// Its ending says how: .toml or .json. `-`: standard output, as TOML.
        file: PathBuf,
    },
    /// Say what is registered otherwise than a file says. Exits with 2 if there is anything.
    Plan(FileArgs),
    /// Make what is registered what a file says: all of it, or nothing.
    Apply {
        #[command(flatten)]
        args: FileArgs,
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
pub struct FileArgs {
    /// Its ending says how it is written: .toml or .json. `-`: standard input, as TOML.
    file: PathBuf,
    /// Delete what the file does not know.
    #[arg(long)]
    prune: bool,
}

/// Where a registry is: in the database, or behind a server.
trait Registry {
    /// The file that says what is registered.
    async fn described(&self) -> Result<Value>;
    /// What is to be done to make it what a file says.
    async fn plan(&self, wanted: &Described, prune: bool) -> Result<Told>;
    /// Does that, and nothing else. Tells the secrets of new clients, each by its client's id.
    async fn apply(&self, wanted: &Described, prune: bool, plan: &Told) -> Result<Map<String, Value>>;
}

impl Administration for RegistryCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.on(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        self.on(server).await
    }
}

impl RegistryCommand {
    async fn on(self, registry: &impl Registry) -> Result<Answer> {
        match self {
            Self::Export { file } => export(&registry.described().await?, &file),
            Self::Plan(FileArgs { file, prune }) => {
                let told = registry.plan(&read(&file)?, prune).await?;
                let differs = !told.steps.is_empty();
                Ok(Answer::told(json!(told), text(&told)).differing(differs))
            }
            Self::Apply { args: FileArgs { file, prune }, yes } => {
                let wanted = read(&file)?;
                let told = registry.plan(&wanted, prune).await?;
                if !told.steps.is_empty() && !yes {
                    ask(&told, &file)?;
                }
                let secrets = registry.apply(&wanted, prune, &told).await?;
                let (mut value, text) = (json!(told), text(&told) + &text_of(&secrets));
                value["client_secrets"] = Value::Object(secrets);
                Ok(Answer::told(value, text))
            }
        }
    }
}

impl Registry for App {
    async fn described(&self) -> Result<Value> {
        Ok(registry_file::read(self).await?.described().to_json())
    }

    async fn plan(&self, wanted: &Described, prune: bool) -> Result<Told> {
        Ok(registry_file::plan(self, wanted, prune).await?.told)
    }

    async fn apply(&self, wanted: &Described, prune: bool, told: &Told) -> Result<Map<String, Value>> {
        let plan = registry_file::plan(self, wanted, prune).await?;
        ensure!(plan.told == *told, "Nothing was applied: something was changed meanwhile. Plan again.");
        let applied = registry_file::apply(self, &operator(), &plan).await;
        let secrets = applied.map_err(|NoneMade { place, error }| match place.and_then(|n| plan.steps.get(n)) {
            Some(Step { kind, name, .. }) => anyhow!("Nothing was applied: {kind} {}: {error}", one_line(name)),
            None => anyhow!("Nothing was applied: {error}"),
        })?;
        Ok(secrets.iter().map(|(id, secret)| (id.clone(), secret.expose().into())).collect())
    }
}

impl Registry for Server {
    async fn described(&self) -> Result<Value> {
        self.call(&op::SHOW_REGISTRY, &[], None).await
    }

    async fn plan(&self, wanted: &Described, prune: bool) -> Result<Told> {
        let body = json!({ "registry": wanted.to_json(), "prune": prune });
        Ok(serde_json::from_value(self.call(&op::PLAN_REGISTRY, &[], Some(body)).await?)?)
    }

    async fn apply(&self, wanted: &Described, prune: bool, plan: &Told) -> Result<Map<String, Value>> {
        let body = json!({ "registry": wanted.to_json(), "prune": prune, "plan": plan });
        let applied = self.call(&op::APPLY_REGISTRY, &[], Some(body)).await.context("Nothing was applied")?;
        Ok(applied["client_secrets"].as_object().cloned().unwrap_or_default())
    }
}

fn export(value: &Value, file: &Path) -> Result<Answer> {
    let text =
        if is_json(file)? { serde_json::to_string_pretty(value)? + "\n" } else { toml::to_string_pretty(value)? };
    if file == Path::new(STANDARD) {
        return Ok(Answer::told(value.clone(), text));
    }
    fs::write(file, text).with_context(|| file.display().to_string())?;
    let count = |kind: &str| value[kind].as_array().map_or(0, Vec::len);
    Ok(Answer::one(json!({ "apis": count("apis"), "roles": count("roles"), "clients": count("clients") }))?)
}

fn read(file: &Path) -> Result<Described> {
    let mut text = String::new();
    let read = if file == Path::new(STANDARD) {
        io::stdin().read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.with_context(|| file.display().to_string())?;
    let members: Map<String, Value> = if is_json(file)? {
        parse_object(text.as_bytes()).with_context(|| file.display().to_string())?
    } else {
        toml::from_str(&text).with_context(|| file.display().to_string())?
    };
    Described::read(members).map_err(|problems| Problems(problems).into())
}

fn is_json(file: &Path) -> Result<bool> {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(true),
        Some("toml") => Ok(false),
        _ if file == Path::new(STANDARD) => Ok(false),
        _ => bail!("{}: name the file .toml or .json", file.display()),
    }
}

/// Shows what is to be done, and asks whether to.
fn ask(told: &Told, file: &Path) -> Result<()> {
    if file == Path::new(STANDARD) || !io::stdin().is_terminal() {
        bail!("Nothing was applied: there is nobody to ask. Give --yes to apply without being asked.");
    }
    let mut terminal = io::stderr();
    write!(terminal, "{}Apply this? Type yes: ", text(told))?;
    terminal.flush()?;
    let mut typed = String::new();
    io::stdin().read_line(&mut typed)?;
    if typed.trim() == "yes" { Ok(()) } else { bail!("Nothing was applied.") }
}

fn text(told: &Told) -> String {
    let mut text = String::new();
    for ToldStep { act, kind, name, differences } in &told.steps {
        let _ = writeln!(text, "{:6} {} {}", word(*act), one_line(kind), one_line(name)); // a String takes everything
        for difference in differences {
            let _ = writeln!(text, "       {}", in_words(*act, difference));
        }
    }
    for Kept { kind, name } in &told.kept {
        let _ = writeln!(text, "keep   {} {}, which the file does not know", one_line(kind), one_line(name));
    }
    let Told { add, change, delete, .. } = told;
    let _ = match told.steps.len() {
        0 => writeln!(text, "Everything is as the file says."),
        _ => writeln!(text, "In all: {add} to add, {change} to change, {delete} to delete."),
    };
    text
}

const fn word(act: Act) -> &'static str {
    match act {
        Act::Add => "add",
        Act::Change => "change",
        Act::Delete => "delete",
    }
}

/// A member that differs: of lists and names what comes and goes, of other values both.
fn in_words(act: Act, Difference { field, before, after }: &Difference) -> String {
    if act == Act::Add {
        return format!("{field}: {}", plain(after));
    }
    if let (Some(before), Some(after)) = (parts(field, before), parts(field, after)) {
        let gone = before.iter().filter(|one| !after.contains(one)).map(|one| format!("-{one}"));
        let new = after.iter().filter(|one| !before.contains(one)).map(|one| format!("+{one}"));
        return format!("{field}: {}", gone.chain(new).collect::<Vec<_>>().join(" "));
    }
    let value = |value: &Value| if value.is_null() { "as usual".to_owned() } else { plain(value) };
    format!("{field}: {} → {}", value(before), value(after))
}

/// The parts of a list, or of the scopes of a client. `None`: it has no parts.
fn parts(field: &str, value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(all) => Some(all.iter().map(plain).collect()),
        Value::Object(members) => {
            Some(members.iter().map(|(name, value)| format!("{}={}", one_line(name), plain(value))).collect())
        }
        Value::String(text) if field == "scope" => Some(text.split(' ').map(one_line).collect()),
        Value::Null if matches!(field, "scope" | "scopes" | "redirect_uris") => Some(Vec::new()),
        _ => None,
    }
}

fn one_line(text: &str) -> String {
    plain(&Value::from(text))
}

fn text_of(secrets: &Map<String, Value>) -> String {
    let line = |(id, secret): (&String, &Value)| {
        format!("client_secret of {}, which is told this once: {}\n", one_line(id), plain(secret))
    };
    secrets.iter().map(line).collect()
}
