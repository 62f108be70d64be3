//! `portcullis import`: takes over what another server exported.
//!
//! What can come comes all at once, what cannot is listed by name, and what there is already stays as it is: so it can be
//! run again once something was put right.

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{
    answer::Answer,
    client::{MovingArgs, read_json},
    installation::operator,
    report::{Line, Outcome, Report},
};
use crate::{
    accounts::arrival::{Arrivals, Came, Settled, settle},
    app::App,
    policy::{
        moving::{
            document::{Arrived, Reading},
            hydra,
            keycloak::{self, Realm, Roles},
        },
        refusal::Refusal,
    },
    registry::{Attempt, ChangeError},
};

/// Every so many hashed passwords are told.
const TOLD: usize = 1_000;

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Clients, roles, groups and users of a realm, with their passwords and authenticator apps.
    Keycloak(ImportArgs),
    /// The clients of an Ory Hydra.
    Hydra(ImportArgs),
}

#[derive(Args)]
pub struct ImportArgs {
    /// What was exported: `kc.sh export --users same_file`, `hydra list clients --format json`. `-`: standard input.
    file: PathBuf,
    #[command(flatten)]
    moving: MovingArgs,
}

/// What is read of an export, each thing with its name.
#[derive(Default)]
struct Import {
    arrivals: Arrivals,
    /// The lines of those that arrive, in the same order.
    roles: Vec<Line>,
    users: Vec<Line>,
    clients: Vec<Line>,
    /// Those that do not.
    refused: Vec<Line>,
}

impl ImportCommand {
    pub async fn run(self, app: &App) -> Result<Answer> {
        let registry = app.snapshot().await?;
        let scopes = registry.registry().apis().flat_map(|api| api.scopes.keys().cloned()).collect::<BTreeSet<_>>();
        let now = app.clock.now();
        let reading = |moving: &MovingArgs| Reading { only: Some(scopes), ..moving.reading(now) };
        let (import, dry_run) = match self {
            Self::Keycloak(args) => (of_realm(&read_json(&args.file)?, &reading(&args.moving)), args.moving.dry_run),
            Self::Hydra(args) => (of_hydra(read_json(&args.file)?, &reading(&args.moving)), args.moving.dry_run),
        };
        let Import { arrivals, roles, users, clients, refused } = import;
        let attempt = if dry_run { Attempt::DryRun } else { Attempt::Real };
        let told = |hashed: usize| {
            if hashed.is_multiple_of(TOLD) {
                eprintln!("{hashed} passwords are hashed.");
            }
        };
        let settled = settle(app, &operator(), arrivals, attempt, told).await?;
        Ok(Report { dry_run, lines: told_of(settled, (roles, users, clients), refused, attempt) }.answer()?)
    }
}

fn of_realm(realm: &Realm, reading: &Reading) -> Import {
    let mut import = Import::default();
    let mut roles = Roles::of(realm);
    for role in std::mem::take(&mut roles.arrived) {
        import.roles.push(Line::taken("roles", &role.name, role.notes.clone()));
        import.arrivals.roles.push(role);
    }
    for user in &realm.users {
        match keycloak::read_user(user, &roles) {
            None => {}
            Some(Ok(arrived)) => {
                import.users.push(Line::taken("users", &user.username, Vec::new()));
                import.arrivals.users.push(arrived);
            }
            Some(Err(why)) => import.refused.push(refused("users", &user.username, vec![why])),
        }
    }
    for client in &realm.clients {
        import.take(&client.client_id, keycloak::read_client(client, &realm.client_scopes, reading));
    }
    import
}

fn of_hydra(clients: hydra::Clients, reading: &Reading) -> Import {
    let mut import = Import::default();
    for (n, client) in clients.each().into_iter().enumerate() {
        let name =
            client.get("client_id").and_then(|id| id.as_str()).map_or_else(|| format!("number {n}"), str::to_owned);
        import.take(&name, hydra::read(client, reading));
    }
    import
}

impl Import {
    fn take(&mut self, name: &str, read: Result<Arrived, Vec<Refusal>>) {
        match read {
            Ok(Arrived { client, notes }) => {
                self.clients.push(Line::taken("clients", name, notes));
                self.arrivals.clients.push(client);
            }
            Err(why) => self.refused.push(refused("clients", name, why)),
        }
    }
}

fn refused(kind: &'static str, name: &str, why: Vec<Refusal>) -> Line {
    Line::refused(kind, name, &ChangeError::Invalid(why))
}

/// What became of each. The secret that was made for a client is told only if it holds.
fn told_of(
    settled: Settled,
    (roles, users, clients): (Vec<Line>, Vec<Line>, Vec<Line>),
    refused: Vec<Line>,
    attempt: Attempt,
) -> Vec<Line> {
    let mut told = Vec::new();
    told.extend(roles.into_iter().zip(settled.roles).map(|(line, came)| told_one(line, &came)));
    told.extend(users.into_iter().zip(settled.users).map(|(line, (came, notes))| {
        let line = Line::taken(line.kind, line.name, notes);
        told_one(line, &came)
    }));
    told.extend(clients.into_iter().zip(settled.clients).map(|(line, came)| {
        let line = told_one(line, &came);
        match came {
            Came::Made(created)
                if attempt == Attempt::Real && created.client.secrets.iter().any(|secret| secret.generated) =>
            {
                let client_secret = created.secret.map(|secret| secret.expose().to_owned());
                Line { client_secret, ..line }
            }
            _ => line,
        }
    }));
    told.extend(refused);
    told
}

fn told_one<T>(line: Line, came: &Came<T>) -> Line {
    match came {
        Came::Made(_) => line,
        Came::Exists => Line { outcome: Outcome::Exists, notes: Vec::new(), ..line },
        Came::Refused(why) => Line::refused(line.kind, line.name, why),
    }
}
