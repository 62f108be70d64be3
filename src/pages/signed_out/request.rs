//! A request to sign out, and the client that it comes from.

use std::sync::Arc;

use crate::{
    app::{Snapshot, Stale},
    protocol::{
        client::Client,
        end_session::{LogoutRequest, destination, post_logout_uri},
        interaction::SignedIn,
    },
};

/// What a browser brought along to be signed out.
pub(super) struct Asked {
    request: LogoutRequest,
    /// Who asks.
    pub client: Option<Arc<Client>>,
}

impl Asked {
    /// With the client as it is registered now.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn new(snapshot: &mut Snapshot, request: LogoutRequest) -> Result<Self, Stale> {
        let client = match &request.client_id {
            Some(client_id) => snapshot.client(client_id).await?,
            None => None,
        };
        Ok(Self { request, client })
    }

    /// Whether nobody need be asked: it comes from a client that holds a token of this very sign-in, and there is nothing
    /// wrong with it.
    pub fn speaks_for(&self, session: &SignedIn) -> bool {
        let leads_nowhere_else = self.request.post_logout_redirect_uri.is_none() || self.post_logout_uri().is_some();
        leads_nowhere_else && self.request.hint.as_ref().is_some_and(|hint| hint.names(session))
    }

    /// The registered URI that it ends at.
    pub fn post_logout_uri(&self) -> Option<&str> {
        post_logout_uri(self.client.as_ref()?, &self.request)
    }

    /// Where the browser goes in the end.
    pub fn destination(&self) -> Option<String> {
        destination(self.client.as_ref()?, &self.request)
    }

    /// What the form that answers it carries on: no token, because a user's own answer needs none.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        self.request.fields().collect()
    }

    /// In which languages its client asks for pages.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.request.ui_locales.as_deref().unwrap_or_default().split_ascii_whitespace()
    }
}
