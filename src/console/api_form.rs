//! The form that registers an API, or changes one.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{apis::found, form, level, session::Administrator};
use crate::{
    model::registry::Api,
    policy::{
        change::problems_of_api,
        refusal::{Fault, Refusal},
    },
    protocol::{client_metadata::choices::ALGORITHMS, parameters::Parameters, signing_algorithm::SigningAlgorithm},
    registry::{self, ChangeError, apis::ApiSettings},
    web::{
        form::PageForm,
        page::{Section, Shell},
        view::{Choice, FormErrors, NO_ERRORS},
    },
};

/// Registers an API, or changes one.
#[derive(Template)]
#[template(path = "console/api_form.html")]
pub struct ApiForm<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// The id of the API that is changed. `None`: a new one.
    pub existing: Option<&'a str>,
    /// The row's revision when the form was shown.
    pub revision: i32,
    /// What is wrong with what was sent.
    pub errors: &'a FormErrors,
    /// `name`.
    pub name: &'a str,
    /// `identifier`.
    pub identifier: &'a str,
    /// `scopes`: one a line, a name and its description with a space between.
    pub scopes: &'a str,
    /// `access_token_lifetime`: seconds; empty for the client's own.
    pub access_token_lifetime: &'a str,
    /// `roles_in_token`.
    pub roles_in_token: bool,
    /// `access_token_signing_alg`.
    pub algorithms: Vec<Choice>,
    /// `required_acr`.
    pub required_acrs: Vec<Choice>,
}

/// The form of a new API.
pub(super) async fn create(admin: Administrator) -> Response {
    render(&admin, None, &Parameters::default(), &NO_ERRORS, StatusCode::OK)
}

/// Registers the API.
pub(super) async fn submit_new(admin: Administrator, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &[])?;
            let created = match read(&admin, sent, ApiSettings::default()) {
                Ok(settings) => registry::apis::create(&admin.app, &admin.by, &settings).await,
                Err(problems) => Err(ChangeError::Invalid(problems)),
            };
            match created {
                Ok(api) => Ok(Redirect::to(&format!("/admin/apis/{}?done=created", api.api_id)).into_response()),
                Err(error) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    Ok(render(&admin, None, sent, &errors, status))
                }
            }
        })
        .await
}

/// The form of an API that there is.
pub(super) async fn edit(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let api = found(&admin, &id).await?;
            Ok(render(&admin, Some(&api), &typed(&api), &NO_ERRORS, StatusCode::OK))
        })
        .await
}

/// Saves the API.
pub(super) async fn submit_edit(admin: Administrator, Path(id): Path<String>, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let sent = form::strict(&sent, &[])?;
            let api = found(&admin, &id).await?;
            let revision = form::id(form::text(sent, "revision"))?;
            let saved = match read(&admin, sent, ApiSettings::from(&api)) {
                Ok(settings) => registry::apis::update(&admin.app, &admin.by, api.api_id, revision, &settings).await,
                Err(problems) => Err(ChangeError::Invalid(problems)),
            };
            let mut errors = FormErrors::default();
            let status = match saved {
                Ok(()) => return Ok(Redirect::to(&format!("/admin/apis/{}?done=saved", api.api_id)).into_response()),
                Err(error) => form::explain(error, &mut errors)?,
            };
            Ok(render(&admin, Some(&api), sent, &errors, status))
        })
        .await
}

/// The form with what is registered or was typed; its revision is always the newest.
fn render(
    admin: &Administrator,
    existing: Option<&Api>,
    held: &Parameters,
    errors: &FormErrors,
    status: StatusCode,
) -> Response {
    let shell = admin.shell(Section::Apis);
    let id = existing.map(|api| api.api_id.to_string());
    let content = ApiForm {
        shell: &shell,
        existing: id.as_deref(),
        revision: existing.map_or(0, |api| api.revision),
        errors,
        name: form::text(held, "name"),
        identifier: form::text(held, "identifier"),
        scopes: form::text(held, "scopes"),
        access_token_lifetime: form::text(held, "access_token_lifetime"),
        roles_in_token: form::text(held, "roles_in_token") == "true",
        algorithms: algorithms(form::text(held, "access_token_signing_alg")),
        required_acrs: level::choices(form::text(held, "required_acr")),
    };
    shell.page(&content).with_status(status).into_response()
}

/// The algorithms, with this one chosen; ours if none is.
#[must_use]
pub fn algorithms(chosen: &str) -> Vec<Choice> {
    let chosen = chosen.parse().unwrap_or_else(|_| SigningAlgorithm::default());
    form::choose(ALGORITHMS.iter().map(form::listed).collect(), chosen.as_str())
}

/// What the form of this API holds.
fn typed(api: &Api) -> Parameters {
    let scopes = api.scopes.iter().map(|(name, words)| format!("{name} {words}")).collect::<Vec<_>>();
    Parameters::from_pairs([
        ("name", api.name.clone()),
        ("identifier", api.identifier.clone()),
        ("scopes", scopes.join("\n")),
        ("access_token_lifetime", api.access_token_lifetime.map(|seconds| seconds.to_string()).unwrap_or_default()),
        ("roles_in_token", api.roles_in_token.to_string()),
        ("access_token_signing_alg", api.access_token_signing_alg.as_str().to_owned()),
        ("required_acr", api.required_level.as_str().to_owned()),
    ])
}

/// The settings that a form stands for. `base`: what the form does not show stays as it is there.
///
/// # Errors
/// A scope stands in it twice. That is said with everything else that is wrong.
fn read(admin: &Administrator, form: &Parameters, base: ApiSettings) -> Result<ApiSettings, Vec<Refusal>> {
    let (mut scopes, mut twice) = (BTreeMap::new(), Vec::new());
    for line in form::lines(form, "scopes") {
        let (name, words) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        if scopes.insert(name.to_owned(), words.trim().to_owned()).is_some() {
            twice.push(Refusal::new("scopes", Fault::NotAllowed, format!("{name} stands there twice.")));
        }
    }
    let settings = ApiSettings {
        identifier: form::given(form, "identifier").map_or(base.identifier, str::to_owned),
        name: form::text(form, "name").to_owned(),
        access_token_lifetime: form::number(form, "access_token_lifetime"),
        roles_in_token: form::text(form, "roles_in_token") == "true",
        access_token_signing_alg: form::text(form, "access_token_signing_alg")
            .parse()
            .unwrap_or(base.access_token_signing_alg),
        required_level: form::text(form, "required_acr").parse().unwrap_or(base.required_level),
        scopes,
    };
    if twice.is_empty() {
        return Ok(settings);
    }
    Err(problems_of_api(&settings, admin.app.issuer()).into_iter().chain(twice).collect())
}
