//! The URIs of a client: where answers go, and links that people are shown.

use super::Check;
use crate::protocol::{
    client::{ClientType, GrantType},
    redirect_uri::{self, UnsafeUri},
};

const MOST_URIS: usize = 50;

impl Check<'_> {
    pub(super) fn redirect_uris(&mut self, grant_types: &[GrantType]) -> Vec<String> {
        let uris = self.uris("redirect_uris", &self.settings.redirect_uris);
        if self.settings.redirect_uris.is_empty() && grant_types.contains(&GrantType::AuthorizationCode) {
            self.refuse("redirect_uris", "Give at least one: where do we send the browser after sign-in?");
        }
        uris
    }

    pub(super) fn uris(&mut self, field: &'static str, given: &[String]) -> Vec<String> {
        if self.client_type == Some(ClientType::Service) && !given.is_empty() {
            self.refuse(field, "A service has none: nobody signs in to it.");
            return Vec::new();
        }
        if given.len() > MOST_URIS {
            self.refuse(field, format!("At most {MOST_URIS} can be registered."));
            return Vec::new();
        }
        // Without a type a URI need only suit one of them: native clients may have every kind.
        let client_type = self.client_type.unwrap_or(ClientType::Native);
        let mut uris = Vec::with_capacity(given.len());
        for uri in given {
            if let Err(error) = redirect_uri::check_registration(uri, client_type) {
                self.unsafe_uri(field, uri, &error);
            } else if !uris.contains(uri) {
                uris.push(uri.clone());
            }
        }
        uris
    }

    /// This server itself calls it, so it must lead where that is allowed. What a name means is looked at when it is called.
    pub(super) fn backchannel_logout_uri(&mut self) -> Option<String> {
        let uri = self.link("backchannel_logout_uri", self.settings.backchannel_logout_uri.as_deref())?;
        self.only_for_people("backchannel_logout_uri");
        if redirect_uri::check_link(&uri).is_ok()
            && let Err(error) = self.outbound.vet_of_client(&uri)
        {
            self.refuse("backchannel_logout_uri", format!("It cannot be called from here: {error}."));
        }
        Some(uri)
    }

    /// A page that we frame must be the client's own (OpenID Connect Front-Channel Logout §2).
    pub(super) fn frontchannel_logout_uri(&mut self) -> Option<String> {
        let uri = self.link("frontchannel_logout_uri", self.settings.frontchannel_logout_uri.as_deref())?;
        self.only_for_people("frontchannel_logout_uri");
        let origin = redirect_uri::csp_source(&uri);
        if !self.settings.redirect_uris.iter().any(|own| redirect_uri::csp_source(own) == origin) {
            self.refuse("frontchannel_logout_uri", "Its scheme, host and port must be those of a redirect URI.");
        }
        Some(uri)
    }

    fn only_for_people(&mut self, field: &'static str) {
        if self.client_type == Some(ClientType::Service) {
            self.refuse(field, "A service has none: nobody signs in to it.");
        }
    }

    pub(super) fn link(&mut self, field: &'static str, given: Option<&str>) -> Option<String> {
        let uri = given.map(str::trim).filter(|uri| !uri.is_empty())?;
        if let Err(error) = redirect_uri::check_link(uri) {
            self.unsafe_uri(field, uri, &error);
        }
        Some(uri.to_owned())
    }

    fn unsafe_uri(&mut self, field: &'static str, uri: &str, error: &UnsafeUri) {
        let shown = uri.chars().take(80).collect::<String>();
        let cut = if shown.len() < uri.len() { "…" } else { "" };
        self.refuse(field, format!("{shown}{cut}: {error}."));
    }
}
