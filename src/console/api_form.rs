//! The form that registers an API, or changes one.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Map, Value};

use super::{
    api_scopes::{self, ScopeRow},
    apis::found,
    form,
    impact::{self, Removal},
    level,
    merging::reconciled,
    session::Administrator,
    undoing::{self, Editable},
    unsent::{self, Showing},
};
use crate::{
    app::InternalError,
    model::registry::Api,
    policy::{change::problems_of_api, refusal::Refusal},
    protocol::{client_metadata::choices::ALGORITHMS, parameters::Parameters, signing_algorithm::SigningAlgorithm},
    registry::{self, ChangeError, apis::ApiSettings},
    store,
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::{Section, Shell},
        picker,
        view::{Choice, FormErrors},
    },
};

/// The fields of the form.
const FIELDS: [&str; 6] =
    ["name", "scopes", "access_token_lifetime", "access_token_signing_alg", "roles_in_token", "required_acr"];

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
    /// The scopes, a row for each, and empty ones.
    pub scopes: Vec<ScopeRow>,
    /// How many registered ones are not shown.
    pub hidden_scopes: usize,
    /// `scopes.find`: what shows some of them.
    pub find: &'a str,
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
    admin
        .answer(async {
            let (form, showing) = unsent::held(&admin, "/admin/apis/new", Parameters::default()).await?;
            Ok(render(&admin, None, &form, showing))
        })
        .await
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
                    Ok(render(&admin, None, sent, Showing::refused(&errors, status)))
                }
            }
        })
        .await
}

/// The form of an API that there is.
pub(super) async fn edit(admin: Administrator, Path(id): Path<String>, Query(query): Query) -> Response {
    admin
        .answer(async {
            let api = found(&admin, &id).await?;
            let path = format!("/admin/apis/{}/edit", api.api_id);
            let settings = ApiSettings::from(&api);
            let thing = Editable::api(api.api_id);
            let (form, showing) = match undoing::put_back(&admin, &query, &thing, members(&settings)).await? {
                Some((members, unsent)) => {
                    let before = undoing::read(members)?;
                    (typed(&api, &before), Showing::holding(unsent))
                }
                None => unsent::held(&admin, &path, typed(&api, &settings)).await?,
            };
            Ok(render(&admin, Some(&api), &form, showing))
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
            let read = read(&admin, sent, ApiSettings::from(&api));
            if let Ok(settings) = &read
                && api.revision == revision
                && let Some(question) = taken_away(&admin, &api, settings).await?.question(&admin, sent).await?
            {
                return Ok(question);
            }
            let saved = match &read {
                Ok(settings) => registry::apis::update(&admin.app, &admin.by, api.api_id, revision, settings).await,
                Err(problems) => Err(ChangeError::Invalid(problems.clone())),
            };
            match (saved, read) {
                (Ok(()), _) => Ok(Redirect::to(&format!("/admin/apis/{}?done=saved", api.api_id)).into_response()),
                (Err(ChangeError::Outdated(since)), Ok(mine)) => {
                    let api = found(&admin, &id).await?;
                    let both = reconciled(&since, &members(&ApiSettings::from(&api)), members(&mine), &FIELDS);
                    let settings = serde_json::from_value(both.members.into()).map_err(InternalError::bug)?;
                    let showing = Showing::refused(&both.errors, StatusCode::PRECONDITION_FAILED);
                    Ok(render(&admin, Some(&api), &typed(&api, &settings), showing))
                }
                (Err(error), _) => {
                    let mut errors = FormErrors::default();
                    let status = form::explain(error, &mut errors)?;
                    Ok(render(&admin, Some(&api), sent, Showing::refused(&errors, status)))
                }
            }
        })
        .await
}

/// The form with what is registered or was typed; its revision is always the newest.
fn render(
    admin: &Administrator,
    existing: Option<&Api>,
    held: &Parameters,
    Showing { errors, status, unsent, revision }: Showing<'_>,
) -> Response {
    let shell = admin.shell(Section::Apis).with_unsent(unsent);
    let id = existing.map(|api| api.api_id.to_string());
    let (nothing, find) = (BTreeMap::new(), picker::sought(held, "scopes"));
    let (scopes, hidden_scopes) = api_scopes::shown(held, existing.map_or(&nothing, |api| &api.scopes), find);
    let content = ApiForm {
        shell: &shell,
        existing: id.as_deref(),
        revision: revision.or(existing.map(|api| api.revision)).unwrap_or_default(),
        errors,
        name: form::text(held, "name"),
        identifier: form::text(held, "identifier"),
        scopes,
        hidden_scopes,
        find,
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

/// What these settings would take away.
async fn taken_away(admin: &Administrator, api: &Api, settings: &ApiSettings) -> Result<Removal, PageError> {
    let gone = api.scopes.keys().filter(|name| !settings.scopes.contains_key(*name)).cloned().collect::<Vec<_>>();
    // What is wrong with the form is said first.
    let consequences = if gone.is_empty() || !problems_of_api(settings, admin.app.issuer()).is_empty() {
        Vec::new()
    } else {
        impact::sentences(&store::impact::of_scopes(&admin.app.db, &gone).await?, admin)
    };
    let path = format!("/admin/apis/{}/edit", api.api_id);
    Ok(Removal { section: Section::Apis, path, back: None, gone, consequences })
}

/// The settings by their names.
fn members(settings: &ApiSettings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// What the form of this API holds so that it gets these settings.
fn typed(registered: &Api, api: &ApiSettings) -> Parameters {
    let fields = [
        ("name", api.name.clone()),
        ("identifier", api.identifier.clone()),
        ("access_token_lifetime", api.access_token_lifetime.map(|seconds| seconds.to_string()).unwrap_or_default()),
        ("roles_in_token", api.roles_in_token.to_string()),
        ("access_token_signing_alg", api.access_token_signing_alg.as_str().to_owned()),
        ("required_acr", api.required_level.as_str().to_owned()),
    ];
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
    Parameters::from_pairs(fields.chain(api_scopes::changes(&registered.scopes, &api.scopes)))
}

/// The settings that a form stands for. `base`: what the form does not show stays as it is there.
///
/// # Errors
/// A scope stands in it twice. That is said with everything else that is wrong.
fn read(admin: &Administrator, form: &Parameters, base: ApiSettings) -> Result<ApiSettings, Vec<Refusal>> {
    let (scopes, twice) = api_scopes::read(form, &base.scopes);
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
