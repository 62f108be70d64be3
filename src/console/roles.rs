//! Roles: which scopes a user may give to clients.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    confirm::{Act, Doomed},
    form, impact, level,
    list::{self, Kind, List},
    recent_form::RecentForm,
    session::Administrator,
    undoing::{self, Editable},
};
use crate::{
    model::{office::Office, registry::Role},
    registry::{self, ChangeError},
    store::{self, roles},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, Notice},
    },
};

/// The list of roles, as its URL may ask for it.
pub const LIST: Kind =
    Kind { path: "/admin/roles", names: ("role", "roles"), orders: &["name", "scopes"], filters: &["q", "office"] };

/// What a role without an office is filtered by.
const NO_OFFICE: &str = "none";

/// All roles, a page at a time. The filter is a GET form: `q`, in name, description and scopes, and `office`.
#[derive(Template)]
#[template(path = "console/roles.html")]
pub struct Roles<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The list as it was asked for.
    pub list: &'a List,
    /// What their users may do here.
    pub offices: Vec<Choice>,
    /// What was found.
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
            let mut list = List::read(&LIST, &query)?;
            let found = found_by(&admin, &list).await?;
            let order = list.order();
            let rows = list.cut(found, |role| place(role, order)).into_iter().map(|role| RoleRow {
                required_acr: level::in_words(role.least_level()),
                name: role.name,
                description: role.description,
                office: role.office.map(Office::label),
                scopes: role.scopes.len(),
            });
            let (shell, roles) = (admin.shell(Section::Roles), rows.collect());
            let saved = form::given(&query, "role").map(Editable::role);
            let notices = undoing::offered(&admin, &query, saved, form::notices(&query)).await?;
            let offices = list.choices("office", "All", &offices());
            let content = Roles { shell: &shell, notices, list: &list, offices, roles };
            Ok(shell.page(&content).with_status(list.errors.status()).into_response())
        })
        .await
}

/// One role, for somebody who may not change it.
#[derive(Template)]
#[template(path = "console/role.html")]
pub struct RolePage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Its name, as tokens carry it.
    pub name: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// What its users may do here, if anything: the office, and what that is.
    pub office: Option<(&'static str, &'static str)>,
    /// The minimum assurance level for its users, in words.
    pub required_acr: &'static str,
    /// What clients may do for its users, each API's scopes together.
    pub scopes: Vec<(String, Vec<&'a str>)>,
}

/// The page of a role.
pub(super) fn page(admin: &Administrator, role: &Role) -> Response {
    let mut scopes = BTreeMap::<String, Vec<&str>>::new();
    for scope in &role.scopes {
        let api = admin.snapshot.registry().owner(scope).map(|api| api.name.clone());
        scopes.entry(api.unwrap_or_else(|| "No API".to_owned())).or_default().push(scope);
    }
    let shell = admin.shell(Section::Roles);
    let content = RolePage {
        shell: &shell,
        name: &role.name,
        description: &role.description,
        office: role.office.map(|office| (office.label(), office.meaning())),
        required_acr: level::in_words(role.least_level()),
        scopes: scopes.into_iter().collect(),
    };
    shell.page(&content).into_response()
}

/// What roles are filtered by: an office, or none.
fn offices() -> Vec<(&'static str, &'static str)> {
    let offices = Office::ALL.into_iter().map(|office| (office.as_str(), office.label()));
    std::iter::once((NO_OFFICE, "None")).chain(offices).collect()
}

/// The roles that the filter of the list finds, in its order.
pub(super) async fn found_by(admin: &Administrator, list: &List) -> Result<Vec<Role>, PageError> {
    let office = list.one_of("office", &offices().iter().map(|(value, _)| *value).collect::<Vec<_>>())?;
    let mut found = roles::all(&admin.app.db).await?;
    found.retain(|role| {
        list.is_found([&role.name, &role.description].into_iter().chain(&role.scopes))
            && office.is_none_or(|office| role.office.map_or(NO_OFFICE, Office::as_str) == office)
    });
    let order = list.order();
    Ok(list.in_order(found, |role| place(role, order)))
}

/// The name of a role, and where it stands in this order.
fn place(role: &Role, order: &str) -> (String, String) {
    let place = if order == "scopes" { list::place_of(role.scopes.len()) } else { role.name.clone() };
    (role.name.clone(), place)
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
