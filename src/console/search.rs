//! One search for everything that has a name or an id: clients, APIs, roles, users, and what the audit trail says of a request
//! or of a token.

mod audit_trail;

use std::sync::Arc;

use askama::Template;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::{client, form, session::Administrator};
use crate::{
    model::{
        registry::{Api, Registry, Role},
        user::User,
    },
    policy::permission::Permission,
    protocol::client::Client,
    store::{
        clients,
        span::Span,
        users::{self, find, find_named},
    },
    web::{
        error_page::PageError,
        form::Query,
        page::{Section, Shell},
        view::FormErrors,
    },
};

/// How many of a kind are shown.
const MOST: usize = 10;
/// The most characters of a search.
const LONGEST: usize = 200;

/// What was found, of each kind that its reader may see. The form is a GET form: `q`.
#[derive(Template)]
#[template(path = "console/search.html")]
pub struct Search<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// What is searched for.
    pub query: &'a str,
    /// What is wrong with it.
    pub errors: &'a FormErrors,
    /// The one thing that is called exactly so.
    pub exact: Option<Hit>,
    /// What was found, by kind; none of them is empty.
    pub groups: Vec<Hits>,
    /// What may be searched for, in words.
    pub kinds: String,
}

/// What was found of one kind.
pub struct Hits {
    /// What they are.
    pub name: &'static str,
    /// The first of them.
    pub hits: Vec<Hit>,
    /// Where all are, if there are more.
    pub more: Option<String>,
}

/// Something that was found.
pub struct Hit {
    /// What it is called.
    pub name: String,
    /// Its id or address, or when it happened. May be empty.
    pub detail: String,
    /// Where it is.
    pub url: String,
    /// It is called, or has the id, exactly as was searched for.
    pub is_exact: bool,
}

/// The page.
pub(super) async fn show(admin: Administrator, Query(query): Query) -> Response {
    admin
        .answer(async {
            let wanted = form::text(form::strict(&query, &[])?, "q").trim();
            let mut errors = FormErrors::default();
            if wanted.chars().count() > LONGEST {
                errors.add("q", format!("Search for at most {LONGEST} characters."));
            }
            let groups = if wanted.is_empty() || !errors.is_empty() { vec![] } else { found(&admin, wanted).await? };
            let shell = admin.shell(Section::Home).apart();
            let mut groups = groups.into_iter().filter(|group| !group.hits.is_empty()).collect::<Vec<_>>();
            let content = Search {
                shell: &shell,
                query: wanted,
                errors: &errors,
                exact: take_exact(&mut groups),
                groups,
                kinds: kinds(&shell),
            };
            Ok(shell.page(&content).with_status(errors.status()).into_response())
        })
        .await
}

async fn found(admin: &Administrator, wanted: &str) -> Result<Vec<Hits>, PageError> {
    let (clients, users, events) =
        tokio::try_join!(clients_found(admin, wanted), users_found(admin, wanted), audit_trail::found(admin, wanted))?;
    let registry = admin.snapshot.registry();
    let apis = if admin.may(Permission::ApisRead) { apis_found(registry, wanted) } else { vec![] };
    let roles = if admin.may(Permission::RolesRead) { roles_found(registry, wanted) } else { vec![] };
    Ok(vec![
        hits("Clients", clients, "/admin/clients", wanted),
        hits("APIs", apis, "/admin/apis", wanted),
        hits("Roles", roles, "/admin/roles", wanted),
        hits("Users", users, "/admin/users", wanted),
        Hits { name: "Audit log", hits: events, more: None },
    ])
}

/// Up to so many of these, and the way to the list that has all of them.
fn hits(name: &'static str, mut hits: Vec<Hit>, path: &str, wanted: &str) -> Hits {
    let more = (hits.len() > MOST).then(|| form::link(path, &[("q", wanted)]));
    hits.sort_by_key(|hit| !hit.is_exact);
    hits.truncate(MOST);
    Hits { name, hits, more }
}

/// The one thing that is called so, if it is one alone.
fn take_exact(groups: &mut Vec<Hits>) -> Option<Hit> {
    let is_alone = groups.iter().flat_map(|group| &group.hits).filter(|hit| hit.is_exact).count() == 1;
    let group = groups.iter_mut().find(|group| is_alone && group.hits[0].is_exact)?;
    let hit = group.hits.remove(0);
    groups.retain(|group| !group.hits.is_empty());
    Some(hit)
}

fn one_more() -> i64 {
    i64::try_from(MOST + 1).unwrap_or(i64::MAX)
}

async fn clients_found(admin: &Administrator, wanted: &str) -> Result<Vec<Hit>, PageError> {
    if !admin.may_for_own(Permission::ClientsRead) {
        return Ok(Vec::new());
    }
    let sought = clients::Sought { text: Some(wanted), owner: admin.sees_clients_of(), ..clients::Sought::default() };
    let (exact, mut found) = tokio::try_join!(
        clients::find(&admin.app.db, wanted),
        clients::page(&admin.app.db, sought, Span::by_name(None, one_more()))
    )?;
    if let Some(exact) = exact.filter(|client| admin.author().sees(client)) {
        found.retain(|client| client.client_id != exact.client_id);
        found.insert(0, exact);
    }
    let hit = |client: Client| Hit {
        is_exact: is(&client.client_id, wanted) || is(&client.name, wanted),
        url: client::path(&client.client_id),
        name: client.metadata.name,
        detail: client.client_id,
    };
    Ok(found.into_iter().map(hit).collect())
}

async fn users_found(admin: &Administrator, wanted: &str) -> Result<Vec<Hit>, PageError> {
    if !admin.may(Permission::UsersRead) {
        return Ok(Vec::new());
    }
    let db = &admin.app.db;
    let subject = wanted.strip_prefix("user:").unwrap_or(wanted).parse::<Uuid>().ok();
    let of_subject = async {
        match subject {
            Some(user_id) => find(db, user_id).await,
            None => find_named(db, wanted).await,
        }
    };
    let sought = users::Sought { text: Some(wanted), ..users::Sought::default() };
    let (exact, mut found) = tokio::try_join!(of_subject, users::page(db, sought, Span::by_name(None, one_more())))?;
    if let Some(exact) = exact {
        found.retain(|user| user.user_id != exact.user_id);
        found.insert(0, exact);
    }
    let hit = |user: User| Hit {
        is_exact: is(&user.username, wanted)
            || subject == Some(user.user_id)
            || user.email.as_deref().is_some_and(|email| is(email, wanted)),
        url: format!("/admin/users/{}", user.user_id),
        name: user.username,
        detail: [user.profile.name, user.email].into_iter().flatten().collect::<Vec<_>>().join(" · "),
    };
    Ok(found.into_iter().map(hit).collect())
}

fn apis_found(registry: &Registry, wanted: &str) -> Vec<Hit> {
    let found = registry.apis().filter(|api| {
        let id = api.api_id.to_string();
        [&api.name, &api.identifier, &id].into_iter().chain(api.scopes.keys()).any(|text| holds(text, wanted))
    });
    let hit = |api: &Arc<Api>| Hit {
        name: api.name.clone(),
        detail: api.identifier.clone(),
        url: format!("/admin/apis/{}", api.api_id),
        is_exact: is(&api.name, wanted) || is(&api.identifier, wanted) || is(&api.api_id.to_string(), wanted),
    };
    found.map(hit).collect()
}

fn roles_found(registry: &Registry, wanted: &str) -> Vec<Hit> {
    let found = registry.roles().filter(|role| holds(&role.name, wanted) || holds(&role.description, wanted));
    let hit = |role: &Role| Hit {
        name: role.name.clone(),
        detail: role.description.clone(),
        url: format!("/admin/roles/{}", role.name),
        is_exact: is(&role.name, wanted),
    };
    found.map(hit).collect()
}

fn is(text: &str, wanted: &str) -> bool {
    text.to_lowercase() == wanted.to_lowercase()
}

fn holds(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(&wanted.to_lowercase())
}

/// What the reader may find, for the hint: "clients by name, id or redirect URI; …".
fn kinds(shell: &Shell) -> String {
    let kinds = [
        (Permission::ClientsRead, "clients by name, id or redirect URI"),
        (Permission::ApisRead, "APIs by name, identifier or scope"),
        (Permission::RolesRead, "roles by name or description"),
        (Permission::UsersRead, "users by username, name, email address or subject"),
        (Permission::AuditRead, "what happened by request id, jti of an access token, or event id"),
    ];
    let kinds = kinds.into_iter().filter(|(permission, _)| shell.may(*permission)).map(|(_, words)| words);
    kinds.collect::<Vec<_>>().join("; ")
}
