//! `portcullis client --server`

use anyhow::{Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::{
    admin_api::operations as op,
    app::App,
    cli::{
        answer::Answer,
        client::{COLUMNS, ClientCommand, CreateArgs, OneOrMany, State, UpdateArgs, read_json, refused, warn},
        installation::Administration,
        server::{Server, shown},
    },
    clock::Clock,
    policy::moving::document::{self, Arrived},
};

impl Administration for ClientCommand {
    async fn run(self, app: &App) -> Result<Answer> {
        self.run_here(app).await
    }

    async fn through(self, server: &Server) -> Result<Answer> {
        match self {
            Self::Create(args) => create(server, *args).await,
            Self::List { search } => {
                let all = server.list(&op::LIST_CLIENTS, &[("q", search.as_deref())], None).await?;
                Ok(Answer::list(all, COLUMNS)?)
            }
            Self::Show { client_id } => shown(server.call(&op::SHOW_CLIENT, &[&client_id], None).await?),
            Self::Update(args) => update(server, *args).await,
            Self::Disable { client_id } => shown(server.call(&op::DISABLE_CLIENT, &[&client_id], None).await?),
            Self::Enable { client_id } => shown(server.call(&op::ENABLE_CLIENT, &[&client_id], None).await?),
            Self::Delete { client_id } => {
                server.call(&op::DELETE_CLIENT, &[&client_id], None).await?;
                shown(json!({ "client_id": client_id, "deleted": true }))
            }
            Self::RotateSecret { client_id, overlap, name } => {
                let body = json!({ "name": name, "overlap": overlap });
                shown(server.call(&op::ROTATE_SECRET, &[&client_id], Some(body)).await?)
            }
            Self::AddSecret { client_id, name } => add_secret(server, &client_id, &name).await,
            Self::EndSecret { client_id, secret_id } => {
                server.call(&op::END_SECRET, &[&client_id, &secret_id.to_string()], None).await?;
                shown(server.call(&op::SHOW_CLIENT, &[&client_id], None).await?)
            }
        }
    }
}

async fn create(server: &Server, args: CreateArgs) -> Result<Answer> {
    ensure!(!args.moving.dry_run, "--dry-run works on the database itself: leave out --server.");
    let Some(file) = args.metadata.clone() else {
        return shown(server.call(&op::REGISTER_CLIENT, &[], Some(Value::Object(args.given()))).await?);
    };
    let reading = args.moving.reading(Clock::default().now());
    let (many, is_list) = match read_json(&file)? {
        OneOrMany::Many(many) => (many, true),
        OneOrMany::One(one) => (vec![one], false),
    };
    let mut changes = Vec::with_capacity(many.len());
    for (n, given) in many.into_iter().enumerate() {
        let Arrived { client, notes } = document::read(given, &reading).map_err(refused)?;
        for note in &notes {
            warn(is_list.then_some(n), note);
        }
        if client.client_secret.is_some() {
            bail!(
                "client {n}: client_secret: a secret that it brings is taken over on the database only: leave out --server"
            );
        }
        let mut body = client.metadata.members();
        body.extend(client.client_id.clone().map(|id| ("client_id".to_owned(), id.into())));
        changes.push(json!({ "operation": op::REGISTER_CLIENT.id, "body": body }));
        if !client.enabled {
            let Some(id) = client.client_id else {
                bail!("client {n}: enabled: give it an id to register it disabled")
            };
            changes.push(json!({ "operation": op::DISABLE_CLIENT.id, "id": id }));
        }
    }
    let made = server.call(&op::MAKE_CHANGES, &[], Some(json!({ "changes": changes }))).await?;
    let registered = made["answers"].as_array().into_iter().flatten();
    let registered = registered.filter(|one| one["client_secret_expires_at"].is_number()).cloned().collect::<Vec<_>>();
    if is_list { Ok(Answer::one(registered)?) } else { shown(registered.into_iter().next().unwrap_or_default()) }
}

async fn update(server: &Server, args: UpdateArgs) -> Result<Answer> {
    let id = args.client_id.clone();
    let Value::Object(before) = server.call(&op::SHOW_CLIENT, &[&id], None).await? else { bail!("{id}: no client") };
    let body: Map<_, _> = match args.metadata.as_deref() {
        Some(file) => {
            let mut given: Map<String, Value> = read_json(file)?;
            let state = State::taken_from(&mut given)?;
            let revision = state.revision.map_or_else(|| before["revision"].clone(), Value::from);
            given.into_iter().chain([("revision".to_owned(), revision)]).collect()
        }
        None => before.into_iter().chain(args.given()).collect(),
    };
    shown(server.call(&op::REPLACE_CLIENT, &[&id], Some(Value::Object(body))).await?)
}

/// A secret of a name that none has: a rotation would put it in the place of another.
async fn add_secret(server: &Server, client_id: &str, name: &str) -> Result<Answer> {
    let client = server.call(&op::SHOW_CLIENT, &[client_id], None).await?;
    let is_there = client["secrets"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name));
    ensure!(!is_there, "client {client_id}: name: it has a secret of this name: rotate that, or use another name");
    let body = json!({ "name": name });
    shown(server.call(&op::ROTATE_SECRET, &[client_id], Some(body)).await?)
}
