//! The command line: one file for each command.
//!
//! Commands that change what is registered call the functions of [`registry`](crate::registry) that the console calls,
//! on the database itself, whether a server runs or not. With `--server` those about the registry, users, keys and the audit
//! trail work through the admin API of a server elsewhere (`cli/server.rs`).

mod answer;
mod api;
mod audit;
mod client;
mod config;
mod dev;
mod doctor;
mod import;
mod installation;
mod key;
mod level;
mod log_writer;
mod logging;
mod migrate;
mod network;
mod registry;
mod report;
mod revoke_all;
mod role;
mod serve;
mod server;
mod shutdown;
mod through;
mod user;
mod why;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tokio::runtime::Runtime;

use crate::registry::ChangeError;
use installation::Installation;

/// An OAuth 2.0 authorization server and OpenID Connect provider.
#[derive(Parser)]
#[command(name = "portcullis", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dev(dev::DevArgs),
    Serve(serve::ServeArgs),
    Migrate(migrate::MigrateArgs),
    /// Check an installation and say what to do about each finding.
    Doctor(Installation),
    /// Print every setting that is in force, and from where: of secrets, only whether they are set.
    Config(Installation),
    /// Register and change clients.
    Client {
        #[command(subcommand)]
        command: client::ClientCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// Take over clients, roles and users of another server.
    Import {
        #[command(subcommand)]
        command: import::ImportCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// Register and change APIs and their scopes.
    Api {
        #[command(subcommand)]
        command: api::ApiCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// Add and change the accounts of users.
    User {
        #[command(subcommand)]
        command: user::UserCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// Add and change roles.
    Role {
        #[command(subcommand)]
        command: role::RoleCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// Keep APIs, roles and clients in a file: write it, compare it, apply it.
    Registry {
        #[command(subcommand)]
        command: registry::RegistryCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// Say what a token of a client would hold now, and why each scope is in it or not.
    Why {
        #[command(flatten)]
        args: why::WhyArgs,
        #[command(flatten)]
        installation: Installation,
    },
    /// See, rotate and withdraw the signing keys, and change the master key.
    Key {
        #[command(subcommand)]
        command: key::KeyCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// Block networks for a while, and let them in again.
    Network {
        #[command(subcommand)]
        command: network::NetworkCommand,
        #[command(flatten)]
        installation: Installation,
    },
    /// End every session, code, token and mailed link: after a restore, or when everything may be stolen.
    RevokeAll(Installation),
    /// Read the audit trail of what was done.
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
        #[command(flatten)]
        installation: Installation,
    },
}

/// Does what the arguments say. Exits with 2 if they are no command, with 1 if it fails, and otherwise as the command says.
#[must_use]
pub fn run() -> ExitCode {
    let command = Arguments::parse().command;
    let done = forbid_core_dumps().and_then(|()| Runtime::new()?.block_on(execute(command)));
    done.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Memory holds keys and tokens: it is written to no core file, handed to no crash reporter, and no other process of the
/// same account may look into it.
fn forbid_core_dumps() -> Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

async fn execute(command: Command) -> Result<ExitCode> {
    match command {
        Command::Dev(args) => dev::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Serve(args) => serve::run(&args).await.map(|()| ExitCode::SUCCESS),
        Command::Migrate(args) => migrate::run(&args).await.map(|()| ExitCode::SUCCESS),
        Command::Doctor(installation) => doctor::run(&installation).await,
        Command::Config(installation) => config::run(&installation).await,
        Command::Client { command, installation } => installation.administer(command).await,
        Command::Import { command, installation } => installation.answer(async |app| command.run(app).await).await,
        Command::Api { command, installation } => installation.administer(command).await,
        Command::User { command, installation } => installation.administer(command).await,
        Command::Role { command, installation } => installation.administer(command).await,
        Command::Registry { command, installation } => installation.administer(command).await,
        Command::Why { args, installation } => installation.administer(args).await,
        Command::Key { command, installation } => installation.administer(command).await,
        Command::Network { command, installation } => installation.administer(command).await,
        Command::RevokeAll(installation) => installation.answer(async |app| revoke_all::run(app).await).await,
        Command::Audit { command, installation } => installation.administer(command).await,
    }
}

/// Says what went wrong, each problem on a line of its own.
fn report(error: &anyhow::Error) {
    match error.downcast_ref() {
        Some(ChangeError::Invalid(problems)) => problems.iter().for_each(|problem| eprintln!("{problem}")),
        _ => eprintln!("{error:#}"),
    }
}
