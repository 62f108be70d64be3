//! Clients that describe themselves: their document is read when they ask for an authorization, and what it says is
//! registered ([Client ID Metadata Document](crate::policy::client_document)).

use std::net::IpAddr;

use reqwest::header::CONTENT_TYPE;
use time::Duration;

use super::{ChangeError, Changing, Principal, clients};
use crate::{
    app::{Actor, App, NotRead, Snapshot},
    outbound::Answer,
    policy::{
        change::Change,
        client_document::{self, LARGEST, MOST_OF_HOST},
    },
    protocol::{client_id_url::ClientIdUrl, client_metadata::ClientMetadata, scope::Scope},
    store::clients::documents,
};

/// How long a client that nobody uses stays registered. If it comes back, its document is read again.
const UNUSED: Duration = Duration::days(30);
/// Clients that are removed in one run.
const MOST_REMOVED: i64 = 500;

/// Sees to it that the client with this URL is registered as its document says now, or said lately. One that an
/// administrator disabled stays as it is, and its document is not asked for.
///
/// # Errors
/// [`NotRead`]: then the client must not be served.
pub async fn renew(snapshot: &mut Snapshot, client_id: &str, from: IpAddr) -> Result<(), NotRead> {
    let app = snapshot.app.clone();
    let url = ClientIdUrl::parse(client_id).map_err(|why| {
        NotRead::Refused(format!(
            "The client_id begins with https:// and is no URL of a client metadata document: {why}."
        ))
    })?;
    let Some(most) = client_document::admitted(&url, &app.settings.document_hosts) else {
        return Err(NotRead::Refused(
            "The client_id is a URL, and this server reads no client metadata documents of its host.".to_owned(),
        ));
    };
    let known = snapshot.client_asked_for(client_id, from).await?;
    if known.is_some_and(|client| !client.enabled || app.is_document_fresh(client_id, snapshot.now)) {
        return Ok(());
    }
    app.read_document_once(client_id, from, || register(&app, &url, &most)).await
}

/// Fetches the document, reads it, and registers what it says.
async fn register(app: &App, url: &ClientIdUrl, most: &Scope) -> Result<(), NotRead> {
    let refused = |why: &str| NotRead::Refused(format!("The client metadata document is not accepted: {why}."));
    let answer = app.outbound.get_document(url.as_str(), LARGEST).await.map_err(|error| {
        tracing::info!(client_id = url.as_str(), %error, "a client metadata document cannot be fetched");
        refused("it cannot be fetched from here, takes too long, or is larger than 5 KiB")
    })?;
    if answer.status != 200 {
        return Err(refused(&format!(
            "it must be served with status 200 and no redirect, and came with {}",
            answer.status
        )));
    }
    if !is_json(&answer) {
        return Err(refused("its Content-Type must be application/json, or one that ends in +json"));
    }
    let described = client_document::read(url, &answer.body, most).map_err(|why| refused(&why.to_string()))?;
    let written = match write(app, url, &described).await {
        // Another node registered it at the same moment. What it wrote is there now, and compared.
        Err(ChangeError::Invalid(refusals)) if refusals.iter().any(|refusal| refusal.field == "client_id") => {
            write(app, url, &described).await
        }
        written => written,
    };
    match written {
        Ok(()) => {
            app.note_document(url.as_str(), &answer.headers, app.clock.now());
            Ok(())
        }
        Err(ChangeError::Internal(error)) => Err(NotRead::Failed(error.to_string())),
        Err(error) => Err(refused(&error.to_string())),
    }
}

/// One change, if it is another one than what is registered.
async fn write(app: &App, url: &ClientIdUrl, described: &ClientMetadata) -> Result<(), ChangeError> {
    let by = Principal::operator(Actor::system());
    let change = Change::DescribeClient { url: url.clone(), metadata: Box::new(described.clone()) };
    let mut changing = Changing::begin(app, &by, std::slice::from_ref(&change)).await?;
    if changing.state().client(url.as_str()).is_none()
        && documents::count_of_host(changing.tx(), url.host()).await? >= MOST_OF_HOST
    {
        let message = format!("{MOST_OF_HOST} clients of its host are registered, and there may be no more");
        return Err(ChangeError::NotPermitted(message));
    }
    if changing.apply(&change).await?.is_some() {
        return changing.commit().await;
    }
    drop(changing);
    // Another node may have registered it since this one found that it is unknown.
    Ok(app.refresh().await?)
}

/// Removes the clients that described themselves and that nobody has used for long. A disabled one stays, so that its
/// document does not bring it back.
///
/// # Errors
/// The database refused.
pub async fn remove_unused(app: &App) -> Result<(), ChangeError> {
    let by = Principal::operator(Actor::system());
    let before = app.clock.now() - UNUSED;
    for client_id in documents::unused(&app.db, before, app.clock.now(), MOST_REMOVED).await? {
        clients::delete(app, &by, &client_id).await?;
    }
    Ok(())
}

fn is_json(answer: &Answer) -> bool {
    let content_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
}
