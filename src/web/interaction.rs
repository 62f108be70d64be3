//! An authorization request that waits for a user, as the pages meet it: by its id, in the browser that began it.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, request::Parts},
};
use uuid::Uuid;

use super::{
    error_page::{ErrorPages, PageError},
    language::Reader,
    page::Shell,
};
use crate::{
    app::{App, Snapshot},
    authentication::cookies,
    language::Language,
    protocol::{authorization_request::AuthorizationRequest, client::Client},
    secret::{Secret, SecretKind},
    store::authorization_requests,
};

/// A request that waits, found for the browser that may go on with it.
pub struct Interaction {
    /// Its id.
    pub request_id: Uuid,
    /// What the client asks for.
    pub request: AuthorizationRequest,
    /// Who allowed it on the consent page, if somebody did.
    pub consented_by: Option<Uuid>,
    /// Who asks.
    pub client: Arc<Client>,
    /// In which language the user reads: the client's `ui_locales` go before what the browser asks for.
    pub language: Language,
    /// What is decided by.
    pub snapshot: Snapshot,
}

impl FromRequestParts<App> for Interaction {
    type Rejection = axum::response::Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Ok(pages) = ErrorPages::from_request_parts(parts, app).await;
        let Ok(Path(request_id)) = Path::<Uuid>::from_request_parts(parts, app).await else {
            return Err(pages.answer(PageError::gone()));
        };
        let browser = existing_browser(&parts.headers);
        let reader = Reader::of(app, &parts.headers);
        Self::find(app, request_id, browser.as_ref(), reader).await.map_err(|error| pages.answer(error))
    }
}

impl Interaction {
    /// Finds a request for a browser.
    ///
    /// # Errors
    /// The page to show instead.
    pub async fn find(
        app: &App,
        request_id: Uuid,
        browser: Option<&Secret>,
        reader: Reader,
    ) -> Result<Self, PageError> {
        let browser = browser.ok_or_else(PageError::gone)?.hash();
        let mut snapshot = app.snapshot().await?;
        let request = authorization_requests::find(&app.db, request_id, &browser, snapshot.now).await?;
        let (request, consented_by) = request.ok_or_else(PageError::gone)?;
        let client = snapshot.client(&request.client_id).await?.filter(|client| client.enabled);
        let client = client.filter(|client| client.has_redirect_uri(request.destination.redirect_uri()));
        let removed = || {
            PageError::Developer("The application is no longer registered as it was when you came here.".into(), None)
        };
        let language = reader.with_locales(&request.ui_locales);
        Ok(Self { request_id, request, consented_by, client: client.ok_or_else(removed)?, language, snapshot })
    }

    /// The frame of a page that this request waits for: its forms end at the client.
    #[must_use]
    pub fn shell(&self, app: &App, person: Option<&str>) -> Shell {
        Shell::for_people(app, &self.language, person).leading_to(self.request.destination.redirect_uri())
    }
}

/// The secret that names this browser while it signs in, if it has one.
#[must_use]
pub fn existing_browser(headers: &HeaderMap) -> Option<Secret> {
    cookies::secret_cookie(headers, cookies::LOGIN.name).map(|text| Secret::presented(&text))
}

/// The secret that names this browser while it signs in: its own, or a new one.
#[must_use]
pub fn browser(headers: &HeaderMap) -> Secret {
    existing_browser(headers).unwrap_or_else(|| Secret::generate(SecretKind::Browser))
}
