//! Adding an authenticator app: a name first, then the secret, then a code of it.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{added, name};
use crate::{
    authentication::totp::{self, Begun},
    pages::account::{Person, RecentPerson},
    protocol::assurance::Method,
    web::{
        error_page::PageError,
        form::PageForm,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Asks for a name (field `name`), and then for a code (field `code`) of the app that has learnt the secret.
#[derive(Template)]
#[template(path = "account/factor_app.html")]
pub struct AddApp<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What the app must learn. `None`: it has no name yet.
    pub begun: Option<Begun>,
    /// What the app is called, or what was typed for that.
    pub name: &'a str,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

/// Asks.
pub async fn show(person: RecentPerson) -> Response {
    person
        .answer(async {
            let begun = totp::begun(&person.owner()).await?;
            Ok(render(&person, begun, None, &NO_ERRORS))
        })
        .await
}

/// Takes the name, or the code.
pub async fn submit(person: RecentPerson, PageForm(form): PageForm) -> Response {
    person
        .answer(async {
            if form.has("code") {
                return confirm(&person, form.one("code").ok().flatten().unwrap_or_default()).await;
            }
            match name(&person.shell(), &form) {
                Ok(name) => {
                    let begun = totp::begin(&person.owner(), &name).await?;
                    Ok(render(&person, Some(begun), None, &NO_ERRORS))
                }
                Err(errors) => Ok(render(&person, None, form.raw("name"), &errors)),
            }
        })
        .await
}

async fn confirm(person: &RecentPerson, code: &str) -> Result<Response, PageError> {
    if totp::confirm(&person.owner(), code).await? {
        return added(person, Method::Totp).await;
    }
    let begun = totp::begun(&person.owner()).await?;
    let mut errors = FormErrors::default();
    errors.add(if begun.is_some() { "code" } else { "name" }, person.shell().text("factors-app-wrong"));
    Ok(render(person, begun, None, &errors))
}

fn render(person: &Person, begun: Option<Begun>, typed: Option<&str>, errors: &FormErrors) -> Response {
    let shell = person.shell();
    let default = shell.text("factors-app");
    let name = typed.or(begun.as_ref().map(|begun| begun.name.as_str())).unwrap_or(&default).to_owned();
    let content = AddApp { shell: &shell, begun, name: &name, errors };
    shell.page(&content).with_status(errors.status()).into_response()
}
