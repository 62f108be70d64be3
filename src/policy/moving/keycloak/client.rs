//! A client of a realm, said in the words of RFC 7591.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{ClientScope, Mapper, RealmClient};
use crate::{
    policy::{
        moving::{
            Note,
            document::{self, Arrived, Reading},
        },
        refusal::{Fault, Refusal},
    },
    protocol::{
        jwk_set::JwkSet,
        standard_claims::{ROLES, is_fixed_claim, is_oidc_scope},
    },
};

/// Scopes that only Keycloak knows: what they bring is in every token here, or nowhere.
const OWN_SCOPES: [&str; 7] =
    ["acr", "basic", "microprofile-jwt", "organization", "role_list", "service_account", "web-origins"];
/// The shortest secret that goes on working.
const SHORTEST_SECRET: usize = 16;
/// What stands for a secret in an export that has none.
const MASKED: &str = "**********";
/// The bounds of the field `access_token_lifetime`.
const LIFETIMES: (i64, i64) = (30, 1800);

/// Attributes that ask for something of a token or request, by the member of RFC 7591 and its kin.
const ASKED: [(&str, &str); 14] = [
    ("id.token.signed.response.alg", "id_token_signed_response_alg"),
    ("id.token.encrypted.response.alg", "id_token_encrypted_response_alg"),
    ("id.token.encrypted.response.enc", "id_token_encrypted_response_enc"),
    ("user.info.response.signature.alg", "userinfo_signed_response_alg"),
    ("user.info.encrypted.response.alg", "userinfo_encrypted_response_alg"),
    ("user.info.encrypted.response.enc", "userinfo_encrypted_response_enc"),
    ("request.object.signature.alg", "request_object_signing_alg"),
    ("request.object.encryption.alg", "request_object_encryption_alg"),
    ("request.object.encryption.enc", "request_object_encryption_enc"),
    ("authorization.signed.response.alg", "authorization_signed_response_alg"),
    ("authorization.encrypted.response.alg", "authorization_encrypted_response_alg"),
    ("backchannel.logout.url", "backchannel_logout_uri"),
    ("policyUri", "policy_uri"),
    ("tosUri", "tos_uri"),
];

/// Attributes that are on or off.
const DEMANDED: [(&str, &str); 3] = [
    ("dpop.bound.access.tokens", "dpop_bound_access_tokens"),
    ("tls.client.certificate.bound.access.tokens", "tls_client_certificate_bound_access_tokens"),
    ("require.pushed.authorization.requests", "require_pushed_authorization_requests"),
];

/// Reads a client, with the client scopes of the realm for what they put into tokens. Scopes that no API has here are left
/// out.
///
/// # Errors
/// Why it cannot come as it is.
pub fn read(client: &RealmClient, scopes: &[ClientScope], reading: &Reading) -> Result<Arrived, Vec<Refusal>> {
    let refuse = |message: &str| Err(vec![Refusal::new("metadata", Fault::NotAllowed, message)]);
    match client.protocol.as_deref() {
        _ if super::is_own_client(&client.client_id) => return refuse("It is Keycloak’s own, and not needed here."),
        None | Some("openid-connect") => {}
        Some(_) => return refuse("It does not speak OpenID Connect. There is no SAML here."),
    }
    if client.bearer_only {
        return refuse("It only receives tokens: register it as an API (`portcullis api create`).");
    }
    let has_flow = client.standard_flow_enabled
        || client.implicit_flow_enabled
        || client.direct_access_grants_enabled
        || client.service_accounts_enabled;
    if !has_flow {
        return refuse("None of its flows is switched on.");
    }
    let mut said = Said { client, document: Map::new(), notes: Vec::new() };
    said.identity();
    said.flows();
    said.secret();
    said.uris();
    said.attributes();
    said.scopes();
    said.mappers(scopes);
    let Said { document, notes, .. } = said;
    let mut arrived = document::read(document, reading)?;
    arrived.notes.extend(notes);
    Ok(arrived)
}

struct Said<'a> {
    client: &'a RealmClient,
    document: Map<String, Value>,
    notes: Vec<Note>,
}

impl<'a> Said<'a> {
    fn say(&mut self, name: &str, value: impl Into<Value>) {
        self.document.insert(name.to_owned(), value.into());
    }

    fn note(&mut self, field: &str, message: impl Into<String>) {
        self.notes.push(Note::new(field, message));
    }

    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.client.attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    fn identity(&mut self) {
        let client = self.client;
        self.say("client_id", client.client_id.clone());
        let name = client.name.as_deref().filter(|name| !name.trim().is_empty() && !name.starts_with("${"));
        self.say("client_name", name.unwrap_or(&client.client_id));
        self.say("enabled", client.enabled.unwrap_or(true));
        let own = self.attribute("client.secret.authentication.allowed.method").unwrap_or("client_secret_basic");
        let method = match client.client_authenticator_type.as_deref() {
            _ if client.public_client => "none",
            None | Some("client-secret") => own,
            Some("client-jwt") => "private_key_jwt",
            Some("client-secret-jwt") => "client_secret_jwt",
            Some("client-x509") => "tls_client_auth",
            Some(other) => other,
        };
        self.say("token_endpoint_auth_method", method);
        match method {
            "private_key_jwt" => self.keys(),
            "tls_client_auth" => self.say("tls_client_auth_subject_dn", self.attribute("x509.subjectdn")),
            _ => {}
        }
    }

    /// The public keys of a client that signs, from where Keycloak has them.
    fn keys(&mut self) {
        let is_on = |name: &str| self.attribute(name) == Some("true");
        if is_on("use.jwks.url") {
            self.say("jwks_uri", self.attribute("jwks.url"));
        } else if is_on("use.jwks.string") {
            self.say("jwks", JwkSet::typed(self.attribute("jwks.string").unwrap_or_default()));
        }
        let message = "Its assertions must name this server’s issuer (aud). If its library names the token endpoint, choose that.";
        self.note("assertion_audience", message);
    }

    fn flows(&mut self) {
        let client = self.client;
        let is_on = |name: &str| self.attribute(name) == Some("true");
        let refreshes = client.standard_flow_enabled && self.attribute("use.refresh.tokens") != Some("false");
        let grants = [
            (client.standard_flow_enabled, "authorization_code"),
            (refreshes, "refresh_token"),
            (client.implicit_flow_enabled, "implicit"),
            (client.direct_access_grants_enabled, "password"),
            (client.service_accounts_enabled, "client_credentials"),
            (is_on("oauth2.device.authorization.grant.enabled"), "urn:ietf:params:oauth:grant-type:device_code"),
            (is_on("oidc.ciba.grant.enabled"), "urn:openid:params:grant-type:ciba"),
            (is_on("standard.token.exchange.enabled"), "urn:ietf:params:oauth:grant-type:token-exchange"),
            (is_on("oauth2.jwt.authorization.grant.enabled"), "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ];
        let grants = grants.into_iter().filter(|(is_on, _)| *is_on).map(|(_, grant)| grant).collect::<Vec<_>>();
        if client.standard_flow_enabled && self.attribute("pkce.code.challenge.method") != Some("S256") {
            let message =
                "It need not send PKCE there. Here every client sends code_challenge with S256: switch it on.";
            self.note("code_challenge_method", message);
        }
        if client.authorization_services_enabled {
            self.note("authorizationServicesEnabled", "Resources, policies and permissions (UMA) are left out.");
        }
        self.say("grant_types", json!(grants));
    }

    fn secret(&mut self) {
        let method = self.client.client_authenticator_type.as_deref();
        let has_secret = !self.client.public_client && !matches!(method, Some("client-jwt" | "client-x509"));
        let Some(secret) = self.client.secret.as_deref().filter(|_| has_secret) else { return };
        if secret == MASKED {
            self.note("client_secret", "It is not in this export, so a new one is made. A full export has it.");
        } else if secret.len() < SHORTEST_SECRET {
            self.note("client_secret", "It has fewer than 16 characters, so a new one is made.");
        } else {
            self.say("client_secret", secret);
        }
    }

    fn uris(&mut self) {
        let client = self.client;
        let root = client.root_url.as_deref().filter(|root| root.starts_with("http")).unwrap_or_default();
        let absolute = |uri: &String| {
            if uri.starts_with('/') { format!("{}{uri}", root.trim_end_matches('/')) } else { uri.clone() }
        };
        if client.standard_flow_enabled || client.implicit_flow_enabled {
            self.say("redirect_uris", json!(client.redirect_uris.iter().map(absolute).collect::<Vec<_>>()));
        }
        let after = self.attribute("post.logout.redirect.uris").unwrap_or_default();
        let after = after.split("##").filter(|uri| !uri.is_empty() && *uri != "-").map(|uri| absolute(&uri.to_owned()));
        self.say("post_logout_redirect_uris", json!(after.collect::<Vec<_>>()));
        if client.frontchannel_logout
            && let Some(uri) = self.attribute("frontchannel.logout.url")
        {
            self.say("frontchannel_logout_uri", uri);
            let with_session = self.attribute("frontchannel.logout.session.required") == Some("true");
            self.say("frontchannel_logout_session_required", with_session);
        }
        let home = client.base_url.as_deref().filter(|url| url.starts_with("http"));
        if let Some(home) = home.or(Some(root)).filter(|home| !home.is_empty()) {
            self.say("client_uri", home);
        }
    }

    fn attributes(&mut self) {
        for (attribute, member) in ASKED {
            if let Some(value) = self.attribute(attribute).filter(|value| *value != "any" && *value != "unsigned") {
                self.say(member, value);
            }
        }
        for (attribute, member) in DEMANDED {
            let is_on = self.attribute(attribute) == Some("true");
            self.say(member, is_on);
        }
        let signed = self.attribute("request.object.required").is_some_and(|value| value != "not required");
        self.say("require_signed_request_object", signed);
        let levels = self.attribute("default.acr.values").or(self.attribute("minimum.acr.value"));
        if let Some(levels) = levels.map(|levels| levels.split("##").map(str::to_owned).collect::<Vec<_>>()) {
            self.say("default_acr_values", json!(levels));
        }
        if let Some(given) = self.attribute("access.token.lifespan").and_then(|text| text.parse::<i64>().ok()) {
            let here = given.clamp(LIFETIMES.0, LIFETIMES.1);
            self.say("access_token_lifetime", here);
            if here != given {
                let message = format!("{here} seconds, not {given}: that is as far as it goes here.");
                self.note("access_token_lifetime", message);
            }
        }
    }

    /// What it may ask for: its default scopes, which it gets unasked there, and its optional ones.
    fn scopes(&mut self) {
        let client = self.client;
        let signs_in = client.standard_flow_enabled || client.implicit_flow_enabled;
        let own = |name: &&String| !OWN_SCOPES.contains(&name.as_str()) && (signs_in || !is_oidc_scope(name));
        let unasked = client.default_client_scopes.iter().filter(own).cloned().collect::<Vec<_>>();
        let mut all = unasked.clone();
        all.extend(client.optional_client_scopes.iter().filter(own).cloned());
        if signs_in {
            all.insert(0, "openid".to_owned());
        }
        let mut seen = BTreeSet::new();
        all.retain(|name| seen.insert(name.clone()));
        if !unasked.is_empty() && signs_in {
            let unasked = unasked.join(", ");
            self.note(
                "scope",
                format!("It got {unasked} without asking there. Here it asks for each scope by its name."),
            );
        }
        if seen.contains(ROLES) {
            self.say("all_roles", true);
        }
        self.say("scope", all.join(" "));
    }

    /// What puts claims into its tokens. Of these, roles and groups are known here.
    fn mappers(&mut self, scopes: &[ClientScope]) {
        let client = self.client;
        let of_scopes = scopes.iter().filter(|scope| client.default_client_scopes.contains(&scope.name));
        let of_scopes =
            of_scopes.filter(|scope| !is_oidc_scope(&scope.name) && !OWN_SCOPES.contains(&scope.name.as_str()));
        let mappers = client.protocol_mappers.iter().chain(of_scopes.flat_map(|scope| &scope.protocol_mappers));
        for Mapper { name, protocol_mapper, config } in mappers {
            match protocol_mapper.as_str() {
                "oidc-group-membership-mapper" | "oidc-usermodel-realm-role-mapper" if client.standard_flow_enabled => {
                    let claim = config.get("claim.name").map(|claim| claim.replace("\\.", "."));
                    self.roles_claim(claim.as_deref().unwrap_or_default());
                }
                "oidc-sha256-pairwise-sub-mapper" => self.say("subject_type", "pairwise"),
                // Its audience follows from its scopes.
                "oidc-audience-mapper" | "oidc-audience-resolve-mapper" | "oidc-allowed-origins-mapper" => {}
                _ => self.note("protocolMappers", format!("What the mapper “{name}” adds to tokens is left out.")),
            }
        }
    }

    fn roles_claim(&mut self, claim: &str) {
        let first = claim.split('.').next().unwrap_or_default();
        if claim.is_empty() || is_fixed_claim(first) {
            self.note("protocolMappers", "Roles cannot come under this claim: they come as the claim roles.");
        } else if claim != ROLES {
            self.say("roles_claim", claim);
        }
        let scope = self.document.get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !scope.split(' ').any(|name| name == ROLES) {
            self.say("scope", format!("{scope} {ROLES}").trim());
        }
        self.say("all_roles", true);
        self.note("roles_claim", "Groups and roles come in this claim when it asks for the scope roles.");
    }
}
