//! What the fields must be together, and what they name in the registry.

use super::Apis;
use crate::{
    outbound::OutboundSettings,
    policy::refusal::{Fault, Refusal},
    protocol::{
        client::{AuthMethod, ClientType, GrantType},
        client_metadata::ClientMetadata,
        redirect_uri,
        standard_claims::is_oidc_scope,
    },
};

/// Everything that is wrong with fields that are right by themselves.
pub(super) fn checked(client: &ClientMetadata, apis: &impl Apis, outbound: &OutboundSettings) -> Vec<Refusal> {
    let mut check = Check { client, apis, outbound, refusals: Vec::new() };
    check.redirect_uris();
    check.scopes();
    check.auth_method();
    check.keys();
    check.certificate_names();
    check.grant_types();
    check.introspection();
    check.backchannel_logout_uri();
    check.frontchannel_logout_uri();
    check.refusals
}

struct Check<'a, A> {
    client: &'a ClientMetadata,
    apis: &'a A,
    /// What may be called from here.
    outbound: &'a OutboundSettings,
    refusals: Vec<Refusal>,
}

impl<A: Apis> Check<'_, A> {
    fn refuse(&mut self, field: &'static str, code: Fault, message: impl Into<String>) {
        self.refusals.push(Refusal::new(field, code, message));
    }

    fn redirect_uris(&mut self) {
        self.only_for_people("redirect_uris", !self.client.redirect_uris.is_empty());
        self.only_for_people("post_logout_redirect_uris", !self.client.post_logout_redirect_uris.is_empty());
        if self.client.redirect_uris.is_empty() && self.client.grant_types.contains(&GrantType::AuthorizationCode) {
            let message = "Give at least one: where do we send the browser after sign-in?";
            self.refuse("redirect_uris", Fault::Required, message);
        }
    }

    fn scopes(&mut self) {
        let is_service = self.client.client_type == ClientType::Service;
        for name in self.client.scopes.iter() {
            if is_oidc_scope(name) && is_service {
                let message = format!("{name} is about a user, and nobody signs in to a service.");
                self.refuse("scope", Fault::NotAllowed, message);
            } else if !is_oidc_scope(name) && !self.apis.has_scope(name) {
                self.refuse("scope", Fault::Unknown, format!("No API has the scope {name}."));
            }
        }
    }

    fn auth_method(&mut self) {
        let gets_own_tokens = self.client.grant_types.contains(&GrantType::ClientCredentials);
        let message = match (self.client.client_type, self.client.auth_method) {
            (ClientType::Browser | ClientType::Native, AuthMethod::None) => return,
            (ClientType::Browser | ClientType::Native, _) => {
                "Browser and native applications cannot keep a secret: choose none."
            }
            (ClientType::Service, AuthMethod::None) => "A service must authenticate: choose how.",
            (ClientType::Web, AuthMethod::None) if gets_own_tokens => {
                "client_credentials needs a client that authenticates."
            }
            _ => return,
        };
        self.refuse("token_endpoint_auth_method", Fault::NotAllowed, message);
    }

    /// In one place or the other (RFC 7591 §2). What a name means is looked at when it is called.
    fn keys(&mut self) {
        let ClientMetadata { jwks, jwks_uri, auth_method, client_type, .. } = self.client;
        let is_public_by_nature = matches!(client_type, ClientType::Browser | ClientType::Native);
        for (field, is_given) in [("jwks", jwks.is_some()), ("jwks_uri", jwks_uri.is_some())] {
            if is_given && is_public_by_nature {
                self.refuse(field, Fault::NotAllowed, "Browser and native applications have no keys that stay secret.");
            }
        }
        if jwks.is_some() && jwks_uri.is_some() {
            self.refuse("jwks_uri", Fault::NotAllowed, "Give the keys, or the URL where they are, but not both.");
        } else if let Some(Err(error)) = jwks_uri.as_deref().map(|uri| self.outbound.vet_of_client(uri)) {
            self.refuse("jwks_uri", Fault::NotAllowed, format!("It cannot be called from here: {error}."));
        } else if auth_method.needs_keys() && jwks.is_none() && jwks_uri.is_none() {
            let message =
                "A client that proves who it is by a key, or by a certificate of its own, needs its public key here.";
            self.refuse("jwks", Fault::Required, message);
        } else if self.client.require_signed_request_object && jwks.is_none() && jwks_uri.is_none() {
            let message = "To sign its requests the client needs a key: give it under its public keys.";
            self.refuse("require_signed_request_object", Fault::NotAllowed, message);
        }
    }

    /// One name, where an authority vouches for the certificate (RFC 8705 §2.1.2), and none otherwise.
    fn certificate_names(&mut self) {
        let names = self.client.certificate_names().map(|(field, _)| field.as_str()).collect::<Vec<_>>();
        let is_vouched_for = self.client.auth_method == AuthMethod::TlsClientAuth;
        match (is_vouched_for, names.as_slice()) {
            (true, [_]) | (false, []) => {}
            (true, []) => {
                let message = "Which certificate is the client’s? Give its subject, or one of the names in it.";
                self.refuse("tls_client_auth_subject_dn", Fault::Required, message);
            }
            (true, [_, others @ ..]) => {
                let message = "Give one name of the certificate, and leave the others empty.";
                for field in others {
                    self.refuse(field, Fault::NotAllowed, message);
                }
            }
            (false, all) => {
                let message = "This is for clients that authenticate by tls_client_auth.";
                for field in all {
                    self.refuse(field, Fault::NotAllowed, message);
                }
            }
        }
    }

    fn grant_types(&mut self) {
        use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
        let allowed = match self.client.client_type {
            ClientType::Web => GrantType::ALL,
            ClientType::Browser | ClientType::Native => &[AuthorizationCode, RefreshToken][..],
            ClientType::Service => &[ClientCredentials],
        };
        let given = &self.client.grant_types;
        for grant in given.iter().filter(|grant| !allowed.contains(grant)) {
            let message = format!("A client of this type cannot use {}.", grant.as_str());
            self.refuse("grant_types", Fault::NotAllowed, message);
        }
        if given.is_empty() {
            self.refuse("grant_types", Fault::Required, "A client needs a grant type to get tokens.");
        }
        if given.contains(&RefreshToken) && !given.contains(&AuthorizationCode) {
            self.refuse("grant_types", Fault::NotAllowed, "refresh_token needs authorization_code beside it.");
        }
    }

    fn introspection(&mut self) {
        let named = self.client.introspects_api.as_deref();
        if self.client.auth_method == AuthMethod::None && (named.is_some() || self.client.introspects_all) {
            let field = if named.is_some() { "introspects_api" } else { "introspects_all" };
            self.refuse(field, Fault::NotAllowed, "Only a client that authenticates may introspect tokens.");
        }
        if named.is_some_and(|named| self.apis.identifier(named).is_none()) {
            self.refuse("introspects_api", Fault::Unknown, "There is no such API.");
        }
    }

    /// This server itself calls it, so it must lead where that is allowed. What a name means is looked at when it is called.
    fn backchannel_logout_uri(&mut self) {
        let Some(uri) = &self.client.backchannel_logout_uri else { return };
        self.only_for_people("backchannel_logout_uri", true);
        if let Err(error) = self.outbound.vet_of_client(uri) {
            let message = format!("It cannot be called from here: {error}.");
            self.refuse("backchannel_logout_uri", Fault::NotAllowed, message);
        }
    }

    /// A page that we frame must be the client's own (OpenID Connect Front-Channel Logout §2).
    fn frontchannel_logout_uri(&mut self) {
        let Some(uri) = &self.client.frontchannel_logout_uri else { return };
        self.only_for_people("frontchannel_logout_uri", true);
        let origin = redirect_uri::csp_source(uri);
        if !self.client.redirect_uris.iter().any(|own| redirect_uri::csp_source(own) == origin) {
            let message = "Its scheme, host and port must be those of a redirect URI.";
            self.refuse("frontchannel_logout_uri", Fault::NotAllowed, message);
        }
    }

    fn only_for_people(&mut self, field: &'static str, is_given: bool) {
        if is_given && self.client.client_type == ClientType::Service {
            self.refuse(field, Fault::NotAllowed, "A service has none: nobody signs in to it.");
        }
    }
}
