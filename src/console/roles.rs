//! Roles: which scopes a user may give to clients.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    confirm::{Act, Doomed},
    form, level,
    recent_form::RecentForm,
    session::Administrator,
};
use crate::{
    model::{
        office::{Office, UnknownOffice},
        registry::Role,
    },
    policy::refusal::{Fault, Refusal},
    protocol::{assurance::Level, parameters::Parameters},
    registry::{self, ChangeError},
    store::roles,
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::{Choice, ChoiceGroup, FormErrors, NO_ERRORS, Notice},
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
    render(&admin, None, &read(&Parameters::default(), Level::default()), &NO_ERRORS, StatusCode::OK)
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
                    Ok(render(&admin, None, &role, &errors, status))
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
            Ok(render(&admin, Some(&name), &role, &NO_ERRORS, StatusCode::OK))
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
            let mut errors = FormErrors::default();
            let status = match registry::roles::update(&admin.app, &by, role.clone()).await {
                Ok(()) => return Ok(Redirect::to("/admin/roles?done=saved").into_response()),
                Err(error) => form::explain(error, &mut errors)?,
            };
            // The newest: to save again after being told of another change overwrites it knowingly.
            let role = Role { revision: before.revision, ..role };
            Ok(render(&admin, Some(&name), &role, &errors, status))
        })
        .await
}

/// Asks before the role is deleted.
pub(super) async fn ask_delete(admin: Administrator, Path(name): Path<String>) -> Response {
    admin
        .answer(async {
            let role = found(&admin, &name).await?;
            Ok(doomed(&role, &format!("/admin/roles/{name}")).ask(&admin))
        })
        .await
}

/// Deletes the role, if its name was typed.
pub(super) async fn delete(Path(name): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let role = found(&admin, &name).await?;
            if let Err(again) = doomed(&role, &format!("/admin/roles/{name}")).confirmed(&admin, &sent) {
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
    errors: &FormErrors,
    status: StatusCode,
) -> Response {
    let shell = admin.shell(Section::Roles);
    let content = RoleForm {
        shell: &shell,
        existing,
        revision: role.revision,
        errors,
        name: &role.name,
        description: &role.description,
        offices: offices(role.office),
        required_acrs: level::choices(role.required_level.as_str()),
        scopes: form::api_scopes(admin.snapshot.registry(), |name| role.scopes.contains(name)),
    };
    shell.page(&content).with_status(status).into_response()
}

fn doomed<'a>(role: &'a Role, path: &'a str) -> Doomed<'a> {
    let mut consequences =
        vec!["Whoever has the role loses it, and the scopes that no other role gives them.".to_owned()];
    if role.administers() {
        consequences.push("Whoever holds no other office cannot open this console any more.".into());
    }
    Doomed { section: Section::Roles, act: Act::DELETE, kind: "role", name: &role.name, back: path, path, consequences }
}
