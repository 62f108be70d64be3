//! Where the answer to a request may go, and what is said if it may go nowhere.

use std::{net::IpAddr, sync::Arc};

use time::OffsetDateTime;
use uuid::Uuid;

use super::signed;
use crate::{
    app::{Actor, App, AuditUnavailable, InternalError, NotRead, Snapshot},
    policy::event::Event,
    protocol::{
        authorization_request::{self, AuthorizationRequest, Destination, UnsafeRequest, pushed_reference},
        client::Client,
        client_id_url,
        parameters::Parameters,
        redirect_uri,
    },
    registry::client_documents,
    secret::{Handle, SecretKind},
    server::request_id,
    store::pushed_requests,
    web::error_page::PageError,
};

/// Why the answer may go nowhere: with the client, if there is one, and the value that is wrong.
pub(super) struct Nowhere {
    why: UnsafeRequest,
    client: Option<Arc<Client>>,
    shown: Option<String>,
}

/// How a request came.
pub(super) enum Came {
    /// With the browser, perhaps signed: it is read once it is known where its answer may go.
    Here(Destination, Option<Parameters>),
    /// From the client itself, which pushed it.
    Pushed(Uuid, Box<AuthorizationRequest>),
}

/// Where the answer may go.
pub(super) async fn find(
    snapshot: &mut Snapshot,
    parameters: &Parameters,
    from: IpAddr,
) -> Result<Result<(Arc<Client>, Came), Nowhere>, PageError> {
    let nowhere = |why: UnsafeRequest, client: Option<&Arc<Client>>, shown: Option<&str>| {
        let shown = shown.map(|text| text.chars().take(300).collect::<String>());
        Nowhere { why, client: client.cloned(), shown }
    };
    let client_id = match authorization_request::client_id(parameters) {
        Ok(client_id) => client_id,
        Err(why) => return Ok(Err(nowhere(why, None, None))),
    };
    if client_id_url::is_meant(client_id) && !snapshot.app.settings.document_hosts.is_empty() {
        match client_documents::renew(snapshot, client_id, from).await {
            Ok(()) => {}
            Err(NotRead::Refused(why)) => return Ok(Err(nowhere(UnsafeRequest::Document(why), None, Some(client_id)))),
            Err(NotRead::Busy { retry_after }) => return Err(PageError::TooMany(retry_after)),
            Err(NotRead::Failed(why)) => return Err(InternalError::Unavailable(anyhow::Error::msg(why)).into()),
        }
    }
    let Some(client) = snapshot.client_asked_for(client_id, from).await? else {
        return Ok(Err(nowhere(UnsafeRequest::UnknownClient, None, Some(client_id))));
    };
    let came = match pushed_reference(parameters) {
        Some(reference) => pushed(snapshot, &client, reference).await?.ok_or(UnsafeRequest::PushedRequestGone),
        None if client.require_pushed_authorization_requests => Err(UnsafeRequest::NotPushed),
        None => here(snapshot, &client, parameters).await,
    };
    Ok(match came {
        Ok(came) => Ok((client, came)),
        Err(why) => Err(nowhere(why, Some(&client), parameters.raw("redirect_uri"))),
    })
}

/// The request that the browser brings, if it says where its answer may go. Until its signature is checked, nobody knows.
async fn here(snapshot: &Snapshot, client: &Client, parameters: &Parameters) -> Result<Came, UnsafeRequest> {
    let signed = signed(snapshot, client, parameters).await;
    let signed = signed.map_err(|error| UnsafeRequest::NotSigned(error.error_description.to_string()))?;
    let destination = Destination::find(signed.as_ref().unwrap_or(parameters), client)?;
    Ok(Came::Here(destination, signed))
}

/// The request that this client pushed, if nobody has finished it and the client is registered as it was. It begins now.
async fn pushed(snapshot: &Snapshot, client: &Client, reference: &str) -> sqlx::Result<Option<Came>> {
    let Some(handle) = Handle::parse(SecretKind::PushedRequest, reference) else { return Ok(None) };
    let now = snapshot.now;
    let found = pushed_requests::find(&snapshot.app.db, &handle, &client.client_id, now).await?;
    let is_sound =
        |request: &AuthorizationRequest| client.enabled && client.has_redirect_uri(request.destination.redirect_uri());
    let begun = |request| Came::Pushed(handle.id, Box::new(AuthorizationRequest { received_at: now, ..request }));
    Ok(found.filter(is_sound).map(begun))
}

/// Until it is known where an answer may go, an error is shown to the user and nobody else.
pub(super) async fn refuse(
    app: &App,
    caller: &Actor,
    refused: Nowhere,
    now: OffsetDateTime,
) -> Result<PageError, AuditUnavailable> {
    let Nowhere { why, client, shown } = refused;
    let mut event = app.event(Event::RedirectRefused, caller, now);
    if let Some(client) = &client {
        request_id::note_client(&client.client_id);
        event = event.of_client(&client.client_id);
    }
    let told = why.to_string();
    let known = client.as_ref().filter(|_| why == UnsafeRequest::UnregisteredRedirectUri).zip(shown.as_deref());
    let nearest = known.and_then(|(client, requested)| redirect_uri::nearest(&client.redirect_uris, requested));
    let in_full = nearest.map_or_else(|| told.clone(), |nearest| format!("{told} {nearest}"));
    app.record(event.because(in_full.clone())).await?;
    // What is registered is for the record, and for a page only where everybody is a developer.
    Ok(PageError::Developer(if app.settings.dev { in_full } else { told }, shown))
}
