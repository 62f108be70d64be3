//! What a document leaves to RFC 7591 and to whoever reads it: the type above all.

use serde_json::{Value, json};

use super::{Reader, texts};
use crate::{
    policy::{moving::members, refusal::Fault},
    protocol::{
        client::{AuthMethod, ClientType, GrantType},
        redirect_uri,
        refresh_token::OFFLINE_ACCESS,
    },
};

/// What a client may ask for of which nothing is said.
const USUAL_SCOPES: &str = "openid profile email";

impl Reader<'_> {
    /// Says what the document leaves to RFC 7591 and to whoever reads it: the type above all.
    pub(super) fn infer(&mut self, has_secret: bool) {
        let kind = self.take("application_type").unwrap_or_default();
        let uris = texts(self.given.get("redirect_uris"));
        let method = self.given.get("token_endpoint_auth_method").and_then(Value::as_str).map(str::to_owned);
        let method = method.filter(|method| !method.is_empty());
        let is_native = kind == "native" || uris.iter().any(|uri| is_of_native_app(uri));
        let is_public = method.as_ref().map_or(is_native && !has_secret, |method| method == AuthMethod::None.as_str());
        let grants = self.grants();
        let client_type = if !grants.contains(&GrantType::AuthorizationCode) {
            ClientType::Service
        } else if !is_public {
            ClientType::Web
        } else if is_native {
            ClientType::Native
        } else {
            ClientType::Browser
        };
        if method.is_none() {
            let usual = if is_public { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
            self.given.insert("token_endpoint_auth_method".to_owned(), usual.as_str().into());
        }
        self.given.insert("type".to_owned(), client_type.as_str().into());
        self.given.insert("grant_types".to_owned(), json!(grants));
        if client_type == ClientType::Service {
            self.leave_to_users(&uris);
        } else {
            self.ask_for_users(grants.contains(&GrantType::RefreshToken));
        }
    }

    /// Which of its grants there are here. The others are left out, if any is left.
    fn grants(&mut self) -> Vec<GrantType> {
        let responses = texts(self.given.remove("response_types").as_ref());
        let is_implicit = !responses.is_empty() && responses.iter().all(|one| !one.split(' ').any(|r| r == "code"));
        let mut given = texts(self.given.get("grant_types"));
        if self.given.get("grant_types").is_some_and(|grants| !is_list_of_texts(grants)) {
            self.refuse("grant_types", Fault::Malformed, "This must be a list of texts.");
        }
        if given.is_empty() {
            given = vec![if is_implicit { "implicit" } else { "authorization_code" }.to_owned()];
        }
        let (known, others) = given.into_iter().partition::<Vec<_>, _>(|one| one.parse::<GrantType>().is_ok());
        let mut grants = known.iter().filter_map(|one| one.parse().ok()).collect::<Vec<GrantType>>();
        let begins = |grants: &[GrantType]| grants.iter().any(|grant| *grant != GrantType::RefreshToken);
        if !begins(&grants) {
            let why = others.first().map_or("It cannot begin with a refresh token.".to_owned(), |one| forbidden(one));
            self.refuse("grant_types", Fault::NotAllowed, why);
        } else if !others.is_empty() {
            for one in &others {
                self.note("grant_types", format!("{one} is left out. {}", forbidden(one)));
            }
        }
        if begins(&grants) && !grants.contains(&GrantType::AuthorizationCode) {
            let before = grants.len();
            grants.retain(|grant| *grant != GrantType::RefreshToken);
            if grants.len() < before {
                self.note("grant_types", "refresh_token is left out: a service asks for another token.");
            }
        }
        grants
    }

    /// A service has no redirect URIs, though some servers want one of it.
    fn leave_to_users(&mut self, uris: &[String]) {
        self.given.remove("redirect_uris");
        if !uris.is_empty() {
            self.note("redirect_uris", "They are left out: without authorization_code nobody signs in to it.");
        }
        for name in ["post_logout_redirect_uris", "default_acr_values"] {
            self.given.remove(name);
        }
    }

    /// Which scopes about users it may ask for, where the document leaves that to the server.
    fn ask_for_users(&mut self, refreshes: bool) {
        let is_of_openid = self.given.keys().any(|name| members::is_of_openid(name));
        let scope = match self.given.get("scope") {
            None | Some(Value::Null) => None,
            Some(Value::String(scope)) => Some(scope.clone()).filter(|scope| !scope.trim().is_empty()),
            Some(_) => return, // it is refused
        };
        let has = |scope: &str, name: &str| scope.split(' ').any(|one| one == name);
        let mut asked = scope.clone().unwrap_or_else(|| USUAL_SCOPES.to_owned());
        if is_of_openid && !has(&asked, "openid") {
            asked = format!("openid {asked}");
        }
        if refreshes && !has(&asked, OFFLINE_ACCESS) {
            asked = format!("{asked} {OFFLINE_ACCESS}");
        }
        if scope.as_ref() != Some(&asked) {
            let hint = if refreshes { " It gets refresh tokens when it asks for offline_access." } else { "" };
            let rule = "A client asks only for scopes that it is registered for.";
            self.note("scope", format!("It is registered for {asked}. {rule}{hint}"));
        }
        self.given.insert("scope".to_owned(), asked.into());
    }
}

/// Why a grant is none of ours, and what to do.
fn forbidden(grant: &str) -> String {
    match grant {
        "implicit" => "Tokens in a URL leak (RFC 9700 §2.1.2): let the application use authorization_code with PKCE.",
        "password" => {
            "No application may see the user’s password (RFC 9700 §2.4): let it use authorization_code with PKCE, or \
             client_credentials if it acts for itself."
        }
        _ => "There is no such grant here: authorization_code, client_credentials and refresh_token are all.",
    }
    .to_owned()
}

/// Whether only an application on a device answers there. `localhost` is where single-page apps are developed.
fn is_of_native_app(uri: &str) -> bool {
    redirect_uri::is_of_device(uri) && !uri.starts_with("http://localhost")
}

/// Whether a list may be read as one. None is there: that is no mistake.
fn is_list_of_texts(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(|values| values.iter().all(Value::is_string))
}
