//! Roles: which scopes a user may give to clients.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Map, Value};

use super::{
    confirm::{Act, Doomed},
    form,
    impact::{self, Removal},
    level,
    merging::reconciled,
    recent_form::RecentForm,
    session::Administrator,
    unsent::{self, Showing},
};
use crate::{
    model::{
        office::{Office, UnknownOffice},
        registry::Role,
    },
    policy::{
        change::{Thing, described},
        refusal::{Fault, Refusal},
    },
    protocol::{assurance::Level, parameters::Parameters},
    registry::{self, ChangeError},
    store::{self, roles},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, ChoiceGroup, FormErrors, Notice},
    },
};

/// The fields that may repeat.
const SEVERAL: [&str; 1] = ["scopes"];

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

/// Adds a role, or changes one. `scopes` repeats for each scope.
#[derive(Template)]
#[template(path = "console/role_form.html")]
pub struct RoleForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The name of the role that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// The role's revision when the form was shown.
    pub revision: i32,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// `name`.
    pub name: &'a str,
    /// `description`.
    pub description: &'a str,
    /// `office`.
    pub offices: Vec<Choice>,
    /// `required_acr`.
    pub required_acrs: Vec<Choice>,
    /// Each API's scopes.
    pub scopes: Vec<ChoiceGroup>,
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

/// The form of a new role.
pub(super) async fn create(admin: Administrator) -> Response {
    admin
        .answer(async {
            let (form, showing) = unsent::held(&admin, "/admin/roles/new", Parameters::default()).await?;
            Ok(render(&admin, None, &read(&form, Level::default()), showing))
        })
        .await
}

/// Adds the role.
pub(super) async fn submit_new(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &SEVERAL)?;
            let role = read(sent, Level::default());
            let unknown = |office: UnknownOffice| Refusal::new("office", Fault::Unknown, office.to_string());
            let known = form::given(sent, "office").map(str::parse::<Office>).transpose().map_err(unknown);
            let created = match known {
                Ok(_) => registry::roles::create(&admin.app, &by, role.clone()).await,
                Err(refusal) => Err(refusal.into()),
            };
            match created {
                Ok(()) => Ok(Redirect::to("/admin/roles?done=created").into_response()),
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    Ok(render(&admin, None, &role, Showing::refused(&errors, status)))
                }
            }
        })
        .await
}

/// The form of a role that there is.
pub(super) async fn edit(admin: Administrator, Path(name): Path<String>) -> Response {
    admin
        .answer(async {
            let role = found(&admin, &name).await?;
            let (form, showing) = unsent::held(&admin, &format!("/admin/roles/{name}"), Parameters::default()).await?;
            let role = if showing.unsent.is_some() { read(&form, role.required_level) } else { role };
            Ok(render(&admin, Some(&name), &role, showing))
        })
        .await
}

/// Saves the role.
pub(super) async fn submit_edit(
    Path(name): Path<String>,
    RecentForm { admin, by, form: sent }: RecentForm,
) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &SEVERAL)?;
            let before = found(&admin, &name).await?;
            let revision = form::id(form::text(sent, "revision"))?;
            let role = Role { name: name.clone(), revision, ..read(sent, before.required_level) };
            if before.revision == revision
                && let Some(question) = taken_away(&admin, &before, &role).await?.question(&admin, sent).await?
            {
                return Ok(question);
            }
            match registry::roles::update(&admin.app, &by, role.clone()).await {
                Ok(()) => Ok(Redirect::to("/admin/roles?done=saved").into_response()),
                Err(ChangeError::Outdated(since)) => {
                    let there = found(&admin, &name).await?;
                    let fields = ["description", "required_acr", "scopes"];
                    let both = reconciled(&since, &members(&there), members(&role), &fields);
                    let role = with_members(there, &both.members);
                    let showing = Showing::refused(&both.errors, StatusCode::PRECONDITION_FAILED);
                    Ok(render(&admin, Some(&name), &role, showing))
                }
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    let role = Role { revision: before.revision, ..role };
                    Ok(render(&admin, Some(&name), &role, Showing::refused(&errors, status)))
                }
            }
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

async fn found(admin: &Administrator, name: &str) -> Result<Role, PageError> {
    Ok(roles::find(&admin.app.db, name).await?.ok_or(ChangeError::Unknown)?)
}

/// What a role would take away from those who have it.
async fn taken_away(admin: &Administrator, before: &Role, role: &Role) -> Result<Removal, PageError> {
    let gone = before.scopes.difference(&role.scopes).cloned().collect::<Vec<_>>();
    let consequences =
        if gone.is_empty() { Vec::new() } else { users_of(admin, &role.name).await?.into_iter().collect() };
    Ok(Removal { section: Section::Roles, path: format!("/admin/roles/{}", role.name), gone, consequences })
}

/// How many users have a role, in a sentence.
async fn users_of(admin: &Administrator, role: &str) -> Result<Option<String>, PageError> {
    let users = store::impact::users_of_role(&admin.app.db, role).await?;
    Ok(impact::counted(users, "user has this role.", "users have this role."))
}

fn members(role: &Role) -> Map<String, Value> {
    described(&Thing::Role(role.clone()))
}

/// The role with what its form holds replaced.
fn with_members(role: Role, members: &Map<String, Value>) -> Role {
    let text = |name| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let scopes = members.get("scopes").and_then(Value::as_array).into_iter().flatten();
    Role {
        description: text("description").to_owned(),
        required_level: text("required_acr").parse().unwrap_or(role.required_level),
        scopes: scopes.filter_map(Value::as_str).map(str::to_owned).collect(),
        ..role
    }
}

/// The role that a form stands for. `required`: the level of a form that names none.
fn read(form: &Parameters, required: Level) -> Role {
    Role {
        name: form::text(form, "name").trim().to_owned(),
        description: form::text(form, "description").trim().to_owned(),
        office: form::given(form, "office").and_then(|office| office.parse().ok()),
        required_level: form::text(form, "required_acr").parse().unwrap_or(required),
        scopes: form.all("scopes").map(str::to_owned).collect::<BTreeSet<_>>(),
        revision: 1,
    }
}

/// The offices that a role may give.
#[must_use]
pub fn offices(chosen: Option<Office>) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", "None: its users do not come in here", "")];
    choices.extend(Office::ALL.map(|office| {
        let label = format!("{}: {}", office.label(), office.meaning());
        Choice::new(office.as_str(), &label, "")
    }));
    form::choose(choices, chosen.map_or("", Office::as_str))
}

fn render(
    admin: &Administrator,
    existing: Option<&str>,
    role: &Role,
    Showing { errors, status, unsent, revision }: Showing<'_>,
) -> Response {
    let shell = admin.shell(Section::Roles).with_unsent(unsent);
    let content = RoleForm {
        shell: &shell,
        existing,
        revision: revision.unwrap_or(role.revision),
        errors,
        name: &role.name,
        description: &role.description,
        offices: offices(role.office),
        required_acrs: level::choices(role.required_level.as_str()),
        scopes: form::api_scopes(admin.snapshot.registry(), |name| role.scopes.contains(name)),
    };
    shell.page(&content).with_status(status).into_response()
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
