//! Asks administrators to prove again who they are, before what matters most (AD-11): a stranger at an open console changes
//! no key, no role and no account. What was filled in waits in the page meanwhile.

use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::session::Administrator;
use crate::{
    authentication::{cookies, passkey, second_factor},
    protocol::{assurance::Level, parameters::Parameters},
    web::{
        error_page::PageError,
        form::PageForm,
        interaction::browser,
        page::{Section, Shell},
        view::{FormErrors, NO_ERRORS},
        visit::Visit,
    },
};

/// Stands before the name of each field that waits, so that none is taken for one of this page's own.
const WAITS: &str = "waits.";
/// The name of the field that says where the form goes that waits.
const PATH: &str = "path";

/// Asks for a code (field `code`) or a passkey. The form that waits comes along: `path`, and its fields behind `waits.`.
#[derive(Template)]
#[template(path = "console/reauthentication.html")]
pub struct Reauthentication<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The form that waits, as hidden fields.
    pub waiting: Vec<(String, &'a str)>,
    /// Whether a code will do.
    pub by_code: bool,
    /// What the browser needs to ask for a passkey, as JSON.
    pub options: Option<String>,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
}

impl Reauthentication<'_> {
    /// One button of a page stands out.
    const fn passkey_button(&self) -> &'static str {
        if self.by_code { "secondary" } else { "" }
    }
}

/// Sends the form that waited, by a button or by itself.
#[derive(Template)]
#[template(path = "console/go_on.html")]
pub struct GoOn<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Where it goes.
    pub path: &'a str,
    /// Its fields.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// A form that waits until its sender has proven who they are.
pub(super) struct Waiting {
    pub path: String,
    pub form: Parameters,
}

/// Asks who is there, before this form is sent to this path.
pub(super) async fn ask(admin: &Administrator, headers: &HeaderMap, path: &str, form: &Parameters) -> Response {
    let waiting = Waiting { path: path.to_owned(), form: form.clone() };
    admin
        .answer(async {
            let page = render(admin, headers, &waiting, &NO_ERRORS).await?;
            Ok((StatusCode::FORBIDDEN, page).into_response())
        })
        .await
}

/// Checks the answer, and sends the form that waits on its way.
pub(super) async fn submit(admin: Administrator, headers: HeaderMap, PageForm(sent): PageForm) -> Response {
    admin.answer(check(&admin, &headers, &sent)).await
}

async fn check(admin: &Administrator, headers: &HeaderMap, sent: &Parameters) -> Result<Response, PageError> {
    let waiting = Waiting::of(sent).ok_or_else(PageError::gone)?;
    let Visit { app, present, by, .. } = &**admin;
    let one = |name| sent.one(name).ok().flatten().unwrap_or_default();
    let (code, credential) = (one("code"), one("credential"));
    let proven = if credential.is_empty() {
        second_factor::by_code(app, present, code, needs_passkey(admin), headers, by.actor()).await
    } else {
        second_factor::by_passkey(app, present, &browser(headers).hash(), credential, by.actor()).await
    };
    let (status, key, wait) = match proven {
        Ok(started) => {
            let cookie = cookies::ADMIN.set(started.secret.expose());
            return Ok((cookie, go_on(admin, &waiting)).into_response());
        }
        Err(failure) => failure.explained(!credential.is_empty())?,
    };
    let mut errors = FormErrors::default();
    let field = if credential.is_empty() && takes_codes(admin) { "code" } else { "passkey" };
    errors.add(field, admin.shell(waiting.section()).text(key));
    let retry_after = wait.map(|seconds| [(RETRY_AFTER, HeaderValue::from(seconds))]);
    Ok((status, retry_after, render(admin, headers, &waiting, &errors).await?).into_response())
}

impl Waiting {
    /// The form that came along. `None`: it goes nowhere in the console.
    pub fn of(sent: &Parameters) -> Option<Self> {
        let path = sent.one(PATH).ok().flatten().filter(|path| path.starts_with("/admin/"))?;
        let fields = sent.pairs().filter_map(|(name, value)| Some((name.strip_prefix(WAITS)?, value)));
        Some(Self { path: path.to_owned(), form: Parameters::from_pairs(fields) })
    }

    fn section(&self) -> Section {
        Section::at(&self.path).unwrap_or(Section::Clients)
    }
}

/// Any factor does of the level that the administrator must have reached.
fn needs_passkey(admin: &Administrator) -> bool {
    admin.required(admin.snapshot.registry()) == Level::Phr
}

fn takes_codes(admin: &Administrator) -> bool {
    !needs_passkey(admin) && admin.factors.by_code()
}

fn go_on(admin: &Administrator, waiting: &Waiting) -> Response {
    let shell = admin.shell(waiting.section());
    shell.page(&GoOn { shell: &shell, path: &waiting.path, fields: waiting.form.pairs().collect() }).into_response()
}

async fn render(
    admin: &Administrator,
    headers: &HeaderMap,
    waiting: &Waiting,
    errors: &FormErrors,
) -> Result<Response, PageError> {
    let (shell, browser) = (admin.shell(waiting.section()), browser(headers));
    let options = if admin.factors.passkey {
        passkey::challenge(&admin.app, &browser.hash(), Some(admin.user.user_id), admin.now).await?
    } else {
        None
    };
    let fields = waiting.form.pairs().map(|(name, value)| (format!("{WAITS}{name}"), value));
    let content = Reauthentication {
        shell: &shell,
        waiting: std::iter::once((PATH.to_owned(), waiting.path.as_str())).chain(fields).collect(),
        by_code: takes_codes(admin),
        options: options.map(|options| options.to_string()),
        errors,
    };
    Ok((cookies::LOGIN.set(browser.expose()), shell.page(&content)).into_response())
}
