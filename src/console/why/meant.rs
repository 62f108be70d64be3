//! Which client, user and API a question means, by whatever name.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    app::Snapshot,
    console::{form, session::Administrator},
    model::{registry::Registry, user::User},
    policy::permission::Permission,
    protocol::{client::Client, parameters::Parameters},
    registry::ChangeError,
    store::{
        clients,
        span::Span,
        users::{self, find, find_named},
    },
    web::error_page::PageError,
};

/// How many are named that may be meant.
const MOST: usize = 10;
/// The most characters of a name.
const LONGEST: usize = 200;

/// What a name stands for.
pub(super) enum Found<T> {
    One(T),
    Several(Vec<Meant>),
    Nothing,
}

/// Something that may be meant.
pub struct Meant {
    /// What it is called.
    pub name: String,
    /// Its id or address.
    pub detail: String,
    /// The question, if this is meant.
    pub url: String,
}

/// A client by its id, or by its name or the beginning of it.
pub(super) async fn client(
    admin: &Administrator,
    snapshot: &mut Snapshot,
    query: &Parameters,
    typed: &str,
) -> Result<Found<Arc<Client>>, PageError> {
    if typed.chars().count() > LONGEST {
        return Ok(Found::Nothing);
    }
    let sees = |client: &Arc<Client>| admin.author().sees(client);
    if let Some(client) = snapshot.client(typed).await?.filter(sees) {
        return Ok(Found::One(client));
    }
    let sought = clients::Sought { text: Some(typed), owner: admin.sees_clients_of(), ..clients::Sought::default() };
    let found = clients::page(&admin.app.db, sought, Span::by_name(None, page_length())).await?;
    let id = match the_one(&found, |client| client.name.to_lowercase() == typed.to_lowercase()) {
        Some(client) => client.client_id.clone(),
        None => return Ok(several(query, "client", &found, |it| (&it.client_id, &it.name, &it.client_id))),
    };
    Ok(snapshot.client(&id).await?.filter(sees).map_or(Found::Nothing, Found::One))
}

/// A user by their id, username or email address, or by the beginning of a name.
pub(super) async fn user(admin: &Administrator, query: &Parameters, typed: &str) -> Result<Found<User>, PageError> {
    if !admin.may(Permission::UsersRead) {
        return Err(ChangeError::Lacks(crate::policy::permission::Powers::of(&[Permission::UsersRead])).into());
    }
    if typed.chars().count() > LONGEST {
        return Ok(Found::Nothing);
    }
    let db = &admin.app.db;
    let exact = match typed.strip_prefix("user:").unwrap_or(typed).parse::<Uuid>() {
        Ok(user_id) => find(db, user_id).await?,
        Err(_) => find_named(db, typed).await?,
    };
    if let Some(user) = exact {
        return Ok(Found::One(user));
    }
    let sought = users::Sought { text: Some(typed), ..users::Sought::default() };
    let found = users::page(db, sought, Span::by_name(None, page_length())).await?;
    let has_address = |user: &User| user.email.as_ref().is_some_and(|it| it.to_lowercase() == typed.to_lowercase());
    if let Some(user) = the_one(&found, has_address) {
        return Ok(Found::One(user.clone()));
    }
    let id_of = |user: &User| user.user_id.to_string();
    let ids = found.into_iter().map(|user| (id_of(&user), user)).collect::<Vec<_>>();
    Ok(several(query, "user", &ids, |(id, user)| (id, &user.username, user.email.as_deref().unwrap_or_default())))
}

/// The identifier of an API by that, or by its name.
pub(super) fn api(registry: &Registry, typed: &str) -> Option<String> {
    let named = || registry.apis().find(|api| api.name.to_lowercase() == typed.to_lowercase());
    registry.api_identified(typed).or_else(named).map(|api| api.identifier.clone())
}

fn page_length() -> i64 {
    i64::try_from(MOST).unwrap_or(i64::MAX)
}

/// The only one, or the only one that is called exactly so.
fn the_one<T>(found: &[T], is_exact: impl Fn(&T) -> bool) -> Option<&T> {
    match found {
        [only] => Some(only),
        _ => Some(found.iter().filter(|it| is_exact(it)).collect::<Vec<_>>())
            .filter(|exact| exact.len() == 1)
            .map(|exact| exact[0]),
    }
}

fn several<'t, T, Answer>(
    query: &Parameters,
    field: &str,
    found: &'t [T],
    names: impl Fn(&'t T) -> (&'t String, &'t String, &'t str),
) -> Found<Answer> {
    let meant = |one| {
        let (id, name, detail) = names(one);
        let value = |of| if of == field { id.as_str() } else { form::text(query, of) };
        let pairs = ["client", "user", "scope", "resource"].map(|of| (of, value(of)));
        Meant { name: name.clone(), detail: detail.to_owned(), url: form::link("/admin/why", &pairs) }
    };
    if found.is_empty() { Found::Nothing } else { Found::Several(found.iter().map(meant).collect()) }
}
