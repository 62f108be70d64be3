//! Consent: who asks for what, and allow or deny.

use askama::Template;

use crate::web::page::Shell;

/// Asks a person to let a client in. Answers `decision` = `allow` or `deny`, or `switch_account`.
#[derive(Template)]
#[template(path = "consent.html")]
pub struct Consent<'a> {
    /// The frame, leading to the client's redirect URI.
    pub shell: &'a Shell,
    /// The page's own path, which it posts to.
    pub action: &'a str,
    /// Who asks.
    pub application: Application<'a>,
    /// Who is signed in.
    pub person: &'a str,
    /// What is asked for, each API's scopes together.
    pub scopes: Vec<AskedScopes>,
    /// Whether the answer "allow" is remembered.
    pub remembered: bool,
}

/// The client as its registration describes it.
pub struct Application<'a> {
    /// `client_name`.
    pub name: &'a str,
    /// `client_uri`.
    pub home_page: Option<&'a str>,
    /// `policy_uri`.
    pub policy: Option<&'a str>,
    /// `tos_uri`.
    pub terms: Option<&'a str>,
}

impl Application<'_> {
    /// There is something to read about it.
    const fn has_links(&self) -> bool {
        self.home_page.is_some() || self.policy.is_some() || self.terms.is_some()
    }
}

/// Scopes that belong together.
pub struct AskedScopes {
    /// The API's name; empty for the scopes of OpenID Connect.
    pub api: String,
    /// What each scope allows, in words that continue "it can".
    pub descriptions: Vec<String>,
}
