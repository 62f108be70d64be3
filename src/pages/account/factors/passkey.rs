//! Adding a passkey.

use askama::Template;
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{added, name};
use crate::{
    authentication::{
        cookies,
        passkey::{self, Registration},
    },
    pages::account::RecentPerson,
    web::{
        error_page::PageError,
        form::PageForm,
        interaction::browser,
        page::Shell,
        view::{FormErrors, NO_ERRORS},
    },
};

/// Lets the browser make a passkey, and asks for a name (field `name`).
#[derive(Template)]
#[template(path = "account/factor_passkey.html")]
pub struct AddPasskey<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What the browser needs to make one. `None`: there are none at an address without a name.
    pub options: Option<String>,
    /// What was typed.
    pub name: &'a str,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

/// Asks.
pub async fn show(person: RecentPerson, headers: HeaderMap) -> Response {
    person.answer(async { render(&person, &headers, None, &NO_ERRORS).await }).await
}

/// Takes what the browser made.
pub async fn submit(person: RecentPerson, headers: HeaderMap, PageForm(form): PageForm) -> Response {
    person
        .answer(async {
            let name = match name(&person.shell(), &form) {
                Ok(name) => name,
                Err(errors) => return render(&person, &headers, form.raw("name"), &errors).await,
            };
            let credential = form.one("credential").ok().flatten().unwrap_or_default();
            let key = match passkey::register(&person.owner(), &browser(&headers).hash(), &name, credential).await? {
                Registration::Done(method) => return added(&person, method).await,
                Registration::Refused => "factors-passkey-refused",
                Registration::Known => "factors-passkey-known",
                Registration::Full => "factors-full",
            };
            let mut errors = FormErrors::default();
            errors.add("name", person.shell().text(key));
            render(&person, &headers, Some(&name), &errors).await
        })
        .await
}

async fn render(
    person: &RecentPerson,
    headers: &HeaderMap,
    typed: Option<&str>,
    errors: &FormErrors,
) -> Result<Response, PageError> {
    let (shell, browser) = (person.shell(), browser(headers));
    let options = passkey::registration(&person.owner(), &browser.hash()).await?;
    let default = shell.text("factors-passkey");
    let content = AddPasskey {
        shell: &shell,
        options: options.map(|options| options.to_string()),
        name: typed.unwrap_or(&default),
        errors,
    };
    let page = shell.page(&content).with_status(errors.status());
    Ok((cookies::LOGIN.set(browser.expose()), page).into_response())
}
