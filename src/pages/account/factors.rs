//! The factors of a user: the list, and a page for each to rename or remove it.

pub mod app;
pub mod codes;
pub mod passkey;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{Person, RecentPerson, notices};
use crate::{
    authentication::{
        cookies,
        factor_change::{self, MOST, Removal},
        password_policy::SHORTEST_ALONE,
        session,
    },
    language::Moment,
    policy::assurance,
    protocol::{
        assurance::{Level, Method},
        parameters::Parameters,
    },
    store::{
        self,
        factors::{Factor, FactorKind},
        recovery_codes,
    },
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::Shell,
        view::{FormErrors, NO_ERRORS, Notice},
    },
};

/// What the list says was done.
const DONE: [(&str, &str); 3] =
    [("added", "factors-added"), ("renamed", "factors-renamed"), ("removed", "factors-removed")];

/// Every factor, and the recovery codes.
#[derive(Template)]
#[template(path = "account/factors.html")]
pub struct Factors<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The factors.
    pub factors: Vec<FactorRow>,
    /// There is room for another.
    pub has_room: bool,
    /// How many recovery codes are left, and when they were made.
    pub codes: Option<(i64, Moment)>,
}

/// A factor in the list.
pub struct FactorRow {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// The key of the text that says what it is.
    pub kind: &'static str,
    /// When it was added.
    pub added: Moment,
    /// When it was used last.
    pub used: Option<Moment>,
}

/// One factor: its name can be changed (field `name`), and it can be removed.
#[derive(Template)]
#[template(path = "account/factor.html")]
pub struct FactorPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Its id.
    pub id: &'a str,
    /// What its owner calls it.
    pub name: &'a str,
    /// What was typed.
    pub typed: &'a str,
    /// What is wrong with that, or why it cannot be removed.
    pub errors: &'a FormErrors,
}

/// The list.
pub async fn list(person: Person, Query(query): Query) -> Response {
    person
        .answer(async {
            let user_id = person.user.user_id;
            let found = store::factors::list(&person.app.db, user_id).await?;
            let codes = recovery_codes::left(&person.app.db, user_id).await?;
            let shell = person.shell();
            let content = Factors {
                shell: &shell,
                notices: notices::done(&person, &query, &DONE),
                has_room: found.len() < MOST,
                factors: found.into_iter().map(|factor| row(&person, factor)).collect(),
                codes: codes.map(|(left, made_at)| (left, person.moment(made_at))),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// One factor.
pub async fn show(person: RecentPerson, Path(id): Path<String>) -> Response {
    person.answer(async { render(&person, parsed(&id)?, None, &NO_ERRORS).await }).await
}

/// Gives it another name.
pub async fn rename(person: RecentPerson, Path(id): Path<String>, PageForm(form): PageForm) -> Response {
    person
        .answer(async {
            let id = parsed(&id)?;
            let name = match name(&person.shell(), &form) {
                Ok(name) => name,
                Err(errors) => return render(&person, id, form.raw("name"), &errors).await,
            };
            factor_change::rename(&person.owner(), id, &name).await?;
            Ok(to_list("renamed"))
        })
        .await
}

/// Removes it.
pub async fn remove(person: RecentPerson, Path(id): Path<String>) -> Response {
    person
        .answer(async {
            let id = parsed(&id)?;
            match factor_change::remove(&person.owner(), id).await? {
                Removal::Done | Removal::Unknown => Ok(to_list("removed")),
                Removal::Needed => {
                    let mut errors = FormErrors::default();
                    errors.add("remove", why_needed(&person));
                    render(&person, id, None, &errors).await
                }
            }
        })
        .await
}

/// The id in a path.
fn parsed(id: &str) -> Result<Uuid, PageError> {
    id.parse().map_err(|_| PageError::Person(StatusCode::NOT_FOUND, "error-no-page", "error-no-page-what"))
}

/// Why a factor cannot go: the roles demand one, or else the password does.
fn why_needed(person: &Person) -> String {
    if assurance::of_roles(&person.user, person.snapshot.registry()) > Level::Aal1 {
        person.language.text("factors-needed").into_owned()
    } else {
        person.language.text_with("factors-needed-by-password", &[("least", SHORTEST_ALONE)])
    }
}

/// The list again, once a factor was added, which has made the session stronger.
async fn added(person: &Person, method: Method) -> Result<Response, PageError> {
    let raised = session::raise(&person.app, &person.present, method, person.by.actor()).await?;
    Ok((raised.map(|raised| cookies::SESSION.set(raised.secret.expose())), to_list("added")).into_response())
}

/// The list again, with what was done.
fn to_list(done: &str) -> Response {
    Redirect::to(&format!("/account/factors?done={done}")).into_response()
}

/// The name that a form gives a factor, or what is wrong with it.
fn name(shell: &Shell, form: &Parameters) -> Result<String, FormErrors> {
    let given = form.one("name").ok().flatten().unwrap_or_default();
    factor_change::name(given).ok_or_else(|| {
        let mut errors = FormErrors::default();
        errors.add("name", shell.text("factors-name-wrong"));
        errors
    })
}

async fn render(person: &Person, id: Uuid, typed: Option<&str>, errors: &FormErrors) -> Result<Response, PageError> {
    let factors = store::factors::list(&person.app.db, person.user.user_id).await?;
    let Some(factor) = factors.into_iter().find(|factor| factor.factor_id == id) else {
        return Ok(Redirect::to("/account/factors").into_response());
    };
    let (shell, id) = (person.shell(), id.to_string());
    let typed = typed.unwrap_or(&factor.name);
    let content = FactorPage { shell: &shell, id: &id, name: &factor.name, typed, errors };
    Ok(shell.page(&content).with_status(errors.status()).into_response())
}

fn row(person: &Person, factor: Factor) -> FactorRow {
    FactorRow {
        id: factor.factor_id.to_string(),
        name: factor.name,
        kind: match factor.kind {
            FactorKind::Totp => "factors-app",
            FactorKind::Passkey => "factors-passkey",
        },
        added: person.moment(factor.created_at),
        used: factor.last_used_at.map(|at| person.moment(at)),
    }
}
