//! The end of a client.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{found, path, settings::is_for_people};
use crate::{
    console::{
        confirm::{Act, Doomed},
        recent_form::RecentForm,
        session::Administrator,
    },
    protocol::client::Client,
    registry,
    web::page::Section,
};

/// Asks before the client is deleted.
pub(in crate::console) async fn ask(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let client = found(&admin, &id).await?;
            Ok(doomed(&client, &path(&id)).ask(&admin))
        })
        .await
}

/// Deletes the client, if its name was typed.
pub(in crate::console) async fn delete(
    Path(id): Path<String>,
    RecentForm { admin, by, form: sent }: RecentForm,
) -> Response {
    admin
        .answer(async {
            let client = found(&admin, &id).await?;
            if let Err(again) = doomed(&client, &path(&id)).confirmed(&admin, &sent) {
                return Ok(*again);
            }
            registry::clients::delete(&admin.app, &by, &id).await?;
            Ok(Redirect::to("/admin/clients?done=deleted").into_response())
        })
        .await
}

fn doomed<'a>(client: &'a Client, path: &'a str) -> Doomed<'a> {
    let consequences = if is_for_people(client) {
        &[
            "Nobody can sign in to it, and it gets no more tokens.",
            "The tokens that it has are revoked.",
            "What people allowed it is forgotten.",
        ][..]
    } else {
        &["It gets no more tokens.", "The tokens that it has are revoked."]
    };
    let consequences = consequences.iter().map(ToString::to_string).collect();
    Doomed {
        section: Section::Clients,
        act: Act::DELETE,
        kind: "client",
        name: &client.name,
        back: path,
        path,
        consequences,
    }
}
