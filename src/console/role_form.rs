//! The form that adds a role, or changes one.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Map, Value};

use super::{
    form,
    impact::Removal,
    level,
    merging::reconciled,
    recent_form::RecentForm,
    roles::{self, found, users_of},
    session::Administrator,
    undoing::{self, Editable},
    unsent::{self, Showing},
};
use crate::{
    model::{
        office::{Office, UnknownOffice},
        registry::Role,
    },
    policy::{
        change::{Thing, described},
        permission::Permission,
        refusal::{Fault, Refusal},
    },
    protocol::parameters::Parameters,
    registry::{self, ChangeError},
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        picker::{self, Choices},
        view::{Choice, FormErrors},
    },
};

/// The field of the scopes.
const SCOPES: &str = "scopes";

/// The fields that may repeat.
const SEVERAL: [&str; 3] = ["scopes", "scopes.add", "scopes.remove"];

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
    pub scopes: Choices,
}

/// The form of a new role.
pub(super) async fn create(admin: Administrator) -> Response {
    admin
        .answer(async {
            let (form, showing) = unsent::held(&admin, "/admin/roles/new", Parameters::default()).await?;
            Ok(render(&admin, None, &read(&form, None), picker::sought(&form, SCOPES), showing))
        })
        .await
}

/// Adds the role.
pub(super) async fn submit_new(RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &SEVERAL)?;
            let role = read(sent, None);
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
                    Ok(render(&admin, None, &role, picker::sought(sent, SCOPES), Showing::refused(&errors, status)))
                }
            }
        })
        .await
}

/// The form of a role that there is, or what it is for somebody who may not change it.
pub(super) async fn edit(admin: Administrator, Path(name): Path<String>, Query(query): Query) -> Response {
    admin
        .answer(async {
            let role = found(&admin, &name).await?;
            if !admin.may(Permission::RolesWrite) {
                return Ok(roles::page(&admin, &role));
            }
            if let Some((before, unsent)) =
                undoing::put_back(&admin, &query, &Editable::role(&name), members(&role)).await?
            {
                let before = with_members(role.clone(), &before);
                return Ok(render(&admin, Some(&role), &before, "", Showing::holding(unsent)));
            }
            let (form, showing) = unsent::held(&admin, &format!("/admin/roles/{name}"), Parameters::default()).await?;
            let typed = if form.is_empty() { role.clone() } else { read(&form, Some(&role)) };
            Ok(render(&admin, Some(&role), &typed, picker::sought(&form, SCOPES), showing))
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
            let role = Role { name: name.clone(), revision, ..read(sent, Some(&before)) };
            if before.revision == revision
                && let Some(question) = taken_away(&admin, &before, &role).await?.question(&admin, sent).await?
            {
                return Ok(question);
            }
            match registry::roles::update(&admin.app, &by, role.clone()).await {
                Ok(()) => {
                    let path = form::link("/admin/roles", &[("done", "saved"), ("role", &name)]);
                    Ok(Redirect::to(&path).into_response())
                }
                Err(ChangeError::Outdated(since)) => {
                    let there = found(&admin, &name).await?;
                    let role = Role { name: name.clone(), revision, ..read(sent, Some(&there)) };
                    let fields = ["description", "required_acr", "scopes"];
                    let both = reconciled(&since, &members(&there), members(&role), &fields);
                    let role = with_members(there.clone(), &both.members);
                    let showing = Showing::refused(&both.errors, StatusCode::PRECONDITION_FAILED);
                    Ok(render(&admin, Some(&there), &role, picker::sought(sent, SCOPES), showing))
                }
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    let role = Role { revision: before.revision, ..role };
                    let showing = Showing::refused(&errors, status);
                    Ok(render(&admin, Some(&before), &role, picker::sought(sent, SCOPES), showing))
                }
            }
        })
        .await
}

/// What a role would take away from those who have it.
async fn taken_away(admin: &Administrator, before: &Role, role: &Role) -> Result<Removal, PageError> {
    let gone = before.scopes.difference(&role.scopes).cloned().collect::<Vec<_>>();
    let consequences =
        if gone.is_empty() { Vec::new() } else { users_of(admin, &role.name).await?.into_iter().collect() };
    let path = format!("/admin/roles/{}", role.name);
    Ok(Removal { section: Section::Roles, path, back: None, gone, consequences })
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

/// The role that a form stands for. `before`: what it begins with.
fn read(form: &Parameters, before: Option<&Role>) -> Role {
    let form = &*picker::resolved(form, SCOPES, before.into_iter().flat_map(|role| &role.scopes).map(String::as_str));
    let required = before.map(|role| role.required_level).unwrap_or_default();
    Role {
        name: form::text(form, "name").trim().to_owned(),
        description: form::text(form, "description").trim().to_owned(),
        office: form::given(form, "office").and_then(|office| office.parse().ok()),
        required_level: form::text(form, "required_acr").parse().unwrap_or(required),
        scopes: form.all(SCOPES).map(str::to_owned).collect::<BTreeSet<_>>(),
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
    before: Option<&Role>,
    role: &Role,
    find: &str,
    Showing { errors, status, unsent, revision }: Showing<'_>,
) -> Response {
    let shell = admin.shell(Section::Roles).with_unsent(unsent);
    let content = RoleForm {
        shell: &shell,
        existing: before.map(|role| role.name.as_str()),
        revision: revision.unwrap_or(role.revision),
        errors,
        name: &role.name,
        description: &role.description,
        offices: offices(role.office),
        required_acrs: level::choices(role.required_level.as_str()),
        scopes: Choices::of(
            form::api_scopes(admin.snapshot.registry(), |name| role.scopes.contains(name)),
            |name| before.is_some_and(|role| role.scopes.contains(name)),
            find,
        ),
    };
    shell.page(&content).with_status(status).into_response()
}
