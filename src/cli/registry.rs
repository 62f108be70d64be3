//! `portcullis registry`: APIs, roles and clients as a file, to be kept beside other code.

use std::{
    fmt::Write as _,
    fs,
    io::{self, IsTerminal, Read, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, plain},
    installation::{Problems, operator},
};
use crate::{
    app::App,
    policy::registry_file::{Act, Described, Difference, Registered, Step, compare},
    protocol::json::parse_object,
    registry::{NoneMade, registry_file},
    secret::Secret,
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

/// What is to be done, and what is left alone.
struct Planned {
    steps: Vec<Step>,
    /// What the file does not know, and stays: kinds and names.
    kept: Vec<(&'static str, String)>,
}

impl RegistryCommand {
    pub async fn run(self, app: &App) -> Result<Answer> {
        match self {
            Self::Export { file } => export(app, &file).await,
            Self::Plan(args) => {
                let planned = planned(app, &args).await?;
                let differs = !planned.steps.is_empty();
                Ok(Answer::told(planned.to_json(), planned.text()).differing(differs))
            }
            Self::Apply { args, yes } => {
                let planned = planned(app, &args).await?;
                if !planned.steps.is_empty() && !yes {
                    ask(&planned, &args.file)?;
                }
                let secrets = registry_file::apply(app, &operator(), &planned.steps).await;
                let secrets = secrets.map_err(|none| planned.refused(none))?;
                let mut value = planned.to_json();
                let told = |(id, secret): &(String, Secret)| (id.clone(), Value::from(secret.expose()));
                value["client_secrets"] = Value::Object(secrets.iter().map(told).collect());
                Ok(Answer::told(value, planned.text() + &text_of(&secrets)))
            }
        }
    }
}

async fn export(app: &App, file: &Path) -> Result<Answer> {
    let described = registry_file::read(app).await?.described();
    let value = described.to_json();
    let text =
        if is_json(file)? { serde_json::to_string_pretty(&value)? + "\n" } else { toml::to_string_pretty(&value)? };
    if file == Path::new(STANDARD) {
        return Ok(Answer::told(value, text));
    }
    fs::write(file, text).with_context(|| file.display().to_string())?;
    let Described { apis, roles, clients } = described;
    let counts = json!({ "apis": apis.len(), "roles": roles.len(), "clients": clients.len() });
    Ok(Answer::one(counts)?)
}

async fn planned(app: &App, args: &FileArgs) -> Result<Planned> {
    let wanted = read(&args.file)?;
    let there = registry_file::read(app).await?;
    let steps = compare(&there, &wanted, args.prune);
    let kept = if args.prune { Vec::new() } else { unknown_to(&there, &wanted) };
    Ok(Planned { steps, kept })
}

fn unknown_to(there: &Registered, wanted: &Described) -> Vec<(&'static str, String)> {
    let pruned = compare(there, wanted, true).into_iter().filter(|step| step.act == Act::Delete);
    pruned.map(|step| (step.kind, step.name)).collect()
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
fn ask(planned: &Planned, file: &Path) -> Result<()> {
    if file == Path::new(STANDARD) || !io::stdin().is_terminal() {
        bail!("Nothing was applied: there is nobody to ask. Give --yes to apply without being asked.");
    }
    let mut terminal = io::stderr();
    write!(terminal, "{}Apply this? Type yes: ", planned.text())?;
    terminal.flush()?;
    let mut typed = String::new();
    io::stdin().read_line(&mut typed)?;
    if typed.trim() == "yes" { Ok(()) } else { bail!("Nothing was applied.") }
}

impl Planned {
    fn counts(&self) -> [usize; 3] {
        [Act::Add, Act::Change, Act::Delete].map(|act| self.steps.iter().filter(|step| step.act == act).count())
    }

    fn to_json(&self) -> Value {
        let [add, change, delete] = self.counts();
        let difference = |one: &Difference| json!({ "field": one.field, "before": one.before, "after": one.after });
        let step = |step: &Step| {
            let differences = step.differences.iter().map(difference).collect::<Vec<_>>();
            json!({ "act": word(step.act), "kind": step.kind, "name": step.name, "differences": differences })
        };
        let kept = self.kept.iter().map(|(kind, name)| json!({ "kind": kind, "name": name })).collect::<Vec<_>>();
        json!({
            "add": add, "change": change, "delete": delete, "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "kept": kept,
        })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for Step { act, kind, name, differences, .. } in &self.steps {
            let _ = writeln!(text, "{:6} {kind} {}", word(*act), one_line(name)); // a String takes everything
            for difference in differences {
                let _ = writeln!(text, "       {}", in_words(*act, difference));
            }
        }
        for (kind, name) in &self.kept {
            let _ = writeln!(text, "keep   {kind} {}, which the file does not know", one_line(name));
        }
        let [add, change, delete] = self.counts();
        let _ = match self.steps.len() {
            0 => writeln!(text, "Everything is as the file says."),
            _ => writeln!(text, "In all: {add} to add, {change} to change, {delete} to delete."),
        };
        text
    }

    /// Why nothing was applied, with the step that was refused.
    fn refused(&self, NoneMade { place, error }: NoneMade) -> anyhow::Error {
        match place.and_then(|place| self.steps.get(place)) {
            Some(Step { kind, name, .. }) => anyhow!("Nothing was applied: {kind} {}: {error}", one_line(name)),
            None => anyhow!("Nothing was applied: {error}"),
        }
    }
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

fn text_of(secrets: &[(String, Secret)]) -> String {
    let mut text = String::new();
    for (id, secret) in secrets {
        let _ = writeln!(text, "client_secret of {}, which is told this once: {}", one_line(id), secret.expose());
    }
    text
}
