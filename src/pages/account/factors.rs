//! The factors of a person: the list, and each with its name and its end.

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

use super::Person;
use crate::{
    authentication::factors::{self, MOST, Removal},
    pages::place::AccountPage,
    protocol::parameters::Parameters,
    store::{
        self,
        factors::{Factor, FactorKind},
        recovery_codes,
    },
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::Shell,
        view::{FormErrors, Moment, NO_ERRORS, Notice, NoticeKind},
    },
};

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
                notices: done(&shell, &query).into_iter().collect(),
                has_room: found.len() < MOST,
                factors: found.into_iter().map(|factor| row(&person, factor)).collect(),
                codes: codes.map(|(left, made_at)| (left, moment(&person, made_at))),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// One factor.
pub async fn show(person: Person, Path(id): Path<Uuid>) -> Response {
    if let Err(elsewhere) = person.recent(AccountPage::Factors) {
        return elsewhere;
    }
    person.answer(async { render(&person, id, None, &NO_ERRORS).await }).await
}

/// Gives it another name.
pub async fn rename(person: Person, Path(id): Path<Uuid>, PageForm(form): PageForm) -> Response {
    if let Err(elsewhere) = person.recent(AccountPage::Factors) {
        return elsewhere;
    }
    person
        .answer(async {
            let name = match name(&person.shell(), &form) {
                Ok(name) => name,
                Err(errors) => return render(&person, id, form.raw("name"), &errors).await,
            };
            factors::rename(&person.owner(), id, &name).await?;
            Ok(to_list("renamed"))
        })
        .await
}

/// Removes it.
pub async fn remove(person: Person, Path(id): Path<Uuid>) -> Response {
    if let Err(elsewhere) = person.recent(AccountPage::Factors) {
        return elsewhere;
    }
    person
        .answer(async {
            match factors::remove(&person.owner(), id).await? {
                Removal::Done | Removal::Unknown => Ok(to_list("removed")),
                Removal::Needed => {
                    let mut errors = FormErrors::default();
                    errors.add("remove", person.shell().text("factors-needed"));
                    render(&person, id, None, &errors).await
                }
            }
        })
        .await
}

/// The list again, with what was done.
fn to_list(done: &str) -> Response {
    Redirect::to(&format!("/account/factors?done={done}")).into_response()
}

/// The name that a form gives a factor, or what is wrong with it.
fn name(shell: &Shell, form: &Parameters) -> Result<String, FormErrors> {
    let given = form.one("name").ok().flatten().unwrap_or_default();
    factors::name(given).ok_or_else(|| {
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
    Ok(shell.page(&content).with_status(status(errors)).into_response())
}

fn status(errors: &FormErrors) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn done(shell: &Shell, query: &Parameters) -> Option<Notice> {
    let key = match query.one("done") {
        Ok(Some("added")) => "factors-added",
        Ok(Some("renamed")) => "factors-renamed",
        Ok(Some("removed")) => "factors-removed",
        _ => return None,
    };
    Some(Notice { kind: NoticeKind::Done, text: shell.text(key).into_owned() })
}

fn row(person: &Person, factor: Factor) -> FactorRow {
    FactorRow {
        id: factor.factor_id.to_string(),
        name: factor.name,
        kind: match (factor.kind, factor.hardware) {
            (FactorKind::Totp, _) => "factors-app",
            (FactorKind::Passkey, false) => "factors-passkey",
            (FactorKind::Passkey, true) => "factors-passkey-bound",
        },
        added: moment(person, factor.created_at),
        used: factor.last_used_at.map(|at| moment(person, at)),
    }
}

fn moment(person: &Person, at: time::OffsetDateTime) -> Moment {
    Moment::in_language(person.language, at, person.now)
}
