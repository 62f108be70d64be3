//! Home: what needs doing, and how it goes.

pub mod attention;
mod period;
pub mod plots;

use askama::Template;
use axum::response::{IntoResponse, Response};
use time::OffsetDateTime;

use attention::Task;
use period::Period;
use plots::Ranked;

use super::{
    chart::Chart,
    client, form,
    session::{self, Administrator},
};
use crate::{
    policy::permission::Permission,
    store::{
        attention::beginnings,
        counts,
        signing_keys::{self, SigningKeyRow},
    },
    web::{
        form::Query,
        page::{Section, Shell},
    },
};

/// How old a key is that fills the picture.
const OLD: i64 = 365;

/// The first page of the console.
#[derive(Template)]
#[template(path = "console/home.html")]
pub struct Home<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// How to begin, until tokens are issued.
    pub first_steps: Vec<FirstStep>,
    /// What needs doing.
    pub tasks: Vec<Task>,
    /// The ways to other periods: what they are called, where they are, and which is shown.
    pub periods: Vec<(&'static str, String, bool)>,
    /// What was counted over time. Empty while there is no client.
    pub charts: Vec<Chart>,
    /// The clients that got tokens most often.
    pub busiest: Vec<Ranked>,
    /// For how long each active key has signed.
    pub keys: Vec<Ranked>,
}

/// A step on the way to the first token.
pub struct FirstStep {
    /// What to do.
    pub name: &'static str,
    /// What it is good for.
    pub why: &'static str,
    /// Where. `None`: it is not for this reader to do.
    pub url: Option<&'static str>,
    /// It is done.
    pub done: bool,
}

/// What there is to see now, and over a period (`over`).
///
/// It tells of all clients and of all that happens: whoever may not read that enters elsewhere.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    if !admin.sees_everything() {
        return session::enter(admin).await;
    }
    admin
        .answer(async {
            let period = Period::named(form::text(&query, "over"));
            let steps = period.steps(admin.now);
            let db = &admin.app.db;
            let (has_client, has_token) = beginnings(db).await?;
            let (counted, busiest) =
                tokio::try_join!(counts::since(db, steps.since, steps.step), counts::busiest_clients(db, steps.since))?;
            let most = busiest.first().map_or(0, |client| client.count);
            let busiest = busiest.into_iter().map(|client| {
                let url = client::path(&client.client_id);
                Ranked::client(client, url, most)
            });
            let shell = admin.shell(Section::Home);
            let content = Home {
                shell: &shell,
                first_steps: first_steps(&admin, has_client, has_token),
                tasks: attention::tasks(&admin).await?,
                periods: period.links(),
                charts: if has_client { plots::charts(&counted, &steps) } else { Vec::new() },
                busiest: busiest.collect(),
                keys: keys(signing_keys::all(db).await?, admin.now),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// None once a client has got a token: who came that far needs no guide.
fn first_steps(admin: &Administrator, has_client: bool, has_token: bool) -> Vec<FirstStep> {
    let registry = admin.snapshot.registry();
    let where_allowed = |url, needed| Some(url).filter(|_| admin.may_for_own(needed));
    let has_api = registry.apis().next().is_some();
    if has_token && has_client && has_api {
        return Vec::new();
    }
    let has_role = registry.roles().any(|role| !role.scopes.is_empty());
    vec![
        FirstStep {
            name: "Register an API",
            why: "It accepts our tokens. Its scopes are what clients can ask for.",
            url: where_allowed("/admin/apis/new", Permission::ApisWrite),
            done: has_api,
        },
        FirstStep {
            name: "Add a role",
            why: "It says which of these scopes its users have. Services need none.",
            url: where_allowed("/admin/roles/new", Permission::RolesWrite),
            done: has_role,
        },
        FirstStep {
            name: "Register a client",
            why: "The application that signs people in, or the service that calls the API.",
            url: where_allowed("/admin/clients/new", Permission::ClientsWrite),
            done: has_client,
        },
        FirstStep {
            name: "Try it",
            why: "The client’s page has its settings to copy, and code that gets the first token.",
            url: where_allowed("/admin/clients", Permission::ClientsRead),
            done: has_token,
        },
    ]
}

fn keys(keys: Vec<SigningKeyRow>, now: OffsetDateTime) -> Vec<Ranked> {
    let active = keys.into_iter().filter(|key| key.state == "active");
    let row = |key: SigningKeyRow| {
        let days = (now - key.activated_at.unwrap_or(key.created_at)).whole_days();
        let value = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let share = (days * 100 / OLD).clamp(1, 100);
        Ranked { name: key.alg.as_str().to_owned(), url: String::new(), colour: "plot-4", value, share }
    };
    active.map(row).collect()
}
