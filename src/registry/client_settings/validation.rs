//! What a client may be registered as.

use std::ops::RangeInclusive;

use time::OffsetDateTime;
use uuid::Uuid;

use super::ClientSettings;
use crate::{
    policy::registry::Registry,
    protocol::{
        client::{AuthMethod, Client, ClientType, GrantType},
        redirect_uri::{self, UnsafeUri},
        scope::Scope,
        signing_algorithm::SigningAlgorithm,
        standard_claims::is_oidc_scope,
    },
    registry::{Problem, text},
};

const MOST_URIS: usize = 50;
const MOST_CONTACTS: usize = 10;

/// Seconds, as the table `clients` allows them.
const ACCESS_TOKEN: RangeInclusive<i32> = 30..=1800;
const REFRESH_TOKEN: RangeInclusive<i32> = 300..=7_776_000;

/// Paths of the console, and path segments that browsers take away.
const RESERVED_IDS: [&str; 3] = ["new", ".", ".."];

/// Makes a client of the settings, with the defaults of its type.
///
/// # Errors
/// Everything that is wrong, in the order of the form.
pub fn validate(
    settings: &ClientSettings,
    client_id: &str,
    registry: &Registry,
    now: OffsetDateTime,
) -> Result<Client, Vec<Problem>> {
    let Some(client_type) = settings.client_type else {
        return Err(vec![Problem::new("type", "Choose a type: web, browser, native or service.")]);
    };
    let mut check = Check { settings, client_type, registry, problems: Vec::new() };
    check.client_id(client_id);
    check.secret();
    let name = check.name();
    let grant_types = check.grant_types();
    let redirect_uris = check.redirect_uris(&grant_types);
    let scopes = check.scopes();
    let auth_method = check.auth_method();
    let lifetimes = (
        check.lifetime("access_token_lifetime", settings.access_token_lifetime, 300, ACCESS_TOKEN),
        check.lifetime("refresh_token_idle_lifetime", settings.refresh_token_idle_lifetime, 1_209_600, REFRESH_TOKEN),
        check.lifetime("refresh_token_lifetime", settings.refresh_token_lifetime, 7_776_000, REFRESH_TOKEN),
    );
    let introspects_api = check.introspects_api(auth_method);
    let client = Client {
        client_id: client_id.to_owned(),
        name,
        client_type,
        auth_method,
        grant_types,
        redirect_uris,
        post_logout_redirect_uris: check.uris("post_logout_redirect_uris", &settings.post_logout_redirect_uris),
        scopes,
        id_token_signed_response_alg: settings.id_token_signed_response_alg.unwrap_or(SigningAlgorithm::Rs256),
        access_token_lifetime: lifetimes.0,
        refresh_token_idle_lifetime: lifetimes.1,
        refresh_token_lifetime: lifetimes.2,
        introspects_api,
        introspects_all: settings.introspects_all,
        contacts: check.contacts(),
        client_uri: check.link("client_uri", settings.client_uri.as_deref()),
        policy_uri: check.link("policy_uri", settings.policy_uri.as_deref()),
        tos_uri: check.link("tos_uri", settings.tos_uri.as_deref()),
        enabled: true,
        created_at: now,
        updated_at: now,
        revision: 1,
        secrets: Vec::new(),
    };
    if check.problems.is_empty() { Ok(client) } else { Err(check.problems) }
}

struct Check<'a> {
    settings: &'a ClientSettings,
    client_type: ClientType,
    registry: &'a Registry,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn refuse(&mut self, field: &'static str, message: impl Into<String>) {
        self.problems.push(Problem::new(field, message));
    }

    /// An id must not look like a person's, because both can be the subject of a token (RFC 9700 §4.15).
    fn client_id(&mut self, id: &str) {
        let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
        if !(1..=128).contains(&id.len()) || !id.bytes().all(is_unreserved) {
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

    fn grant_types(&mut self) -> Vec<GrantType> {
        use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
        let allowed: &[GrantType] = match self.client_type {
            ClientType::Service => &[ClientCredentials],
            ClientType::Web => &[AuthorizationCode, RefreshToken, ClientCredentials],
            ClientType::Browser | ClientType::Native => &[AuthorizationCode, RefreshToken],
        };
        let Some(given) = &self.settings.grant_types else {
            return allowed.iter().copied().filter(|g| allowed.len() == 1 || *g != ClientCredentials).collect();
        };
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

    fn redirect_uris(&mut self, grant_types: &[GrantType]) -> Vec<String> {
        let uris = self.uris("redirect_uris", &self.settings.redirect_uris);
        if self.settings.redirect_uris.is_empty() && grant_types.contains(&GrantType::AuthorizationCode) {
            self.refuse("redirect_uris", "Give at least one: where do we send the browser after sign-in?");
        }
        uris
    }

    fn uris(&mut self, field: &'static str, given: &[String]) -> Vec<String> {
        if self.client_type == ClientType::Service && !given.is_empty() {
            self.refuse(field, "A service has none: nobody signs in to it.");
            return Vec::new();
        }
        if given.len() > MOST_URIS {
            self.refuse(field, format!("At most {MOST_URIS} can be registered."));
            return Vec::new();
        }
        let mut uris = Vec::with_capacity(given.len());
        for uri in given {
            if let Err(error) = redirect_uri::check_registration(uri, self.client_type) {
                self.unsafe_uri(field, uri, &error);
            } else if !uris.contains(uri) {
                uris.push(uri.clone());
            }
        }
        uris
    }

    fn unsafe_uri(&mut self, field: &'static str, uri: &str, error: &UnsafeUri) {
        let shown = uri.chars().take(80).collect::<String>();
        let cut = if shown.len() < uri.len() { "…" } else { "" };
        self.refuse(field, format!("{shown}{cut}: {error}."));
    }

    fn scopes(&mut self) -> Scope {
        let is_service = self.client_type == ClientType::Service;
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
        let keeps_no_secret = matches!(self.client_type, ClientType::Browser | ClientType::Native);
        let default = if keeps_no_secret { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
        let method = self.settings.auth_method.unwrap_or(default);
        if keeps_no_secret && method != AuthMethod::None {
            self.refuse("auth_method", "Browser and native applications cannot keep a secret: choose none.");
        } else if self.client_type == ClientType::Service && method == AuthMethod::None {
            self.refuse("auth_method", "A service must authenticate: choose how it sends its secret.");
        } else if self.client_type == ClientType::Web && method == AuthMethod::None && self.may_get_own_tokens() {
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
        for contact in given.iter().filter(|contact| !text::is_email(contact)) {
            let shown = contact.chars().take(80).collect::<String>();
            self.refuse("contacts", format!("{shown} is not an e-mail address."));
        }
        given.clone()
    }

    fn link(&mut self, field: &'static str, given: Option<&str>) -> Option<String> {
        let uri = given.map(str::trim).filter(|uri| !uri.is_empty())?;
        if let Err(error) = redirect_uri::check_link(uri) {
            self.unsafe_uri(field, uri, &error);
        }
        Some(uri.to_owned())
    }
}

#[cfg(test)]
mod tests;
