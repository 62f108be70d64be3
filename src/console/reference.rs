//! The pages that describe the admin API, made of its own description, and let whoever reads them try it: with their session,
//! so as far as they may go, and for real.

mod description;

use askama::Template;
use axum::{
    Extension,
    body::Body,
    extract::Path,
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded::Serializer;

pub use description::{Body as Sent, Member, Operation, Parameter};

use super::{reauthentication, session::Administrator};
use crate::{
    accounts::waiting,
    protocol::parameters::Parameters,
    registry::ChangeError,
    web::{
        admin_api::{AdminApi, Answer},
        error_page::PageError,
        form::{PageForm, Query},
        page::{Section, Shell},
        view::{FormErrors, NO_ERRORS},
    },
};

/// So much of an answer is shown, in bytes.
const SHOWN: usize = 100_000;
/// Fields of the form: what is sent, and of which revision it was made.
const BODY: &str = "body";
const IF_MATCH: &str = "If-Match";
/// In the query: what is in the form is asked for, or what there is is put into it.
const TRY: &str = "try";
const FILL: &str = "fill";

/// Every operation.
#[derive(Template)]
#[template(path = "console/reference.html")]
pub struct ReferencePage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What operations are about, and these.
    pub groups: Vec<(String, Vec<Operation>)>,
}

/// One operation, with a form to try it.
#[derive(Template)]
#[template(path = "console/operation.html")]
pub struct OperationPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What it is.
    pub operation: &'a Operation,
    /// How a program asks for it.
    pub curl: String,
    /// What stands in the path, the query and headers, each with what was typed.
    pub fields: Vec<(Parameter, String)>,
    /// What is to be sent.
    pub body: String,
    /// What there is can be put into the form.
    pub can_fill: bool,
    /// What is wrong with the form.
    pub errors: &'a FormErrors,
    /// What was answered.
    pub answered: Option<Answered>,
}

/// An answer, as it is shown.
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Answered {
    pub status: String,
    pub is_success: bool,
    pub etag: String,
    pub body: String,
    /// It waits, because it may hold a secret or be made twice.
    #[serde(default)]
    pub waits: bool,
}

/// What is there to be asked for.
pub(super) async fn list(admin: Administrator, Extension(api): Extension<AdminApi>) -> Response {
    admin
        .answer(async {
            let shell = admin.shell(Section::Reference);
            let mut groups = Vec::<(String, Vec<Operation>)>::new();
            for operation in description::all(&api.description().await?) {
                let name = heading(operation.group());
                match groups.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, operations)) => operations.push(operation),
                    None => groups.push((name, vec![operation])),
                }
            }
            Ok(shell.page(&ReferencePage { shell: &shell, groups }).into_response())
        })
        .await
}

fn heading(group: &str) -> String {
    match group {
        "apis" => "APIs".to_owned(),
        other => {
            let words = other.replace('-', " ");
            let mut letters = words.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
    }
}

/// An operation. One that only reads is tried by its URL.
pub(super) async fn show(
    admin: Administrator,
    Path(id): Path<String>,
    Query(query): Query,
    Extension(api): Extension<AdminApi>,
) -> Response {
    admin
        .answer(async {
            let all = description::all(&api.description().await?);
            let operation = found(&all, &id)?;
            let path = path_of(operation);
            let answered = waiting::shown::<Answered>(&admin.app, &admin.reader(&path)).await?;
            let mut typed = query.clone();
            let reads = operation.method == "GET" && query.has(TRY);
            let source = all.iter().find(|one| one.path == operation.path && one.method == "GET");
            let asked = if reads { Some(operation) } else { source.filter(|_| query.has(FILL)) };
            let Some(asked) = asked else {
                return Ok(render(&admin, operation, source.is_some(), &typed, &NO_ERRORS, answered));
            };
            let answer = match request(asked, &query) {
                Ok(request) => api.ask(request, admin.acting()).await?,
                Err(errors) => return Ok(render(&admin, operation, source.is_some(), &typed, &errors, answered)),
            };
            if reads || !answer.status.is_success() {
                let answered = Some(told(&answer, false));
                return Ok(render(&admin, operation, source.is_some(), &typed, &NO_ERRORS, answered));
            }
            let Answered { etag, body, .. } = told(&answer, false);
            let filled = [(IF_MATCH, etag.trim_matches('"')), (BODY, &body)];
            typed = Parameters::from_pairs(
                query.pairs().chain(filled).map(|(name, value)| (name.to_owned(), value.to_owned())),
            );
            Ok(render(&admin, operation, true, &typed, &NO_ERRORS, answered))
        })
        .await
}

/// Asks for an operation that changes something. What is answered waits on its page, which reloading does not ask again.
pub(super) async fn submit(
    admin: Administrator,
    Path(id): Path<String>,
    headers: HeaderMap,
    Extension(api): Extension<AdminApi>,
    PageForm(form): PageForm,
) -> Response {
    admin
        .answer(async {
            let all = description::all(&api.description().await?);
            let operation = found(&all, &id)?;
            let path = path_of(operation);
            if operation.is_recent() && admin.by.recent(admin.now).is_none() {
                return Ok(reauthentication::ask(&admin, &headers, &path, &form).await);
            }
            match request(operation, &form) {
                Ok(request) => {
                    let answered = told(&api.ask(request, admin.acting()).await?, true);
                    waiting::show(&admin.app, &admin.reader(&path), &answered).await?;
                    Ok(Redirect::to(&path).into_response())
                }
                Err(errors) => {
                    let has_source = all.iter().any(|one| one.path == operation.path && one.method == "GET");
                    Ok(render(&admin, operation, has_source, &form, &errors, None))
                }
            }
        })
        .await
}

fn found<'a>(all: &'a [Operation], id: &str) -> Result<&'a Operation, PageError> {
    Ok(all.iter().find(|one| one.id == id).ok_or(ChangeError::Unknown)?)
}

fn path_of(operation: &Operation) -> String {
    format!("/admin/reference/{}", operation.id)
}

/// The request that a form describes, or what is wrong with it.
fn request(operation: &Operation, form: &Parameters) -> Result<Request<Body>, FormErrors> {
    let mut errors = FormErrors::default();
    let (mut path, mut query) = (operation.path.clone(), Serializer::new(String::new()));
    let mut request = Request::builder().method(operation.method.as_str());
    let typed = |name: &str| form.one(name).ok().flatten().unwrap_or_default().trim();
    for Parameter { name, place, is_required, .. } in &operation.parameters {
        let value = typed(name);
        if value.is_empty() {
            if *is_required {
                errors.add(name.clone(), "Fill this in.");
            }
            continue;
        }
        match place.as_str() {
            "path" => {
                path = path.replace(&format!("{{{name}}}"), &utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
            }
            "query" => _ = query.append_pair(name, value),
            _ => request = request.header(name.as_str(), format!("\"{}\"", value.trim_matches('"'))),
        }
    }
    let body = match &operation.body {
        Some(Sent { is_json: true, .. }) => {
            if let Err(error) = serde_json::from_str::<Value>(typed(BODY)) {
                errors.add(BODY, format!("This is not JSON: {error}."));
            }
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(typed(BODY).to_owned())
        }
        _ => Body::empty(),
    };
    let query = query.finish();
    let uri = if query.is_empty() { path } else { format!("{path}?{query}") };
    let built = request.uri(uri).body(body);
    match built {
        Ok(request) if errors.is_empty() => Ok(request),
        Ok(_) => Err(errors),
        Err(_) => {
            errors.add(BODY, "This cannot be sent: use no line breaks outside of the body.");
            Err(errors)
        }
    }
}

/// What a parameter must be, in words.
pub(crate) fn hint(parameter: &Parameter) -> String {
    let place = match parameter.place.as_str() {
        "path" => "in the path",
        "query" => "in the query",
        _ => "the revision that was read",
    };
    let needed = if parameter.is_required { "" } else { ", if you like" };
    format!("{}, {place}{needed}", parameter.kind)
}

fn told(answer: &Answer, waits: bool) -> Answered {
    let json = serde_json::from_slice::<Value>(&answer.body).ok();
    let mut body = json.and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_default();
    if body.len() > SHOWN {
        body.truncate(body.floor_char_boundary(SHOWN));
        body.push_str("\n… The rest is not shown here.");
    }
    let etag = answer.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or_default().to_owned();
    Answered { status: answer.status.to_string(), is_success: answer.status.is_success(), etag, body, waits }
}

fn render(
    admin: &Administrator,
    operation: &Operation,
    has_source: bool,
    typed: &Parameters,
    errors: &FormErrors,
    answered: Option<Answered>,
) -> Response {
    let shell = admin.shell(Section::Reference);
    let one = |name: &str| typed.one(name).ok().flatten().map(str::to_owned);
    let fields = operation.parameters.iter();
    let fields = fields.map(|one_of| (one_of.clone(), one(&one_of.name).unwrap_or_default())).collect();
    let example = operation.body.as_ref().map(|body| body.example.clone()).unwrap_or_default();
    let content = OperationPage {
        shell: &shell,
        operation,
        curl: curl(admin, operation),
        fields,
        body: one(BODY).unwrap_or(example),
        can_fill: has_source && operation.method == "PUT" && operation.body.as_ref().is_some_and(|body| body.is_json),
        errors,
        answered,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    shell.page(&content).with_status(status).into_response()
}

fn curl(admin: &Administrator, operation: &Operation) -> String {
    let mut lines = vec![format!("curl -X {} -H \"Authorization: Bearer $TOKEN\"", operation.method)];
    if operation.parameters.iter().any(|one| one.name == IF_MATCH) {
        lines.push("-H 'If-Match: \"1\"'".to_owned());
    }
    match &operation.body {
        Some(Sent { is_json: true, .. }) => {
            lines.push("-H \"Content-Type: application/json\" -d @body.json".to_owned());
        }
        Some(_) => lines.push("-H \"Content-Type: image/png\" --data-binary @logo.png".to_owned()),
        None => {}
    }
    lines.push(format!("{}{}", admin.app.issuer().trim_end_matches('/'), operation.path));
    lines.join(" \\\n    ")
}
