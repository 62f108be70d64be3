//! Each list of the console as a file, as its filter and order are. Nothing secret is in any of them.

use axum::response::Response;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    apis, clients,
    export::{self, BATCH, Format},
    list::List,
    roles,
    session::Administrator,
    user_list,
};
use crate::{
    model::{
        registry::{Api, Role},
        user::User,
    },
    protocol::client::Client,
    store::{clients as client_rows, users as user_rows},
    web::form::Query,
};

const CLIENTS: &[&str] = &[
    "client_id",
    "client_name",
    "type",
    "enabled",
    "owner",
    "redirect_uris",
    "scope",
    "contacts",
    "created_at",
    "last_used_at",
];
const USERS: &[&str] = &[
    "user_id",
    "username",
    "name",
    "email",
    "email_verified",
    "enabled",
    "roles",
    "created_at",
    "held_at",
    "deleted_at",
];
const APIS: &[&str] = &["api_id", "identifier", "name", "scopes", "created_at"];
const ROLES: &[&str] = &["name", "description", "office", "scopes"];

/// The clients.
pub(super) async fn clients(admin: Administrator, Query(query): Query) -> Response {
    let read = async {
        let (mut list, format) = (List::read(&clients::LIST, &query)?, Format::read(&query)?);
        let wanted = clients::Wanted::read(&admin, &mut list).await?;
        list.must_be_right()?;
        Ok((list, format, wanted))
    };
    let (list, format, wanted) = match read.await {
        Ok(read) => read,
        Err(error) => return admin.answer(async { Err(error) }).await,
    };
    let (app, now) = (admin.app.clone(), admin.now);
    export::answer(&admin, "clients", format, CLIENTS, |mut file| async move {
        let mut end = None::<(String, String, OffsetDateTime)>;
        loop {
            let after = end.as_ref().map(|(id, name, at)| (id.as_str(), name.as_str(), *at));
            let found = client_rows::page(&app.db, wanted.sought(&list, now), list.stretch(after, BATCH)).await?;
            let Some(last_row) = found.last() else { return Ok(file) };
            end = Some((last_row.client_id.clone(), last_row.name.clone(), last_row.created_at));
            let ids = found.iter().map(|client| client.client_id.clone()).collect::<Vec<_>>();
            let uses = client_rows::last_uses(&app.db, &ids).await?;
            let row = |client: &Client| {
                vec![
                    json!(client.client_id),
                    json!(client.name),
                    json!(client.client_type.as_str()),
                    json!(client.enabled),
                    json!(client.owner),
                    json!(client.redirect_uris),
                    json!(client.scopes.iter().collect::<Vec<_>>()),
                    json!(client.contacts),
                    time(Some(client.created_at)),
                    time(uses.get(&client.client_id).copied()),
                ]
            };
            file.write(found.iter().map(row)).await?;
        }
    })
}

/// The users.
pub(super) async fn users(admin: Administrator, Query(query): Query) -> Response {
    let read = async {
        let (mut list, format) = (List::read(&user_list::LIST, &query)?, Format::read(&query)?);
        user_list::check(&admin, &mut list)?;
        list.must_be_right()?;
        Ok((list, format))
    };
    let (list, format) = match read.await {
        Ok(read) => read,
        Err(error) => return admin.answer(async { Err(error) }).await,
    };
    let app = admin.app.clone();
    export::answer(&admin, "users", format, USERS, |mut file| async move {
        let mut end = None::<(Uuid, String, OffsetDateTime)>;
        loop {
            let after = end.as_ref().map(|(id, name, at)| (*id, name.as_str(), *at));
            let found = user_rows::page(&app.db, user_list::sought(&list)?, list.stretch(after, BATCH)).await?;
            let Some(last_row) = found.last() else { return Ok(file) };
            end = Some((last_row.user_id, last_row.username.clone(), last_row.created_at));
            let row = |user: &User| {
                vec![
                    json!(user.user_id),
                    json!(user.username),
                    json!(user.profile.name),
                    json!(user.email),
                    json!(user.email_verified),
                    json!(user.enabled),
                    json!(user.roles),
                    time(Some(user.created_at)),
                    time(user.held_at),
                    time(user.deleted_at),
                ]
            };
            file.write(found.iter().map(row)).await?;
        }
    })
}

/// The APIs.
pub(super) async fn apis(admin: Administrator, Query(query): Query) -> Response {
    let read = async {
        let (list, format) = (List::read(&apis::LIST, &query)?, Format::read(&query)?);
        list.must_be_right()?;
        Ok((apis::found_by(&admin, &list).await?, format))
    };
    let (found, format) = match read.await {
        Ok(read) => read,
        Err(error) => return admin.answer(async { Err(error) }).await,
    };
    export::answer(&admin, "apis", format, APIS, |mut file| async move {
        let row = |api: Api| {
            let scopes = api.scopes.keys().collect::<Vec<_>>();
            vec![json!(api.api_id), json!(api.identifier), json!(api.name), json!(scopes), time(Some(api.created_at))]
        };
        file.write(found.into_iter().map(row)).await?;
        Ok(file)
    })
}

/// The roles.
pub(super) async fn roles(admin: Administrator, Query(query): Query) -> Response {
    let read = async {
        let (list, format) = (List::read(&roles::LIST, &query)?, Format::read(&query)?);
        list.must_be_right()?;
        Ok((roles::found_by(&admin, &list).await?, format))
    };
    let (found, format) = match read.await {
        Ok(read) => read,
        Err(error) => return admin.answer(async { Err(error) }).await,
    };
    export::answer(&admin, "roles", format, ROLES, |mut file| async move {
        let row = |role: Role| vec![json!(role.name), json!(role.description), json!(role.office), json!(role.scopes)];
        file.write(found.into_iter().map(row)).await?;
        Ok(file)
    })
}

fn time(at: Option<OffsetDateTime>) -> Value {
    at.and_then(|at| at.format(&Rfc3339).ok()).into()
}
