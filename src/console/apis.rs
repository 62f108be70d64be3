//! The APIs that accept our tokens, and their scopes.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    client::in_words,
    confirm::{Act, Doomed},
    form, impact, level,
    list::{self, Kind, List},
    session::Administrator,
    undoing::{self, Editable},
};
use crate::{
    language::Moment,
    model::registry::{Api, Registry},
    registry::{self, ChangeError},
    store::{self, apis},
    web::{
        error_page::PageError,
        form::{PageForm, Query},
        page::{Section, Shell},
        view::Notice,
    },
};

/// The list of APIs, as its URL may ask for it.
pub const LIST: Kind = Kind {
    path: "/admin/apis",
    names: ("API", "APIs"),
    orders: &["name", "identifier", "scopes", list::CREATED],
    filters: &["q"],
};

/// All APIs, a page at a time. The filter is a GET form: `q`, in name, identifier, id and scopes.
#[derive(Template)]
#[template(path = "console/apis.html")]
pub struct Apis<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// The list as it was asked for.
    pub list: &'a List,
    /// What was found.
    pub apis: Vec<ApiRow>,
}

/// An API in the list.
pub struct ApiRow {
    /// Its id, for its address.
    pub api_id: String,
    /// What users call it.
    pub name: String,
    /// The audience of its tokens.
    pub identifier: String,
    /// How many scopes it has.
    pub scopes: usize,
    /// When it was registered.
    pub created: Moment,
}

/// One API.
#[derive(Template)]
#[template(path = "console/api.html")]
pub struct ApiPage<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What was done just now.
    pub notices: Vec<Notice>,
    /// Its id, for its address.
    pub api_id: &'a str,
    /// What users call it.
    pub name: &'a str,
    /// The audience of its tokens.
    pub identifier: &'a str,
    /// In words. `None`: the client's own.
    pub access_token_lifetime: Option<String>,
    /// Its tokens name the user's roles.
    pub roles_in_token: bool,
    /// What signs its access tokens.
    pub algorithm: &'static str,
    /// The minimum assurance level, in words.
    pub required_acr: &'a str,
    /// When it was registered.
    pub created: Moment,
    /// Its scopes, by name.
    pub scopes: Vec<ScopeRow>,
}

/// A scope of an API.
pub struct ScopeRow {
    /// As clients ask for it.
    pub name: String,
    /// As users are asked for it.
    pub description: String,
    /// The roles that give it.
    pub roles: Vec<String>,
}

/// The list.
pub(super) async fn list(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let mut list = List::read(&LIST, &query)?;
            let found = found_by(&admin, &list).await?;
            let order = list.order();
            let rows = list.cut(found, |api| place(api, order)).into_iter().map(|api| ApiRow {
                api_id: api.api_id.to_string(),
                name: api.name,
                identifier: api.identifier,
                scopes: api.scopes.len(),
                created: Moment::new(api.created_at, admin.now),
            });
            let (shell, apis) = (admin.shell(Section::Apis), rows.collect());
            let content = Apis { shell: &shell, notices: form::notices(&query), list: &list, apis };
            Ok(shell.page(&content).with_status(list.errors.status()).into_response())
        })
        .await
}

/// The APIs that the filter of the list finds, in its order.
pub(super) async fn found_by(admin: &Administrator, list: &List) -> Result<Vec<Api>, PageError> {
    let mut found = apis::all(&admin.app.db).await?;
    found.retain(|api| {
        let texts = [&api.name, &api.identifier, &api.api_id.to_string()];
        list.is_found(texts.into_iter().chain(api.scopes.keys()))
    });
    let order = list.order();
    Ok(list.in_order(found, |api| place(api, order)))
}

/// The id of an API, and where it stands in this order.
fn place(api: &Api, order: &str) -> (String, String) {
    let place = match order {
        "identifier" => api.identifier.to_lowercase(),
        "scopes" => list::place_of(api.scopes.len()),
        list::CREATED => api.created_at.unix_timestamp_nanos().to_string(),
        _ => api.name.to_lowercase(),
    };
    (api.api_id.to_string(), place)
}

/// The page of an API.
pub(super) async fn show(admin: Administrator, Path(id): Path<String>, Query(query): Query) -> Response {
    admin
        .answer(async {
            let api = found(&admin, &id).await?;
            let shell = admin.shell(Section::Apis);
            let notices = form::notices_of(&query, &api.name);
            let content = ApiPage {
                shell: &shell,
                notices: undoing::offered(&admin, &query, Some(Editable::api(api.api_id)), notices).await?,
                api_id: &id,
                name: &api.name,
                identifier: &api.identifier,
                access_token_lifetime: api.access_token_lifetime.map(in_words),
                roles_in_token: api.roles_in_token,
                algorithm: api.access_token_signing_alg.as_str(),
                required_acr: level::in_words(api.required_level),
                created: Moment::new(api.created_at, admin.now),
                scopes: scopes(&api, admin.snapshot.registry()),
            };
            Ok(shell.page(&content).into_response())
        })
        .await
}

/// Asks before the API is deleted.
pub(super) async fn ask_delete(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let api = found(&admin, &id).await?;
            Ok(doomed(&admin, &api, &format!("/admin/apis/{id}")).await?.ask(&admin))
        })
        .await
}

/// Deletes the API, if its name was typed.
pub(super) async fn delete(admin: Administrator, Path(id): Path<String>, PageForm(sent): PageForm) -> Response {
    admin
        .answer(async {
            let api = found(&admin, &id).await?;
            if let Err(again) = doomed(&admin, &api, &format!("/admin/apis/{id}")).await?.confirmed(&admin, &sent) {
                return Ok(*again);
            }
            registry::apis::delete(&admin.app, &admin.by, api.api_id).await?;
            Ok(Redirect::to("/admin/apis?done=deleted").into_response())
        })
        .await
}

pub(super) async fn found(admin: &Administrator, id: &str) -> Result<Api, PageError> {
    Ok(apis::find(&admin.app.db, form::id(id)?).await?.ok_or(ChangeError::Unknown)?)
}

fn scopes(api: &Api, registry: &Registry) -> Vec<ScopeRow> {
    let giving = |scope: &str| {
        let roles = registry.roles().filter(|role| role.scopes.contains(scope));
        roles.map(|role| role.name.clone()).collect()
    };
    let row = |(name, words): (&String, &String)| ScopeRow {
        name: name.clone(),
        description: words.clone(),
        roles: giving(name),
    };
    api.scopes.iter().map(row).collect()
}

async fn doomed<'a>(admin: &Administrator, api: &'a Api, path: &'a str) -> Result<Doomed<'a>, PageError> {
    let scopes = api.scopes.keys().cloned().collect::<Vec<_>>();
    let mut consequences = vec![format!("No client gets a token for {} any more.", api.identifier)];
    if !scopes.is_empty() {
        consequences.push(format!("These scopes go, and roles lose them: {}", scopes.join(", ")));
        consequences.extend(impact::sentences(&store::impact::of_scopes(&admin.app.db, &scopes).await?, admin));
    }
    let (section, act) = (Section::Apis, Act::DELETE);
    Ok(Doomed { section, act, kind: "API", name: &api.name, back: path, path, consequences })
}
