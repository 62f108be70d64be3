//! The end of a client.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};

use super::{path, settings::is_for_people};
use crate::{
    console::{
        confirm::{Act, Doomed},
        impact,
        recent_form::RecentForm,
        session::Administrator,
    },
    protocol::client::Client,
    registry, store,
    web::{error_page::PageError, page::Section},
};

/// Asks before the client is deleted.
pub(in crate::console) async fn ask(admin: Administrator, Path(id): Path<String>) -> Response {
    admin
        .answer(async {
            let client = admin.client(&id).await?;
            Ok(doomed(&admin, &client, &path(&id)).await?.ask(&admin))
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
            let client = admin.client(&id).await?;
            if let Err(again) = doomed(&admin, &client, &path(&id)).await?.confirmed(&admin, &sent) {
                return Ok(*again);
            }
            registry::clients::delete(&admin.app, &by, &id).await?;
            Ok(Redirect::to("/admin/clients?done=deleted").into_response())
        })
        .await
}

async fn doomed<'a>(admin: &Administrator, client: &'a Client, path: &'a str) -> Result<Doomed<'a>, PageError> {
    let consequences = if is_for_people(client) {
        &[
            "Nobody can sign in to it, and it gets no more tokens.",
            "The tokens that it has are revoked.",
            "What people allowed it is forgotten.",
        ][..]
    } else {
        &["It gets no more tokens.", "The tokens that it has are revoked."]
    };
    let impact = store::impact::of_client(&admin.app.db, &client.client_id).await?;
    let consequences = consequences.iter().map(ToString::to_string).chain(impact::sentences(&impact, admin)).collect();
    let (section, act) = (Section::Clients, Act::DELETE);
    Ok(Doomed { section, act, kind: "client", name: &client.name, back: path, path, consequences })
}
