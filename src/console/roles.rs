//! Roles: which scopes a user may give to clients.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    confirm::{Act, Doomed},
    form, impact, level,
    recent_form::RecentForm,
    session::Administrator,
};
use crate::{
    model::{office::Office, registry::Role},
    registry::{self, ChangeError},
    store::{self, roles},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::Notice,
    },
};

/// All roles.
#[derive(Template)]
#[template(path = "console/roles.html")]
pub struct Roles<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The roles, by name.
    pub roles: Vec<RoleRow>,
}

/// A role in the list.
pub struct RoleRow {
    /// Its name, as tokens carry it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its users may do here, if anything.
    pub office: Option<&'static str>,
    /// The minimum assurance level for its users, in words.
    pub required_acr: &'static str,
    /// How many scopes it gives.
    pub scopes: usize,
}

/// The list.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let rows = roles::all(&admin.app.db).await?.into_iter().map(|role| RoleRow {
                required_acr: level::in_words(role.least_level()),
                name: role.name,
                description: role.description,
                office: role.office.map(Office::label),
                scopes: role.scopes.len(),
            });
            let shell = admin.shell(Section::Roles);
            let content = Roles { shell: &shell, notices: form::notices(&query), roles: rows.collect() };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// Asks before the role is deleted.
pub(super) async fn ask_delete(admin: Administrator, Path(name): Path<String>) -> Response {
    admin
        .answer(async {
            let role = found(&admin, &name).await?;
            Ok(doomed(&admin, &role, &format!("/admin/roles/{name}")).await?.ask(&admin))
        })
        .await
}

/// Deletes the role, if its name was typed.
pub(super) async fn delete(Path(name): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let role = found(&admin, &name).await?;
            if let Err(again) = doomed(&admin, &role, &format!("/admin/roles/{name}")).await?.confirmed(&admin, &sent) {
                return Ok(*again);
            }
            registry::roles::delete(&admin.app, &by, &name).await?;
            Ok(Redirect::to("/admin/roles?done=deleted").into_response())
        })
        .await
}

pub(super) async fn found(admin: &Administrator, name: &str) -> Result<Role, PageError> {
    Ok(roles::find(&admin.app.db, name).await?.ok_or(ChangeError::Unknown)?)
}

/// How many users have a role, in a sentence.
pub(super) async fn users_of(admin: &Administrator, role: &str) -> Result<Option<String>, PageError> {
    let users = store::impact::users_of_role(&admin.app.db, role).await?;
    Ok(impact::counted(users, "user has this role.", "users have this role."))
}

async fn doomed<'a>(admin: &Administrator, role: &'a Role, path: &'a str) -> Result<Doomed<'a>, PageError> {
    let mut consequences =
        vec!["Whoever has the role loses it, and the scopes that no other role gives them.".to_owned()];
    if role.administers() {
        consequences.push("Whoever holds no other office cannot open this console any more.".into());
    }
    consequences.extend(users_of(admin, &role.name).await?);
    let (section, act) = (Section::Roles, Act::DELETE);
    Ok(Doomed { section, act, kind: "role", name: &role.name, back: path, path, consequences })
}
