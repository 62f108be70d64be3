//! Who owns a client: who may change it without permission to change every one.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{client, form, recent_form::RecentForm, session::Administrator};
use crate::{
    policy::{
        permission::{Permission, Powers},
        refusal::{Fault, Refusal},
    },
    protocol::client::Client,
    registry::{self, ChangeError},
    store::users,
    web::{
        error_page::PageError,
        page::{Section, Shell},
        view::{FormErrors, NO_ERRORS},
    },
};

/// Asks for the username of the owner (field `owner`). Empty: nobody owns the client.
#[derive(Template)]
#[template(path = "console/client_owner.html")]
pub struct ClientOwner<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// `client_id`.
    pub client_id: &'a str,
    /// `client_name`.
    pub name: &'a str,
    /// The username of the owner, as it is or as typed.
    pub owner: &'a str,
    /// What is wrong with what was typed.
    pub errors: &'a FormErrors,
}

/// The form.
pub(super) async fn ask(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let client = found(&admin, &id).await?;
            let owner = admin.owner_of(&client).await?.unwrap_or_default();
            Ok(render(&admin, &client, &owner, &NO_ERRORS, StatusCode::OK))
        })
        .await
}

/// Gives the client to another owner.
pub(super) async fn submit(Path(id): Path<String>, RecentForm { admin, by, form: sent }: RecentForm) -> Response {
    admin
        .answer(async {
            let client = found(&admin, &id).await?;
            let typed = form::text(form::strict(&sent, &[])?, "owner").trim();
            let mut errors = FormErrors::default();
            let status = match give(&admin, &by, &id, typed).await {
                Ok(()) => {
                    return Ok(Redirect::to(&form::link(&client::path(&id), &[("done", "saved")])).into_response());
                }
                Err(error) => form::explain(error, &mut errors)?,
            };
            Ok(render(&admin, &client, typed, &errors, status))
        })
        .await
}

async fn give(
    admin: &Administrator,
    by: &registry::RecentPrincipal,
    client_id: &str,
    username: &str,
) -> Result<(), ChangeError> {
    let unknown = || Refusal::new("owner", Fault::Unknown, "There is no user with this username.");
    let owner = match username {
        "" => None,
        username => Some(users::find_named(&admin.app.db, username).await?.ok_or_else(unknown)?.user_id),
    };
    registry::clients::give(&admin.app, by, client_id, owner).await
}

/// The client, for somebody who may say who owns it.
async fn found(admin: &Administrator, client_id: &str) -> Result<Client, PageError> {
    let client = admin.client(client_id).await?;
    if admin.may_give_clients() {
        Ok(client)
    } else {
        Err(ChangeError::Lacks(Powers::of(&[Permission::ClientsWrite])).into())
    }
}

fn render(admin: &Administrator, client: &Client, owner: &str, errors: &FormErrors, status: StatusCode) -> Response {
    let shell = admin.shell(Section::Clients);
    let content = ClientOwner { shell: &shell, client_id: &client.client_id, name: &client.name, owner, errors };
    shell.page(&content).with_status(status).into_response()
}
