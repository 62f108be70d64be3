//! Which settings are in force, and from where.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::session::Administrator;
use crate::{
    config::InForce,
    store::{
        condition::{self, Server},
        jobs,
    },
    web::page::{Section, Shell},
};

/// Every setting of the server that answers.
#[derive(Template)]
#[template(path = "console/settings.html")]
pub struct Settings<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The version of this program.
    pub version: &'a str,
    /// The server that answers.
    pub node: &'a str,
    /// The other servers that use the same database.
    pub others: Vec<String>,
    /// The database.
    pub database: Server,
    /// The settings, by what they are about.
    pub groups: Vec<Group<'a>>,
}

/// Settings that belong together.
pub struct Group<'a> {
    /// What they are about.
    pub name: &'static str,
    /// Each of them.
    pub settings: &'a [InForce],
}

/// What is in force.
pub(super) async fn show(admin: Administrator) -> Response {
    admin
        .answer(async {
            let (app, shell) = (&admin.app, admin.shell(Section::InForce));
            let (database, nodes) = tokio::try_join!(condition::server(&app.db), jobs::nodes(&app.db, admin.now))?;
            let content = Settings {
                shell: &shell,
                version: env!("CARGO_PKG_VERSION"),
                node: app.node(),
                others: nodes.into_iter().filter(|node| node != app.node()).collect(),
                database,
                groups: groups(&app.settings.in_force),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// These settings by what they are about.
#[must_use]
pub fn groups(settings: &[InForce]) -> Vec<Group<'_>> {
    let groups = settings.chunk_by(|one, next| one.group == next.group);
    groups.map(|settings| Group { name: settings[0].group, settings }).collect()
}
