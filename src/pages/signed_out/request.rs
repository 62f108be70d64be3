//! A client's request to sign out, as far as it can be believed.

use std::sync::Arc;

use crate::{
    app::App,
    keys::{Typ, VerifiedJwt},
    protocol::{
        client::Client,
        end_session::{self, Hint, PARAMETERS},
        interaction::SignedIn,
        parameters::Parameters,
    },
};

/// What a browser brought along to be signed out: all of it may be missing, or made up.
pub(super) struct LogoutRequest<'a> {
    parameters: &'a Parameters,
    /// Who asks.
    pub client: Option<Arc<Client>>,
    hint: Option<Hint>,
}

impl<'a> LogoutRequest<'a> {
    /// Finds the client that asks: by its ID token, which may have expired but must be ours, or by its id. If both are
    /// there they must agree, and a hint that is not ours names nobody (RP-Initiated Logout §2).
    pub fn read(app: &App, parameters: &'a Parameters) -> Self {
        let nobody = Self { parameters, client: None, hint: None };
        let (Ok(id), Ok(hint)) = (parameters.one("client_id"), parameters.one("id_token_hint")) else { return nobody };
        let Some(hint) = hint else {
            return Self { client: id.and_then(|id| app.registry().client(id)), ..nobody };
        };
        let Some(token) = genuine(app, hint) else { return nobody };
        let audience = token.claims.aud.first().filter(|audience| id.is_none_or(|id| id == *audience));
        let Some(client) = audience.and_then(|audience| app.registry().client(audience)) else { return nobody };
        Self { client: Some(client), hint: token.read().ok(), ..nobody }
    }

    /// Whether nobody need be asked: it comes from a client that holds a token of this very sign-in, and there is nothing
    /// wrong with it.
    pub fn speaks_for(&self, session: &SignedIn) -> bool {
        let leads_nowhere_else = !self.parameters.has("post_logout_redirect_uri") || self.post_logout_uri().is_some();
        leads_nowhere_else && self.hint.as_ref().is_some_and(|hint| hint.names(session))
    }

    /// The registered URI that it ends at.
    pub fn post_logout_uri(&self) -> Option<&'a str> {
        end_session::post_logout_uri(self.client.as_ref()?, self.parameters)
    }

    /// Where the browser goes in the end.
    pub fn destination(&self) -> Option<String> {
        end_session::destination(self.client.as_ref()?, self.parameters)
    }

    /// The request once more, for a form that carries it on.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let field = |name| Some((name, self.parameters.one(name).ok()??.to_owned()));
        PARAMETERS.into_iter().filter_map(field).collect()
    }
}

fn genuine(app: &App, hint: &str) -> Option<VerifiedJwt> {
    app.keys().verify(hint, Typ::IdToken).ok().filter(|token| token.claims.iss == app.issuer())
}
