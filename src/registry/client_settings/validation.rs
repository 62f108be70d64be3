//! What a client may be registered as.

mod uris;

use std::ops::RangeInclusive;

use time::OffsetDateTime;
use uuid::Uuid;

use super::ClientSettings;
use crate::{
    model::registry::Registry,
    outbound::OutboundSettings,
    policy::email_address::EmailAddress,
    protocol::{
        client::{AuthMethod, Client, ClientType, GrantType, is_client_id},
        scope::Scope,
        signing_algorithm::SigningAlgorithm,
        standard_claims::is_oidc_scope,
    },
    registry::{Problem, text},
};

const MOST_CONTACTS: usize = 10;

/// Seconds, as the table `clients` allows them.
const ACCESS_TOKEN: RangeInclusive<i32> = 30..=1800;
const REFRESH_TOKEN: RangeInclusive<i32> = 300..=7_776_000;

/// Paths of the console, and path segments that browsers take away.
const RESERVED_IDS: [&str; 3] = ["new", ".", ".."];

/// Makes a client of the settings, with the defaults of its type.
///
/// # Errors
/// Everything that is wrong, in the order of the form. Without a type that is what no type allows.
pub fn validate(
    settings: &ClientSettings,
    client_id: &str,
    registry: &Registry,
    outbound: &OutboundSettings,
    now: OffsetDateTime,
) -> Result<Client, Vec<Problem>> {
    let mut check = Check { settings, client_type: settings.client_type, registry, outbound, problems: Vec::new() };
    check.client_id(client_id);
    check.secret();
    let name = check.name();
    let client_type = check.client_type();
    let grant_types = check.grant_types();
    let redirect_uris = check.redirect_uris(&grant_types);
    let scopes = check.scopes();
    let auth_method = check.auth_method();
    let lifetimes = (
        check.lifetime("access_token_lifetime", settings.access_token_lifetime, 300, ACCESS_TOKEN),
        check.lifetime("refresh_token_idle_lifetime", settings.refresh_token_idle_lifetime, 1_209_600, REFRESH_TOKEN),
        check.lifetime("refresh_token_lifetime", settings.refresh_token_lifetime, 7_776_000, REFRESH_TOKEN),
    );
    let client = Client {
        client_id: client_id.to_owned(),
        name,
        client_type,
        auth_method,
        grant_types,
        redirect_uris,
        scopes,
        id_token_signed_response_alg: settings.id_token_signed_response_alg.unwrap_or(SigningAlgorithm::Rs256),
        access_token_lifetime: lifetimes.0,
        refresh_token_idle_lifetime: lifetimes.1,
        refresh_token_lifetime: lifetimes.2,
        introspects_api: check.introspects_api(auth_method),
        introspects_all: settings.introspects_all,
        required_level: settings.required_level,
        post_logout_redirect_uris: check.uris("post_logout_redirect_uris", &settings.post_logout_redirect_uris),
        backchannel_logout_uri: check.backchannel_logout_uri(),
        backchannel_logout_session_required: settings.backchannel_logout_session_required,
        frontchannel_logout_uri: check.frontchannel_logout_uri(),
        frontchannel_logout_session_required: settings.frontchannel_logout_session_required,
        contacts: check.contacts(),
        client_uri: check.link("client_uri", settings.client_uri.as_deref()),
        policy_uri: check.link("policy_uri", settings.policy_uri.as_deref()),
        tos_uri: check.link("tos_uri", settings.tos_uri.as_deref()),
        enabled: true,
        tokens_not_before: None,
        created_at: now,
        updated_at: now,
        revision: 1,
        secrets: Vec::new(),
    };
    if check.problems.is_empty() { Ok(client) } else { Err(check.problems) }
}

struct Check<'a> {
    settings: &'a ClientSettings,
    client_type: Option<ClientType>,
    registry: &'a Registry,
    /// What may be called from here.
    outbound: &'a OutboundSettings,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn refuse(&mut self, field: &'static str, message: impl Into<String>) {
        self.problems.push(Problem::new(field, message));
    }

    /// An id must not look like a person's, because both can be the subject of a token (RFC 9700 §4.15).
    fn client_id(&mut self, id: &str) {
        if !is_client_id(id) {
            self.refuse("client_id", "Use 1 to 128 letters, digits, and the characters . _ ~ -");
        } else if RESERVED_IDS.contains(&id) {
            self.refuse("client_id", "This id is reserved: choose another.");
        } else if Uuid::try_parse(id).is_ok() {
            self.refuse("client_id", "A client id must not be a UUID: those are the ids of users.");
        }
    }

    fn secret(&mut self) {
        let Some(secret) = &self.settings.client_secret else { return };
        let text = secret.expose();
        if !(16..=256).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
            self.refuse("client_secret", "A secret must have 16 to 256 printable ASCII characters without spaces.");
        }
    }

    fn name(&mut self) -> String {
        text::name("name", &self.settings.name).unwrap_or_else(|problem| {
            self.problems.push(problem);
            String::new()
        })
    }

    fn client_type(&mut self) -> ClientType {
        self.client_type.unwrap_or_else(|| {
            self.refuse("type", "Choose a type: web, browser, native or service.");
            ClientType::Native
        })
    }

    fn grant_types(&mut self) -> Vec<GrantType> {
        use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
        let for_people = &[AuthorizationCode, RefreshToken][..];
        let (allowed, default) = match self.client_type {
            None => (GrantType::ALL, &[][..]),
            Some(ClientType::Web) => (GrantType::ALL, for_people),
            Some(ClientType::Browser | ClientType::Native) => (for_people, for_people),
            Some(ClientType::Service) => (&[ClientCredentials][..], &[ClientCredentials][..]),
        };
        let Some(given) = &self.settings.grant_types else { return default.to_vec() };
        for grant in given.iter().filter(|grant| !allowed.contains(grant)) {
            self.refuse("grant_types", format!("A client of this type cannot use {}.", grant.as_str()));
        }
        if given.is_empty() {
            self.refuse("grant_types", "A client needs a grant type to get tokens.");
        }
        if given.contains(&RefreshToken) && !given.contains(&AuthorizationCode) {
            self.refuse("grant_types", "refresh_token needs authorization_code beside it.");
        }
        GrantType::ALL.iter().copied().filter(|grant| given.contains(grant)).collect()
    }

    fn scopes(&mut self) -> Scope {
        let is_service = self.client_type == Some(ClientType::Service);
        for name in &self.settings.scopes {
            if is_oidc_scope(name) && is_service {
                self.refuse("scopes", format!("{name} is about a person, and nobody signs in to a service."));
            } else if !is_oidc_scope(name) && self.registry.owner(name).is_none() {
                self.refuse("scopes", format!("No API has the scope {name}."));
            }
        }
        Scope::from_names(self.settings.scopes.iter().map(String::as_str)).unwrap_or_else(|malformed| {
            self.refuse("scopes", malformed.to_string());
            Scope::default()
        })
    }

    fn auth_method(&mut self) -> AuthMethod {
        let keeps_no_secret = matches!(self.client_type, Some(ClientType::Browser | ClientType::Native));
        let default = if keeps_no_secret { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
        let method = self.settings.auth_method.unwrap_or(default);
        if keeps_no_secret && method != AuthMethod::None {
            self.refuse("auth_method", "Browser and native applications cannot keep a secret: choose none.");
        } else if self.client_type == Some(ClientType::Service) && method == AuthMethod::None {
            self.refuse("auth_method", "A service must authenticate: choose how it sends its secret.");
        } else if self.client_type == Some(ClientType::Web) && method == AuthMethod::None && self.may_get_own_tokens() {
            self.refuse("auth_method", "client_credentials needs a client that authenticates.");
        }
        method
    }

    fn may_get_own_tokens(&self) -> bool {
        self.settings.grant_types.as_ref().is_some_and(|grants| grants.contains(&GrantType::ClientCredentials))
    }

    fn lifetime(&mut self, field: &'static str, given: Option<i32>, default: i32, bounds: RangeInclusive<i32>) -> i32 {
        let seconds = given.unwrap_or(default);
        if !bounds.contains(&seconds) {
            self.refuse(field, format!("Write a number of seconds from {} to {}.", bounds.start(), bounds.end()));
        }
        seconds
    }

    fn introspects_api(&mut self, method: AuthMethod) -> Option<Uuid> {
        let given = self.settings.introspects_api.as_deref().filter(|text| !text.is_empty());
        if method == AuthMethod::None && (given.is_some() || self.settings.introspects_all) {
            self.refuse("introspects_api", "Only a client that authenticates may introspect tokens.");
        }
        let given = given?;
        let by_id = Uuid::try_parse(given).ok().and_then(|id| self.registry.api(id));
        let found = by_id.or_else(|| self.registry.api_identified(given)).map(|api| api.api_id);
        if found.is_none() {
            self.refuse("introspects_api", "There is no such API.");
        }
        found
    }

    fn contacts(&mut self) -> Vec<String> {
        let given = &self.settings.contacts;
        if given.len() > MOST_CONTACTS {
            self.refuse("contacts", format!("At most {MOST_CONTACTS} can be registered."));
        }
        for contact in given.iter().filter(|contact| contact.parse::<EmailAddress>().is_err()) {
            let shown = contact.chars().take(80).collect::<String>();
            self.refuse("contacts", format!("{shown} is not an e-mail address."));
        }
        given.clone()
    }
}

#[cfg(test)]
mod tests;
