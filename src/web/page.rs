//! What every page has: its frame, its headers, its Content-Security-Policy.

mod response;
mod section;

use std::{borrow::Cow, sync::Arc};

use askama::{Template, filters::Safe};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use fluent_bundle::FluentValue;
use time::OffsetDateTime;
use url::{Origin, Url};

pub use response::Page;
pub use section::{GROUPS, Group, Section};

use super::{looks::Looks, view::Unsent};
use crate::{
    app::App,
    language::Language,
    policy::permission::{Permission, Powers},
    secret::random_bytes,
    server::request_id,
};

/// The frame around a page. One for each response: its nonce must never be used twice.
pub struct Shell {
    /// How this installation shows itself.
    pub looks: Looks,
    language: Language,
    here: Option<Arc<str>>,
    layout: Layout,
    nonce: String,
    form_target: Option<String>,
    framed: Vec<String>,
    unsent: Option<Unsent>,
}

/// Where a page is.
enum Layout {
    /// One narrow column, for users who sign in.
    People { person: Option<String> },
    /// Wide, with navigation, for administrators.
    Console { person: String, section: Option<Section>, powers: Powers, ends: Option<OffsetDateTime> },
}

impl Shell {
    /// The frame of a page for users. `user`: who is signed in.
    #[must_use]
    pub fn for_people(app: &App, language: &Language, person: Option<&str>) -> Self {
        Self::with_looks(Looks::of(app), *language, person)
    }

    /// The same where nobody has the [`App`] at hand.
    #[must_use]
    pub fn with_looks(looks: Looks, language: Language, person: Option<&str>) -> Self {
        Self::new(looks, language, Layout::People { person: person.map(str::to_owned) })
    }

    /// The frame of a page of the console, which is in English. It shows what these powers permit.
    #[must_use]
    pub fn for_console(looks: Looks, person: &str, section: Section, powers: Powers) -> Self {
        Self::new(
            looks,
            Language::En,
            Layout::Console { person: person.to_owned(), section: Some(section), powers, ends: None },
        )
    }

    /// The same frame for a page that belongs to no part of the console.
    #[must_use]
    pub fn apart(mut self) -> Self {
        if let Layout::Console { section, .. } = &mut self.layout {
            *section = None;
        }
        self
    }

    fn new(looks: Looks, language: Language, layout: Layout) -> Self {
        Self {
            looks,
            language,
            here: request_id::page(),
            layout,
            nonce: STANDARD.encode(random_bytes::<18>()),
            form_target: None,
            framed: Vec::new(),
            unsent: None,
        }
    }

    /// Tells the page of the console when the session ends.
    #[must_use]
    pub fn ending(mut self, at: OffsetDateTime) -> Self {
        if let Layout::Console { ends, .. } = &mut self.layout {
            *ends = Some(at);
        }
        self
    }

    /// Says that the page's form was typed before and not sent.
    #[must_use]
    pub fn with_unsent(mut self, unsent: Option<Unsent>) -> Self {
        self.unsent = unsent;
        self
    }

    /// The page's form, if it was typed before and not sent.
    #[must_use]
    pub const fn unsent(&self) -> Option<&Unsent> {
        self.unsent.as_ref()
    }

    /// When the session of the console ends if nothing more is done, in milliseconds since 1970.
    #[must_use]
    pub fn ends(&self) -> Option<i128> {
        match self.layout {
            Layout::Console { ends, .. } => ends.map(|at| at.unix_timestamp_nanos() / 1_000_000),
            Layout::People { .. } => None,
        }
    }

    /// Lets the page's forms lead to the origin of `redirect_uri`, directly or through redirects: browsers hold a
    /// form's whole chain of redirects to `form-action`. What is no URI leads nowhere.
    #[must_use]
    pub fn leading_to(mut self, redirect_uri: &str) -> Self {
        self.form_target = Url::parse(redirect_uri).ok().as_ref().map(source);
        self
    }

    /// Lets the page frame what has the origins of these URIs, and nothing else.
    #[must_use]
    pub fn framing(mut self, uris: &[String]) -> Self {
        self.framed = uris.iter().filter_map(|uri| Some(source(&Url::parse(uri).ok()?))).collect();
        self.framed.sort();
        self.framed.dedup();
        self
    }

    /// Renders a page in this frame. The template holds a reference to the same shell.
    pub fn page(&self, content: &impl Template) -> Page {
        Page { status: StatusCode::OK, policy: self.policy(), body: content.render() }
    }

    /// The page's path and query, if it can be asked for again in another language.
    #[must_use]
    pub fn here(&self) -> Option<&str> {
        self.here.as_deref()
    }

    /// In which language the page is.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// A text without blanks.
    #[must_use]
    pub fn text(&self, key: &str) -> Cow<'static, str> {
        self.language.text(key)
    }

    /// A text with its blanks filled in, for titles and attributes.
    #[must_use]
    pub fn text_with<'a, V: Clone + Into<FluentValue<'a>>>(&self, key: &str, values: &[(&'a str, V)]) -> String {
        self.language.text_with(key, values)
    }

    /// A text with its blanks filled in, for the middle of a page: each in a `<bdi>`.
    #[must_use]
    pub fn sentence<'a, V: Clone + Into<FluentValue<'a>>>(&self, key: &str, values: &[(&'a str, V)]) -> Safe<String> {
        self.language.sentence(key, values)
    }

    /// Who is signed in.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match &self.layout {
            Layout::People { person } => person.as_deref(),
            Layout::Console { person, .. } => Some(person),
        }
    }

    /// The part of the console that the page belongs to. `None`: it belongs to none, or is a page for users.
    #[must_use]
    pub const fn section(&self) -> Option<Section> {
        match self.layout {
            Layout::People { .. } => None,
            Layout::Console { section, .. } => section,
        }
    }

    /// The parts of the console that its reader may see, in groups and in the order of the navigation.
    #[must_use]
    pub fn groups(&self) -> Vec<(&'static str, Vec<Section>)> {
        let seen = |group: Group| {
            let sections =
                group.sections.iter().copied().filter(|section| section.permission().is_none_or(|one| self.may(one)));
            (group.name, sections.collect::<Vec<_>>())
        };
        GROUPS.into_iter().map(seen).filter(|(_, sections)| !sections.is_empty()).collect()
    }

    /// Whether the reader may do this, if only to what is their own.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        match &self.layout {
            Layout::People { .. } => false,
            Layout::Console { powers, .. } => powers.has_for_own(permission),
        }
    }

    /// What marks the scripts that we wrote into this page.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    fn policy(&self) -> String {
        let nonce = &self.nonce;
        let target = self.form_target.as_deref().map(|target| format!(" {target}")).unwrap_or_default();
        let frames =
            if self.framed.is_empty() { String::new() } else { format!("frame-src {}; ", self.framed.join(" ")) };
        format!(
            "default-src 'none'; {frames}script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; form-action 'self'{target}; base-uri 'none'; object-src 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
    }
}

/// The narrowest source expression (CSP3 §2.3.1) that covers a URI of a client: its origin; where the grammar cannot say
/// that (IPv6 addresses, private-use schemes, hosts with `;` or `,`), its scheme.
fn source(uri: &Url) -> String {
    let origin = match uri.origin() {
        origin @ Origin::Tuple(..) => origin.ascii_serialization(),
        Origin::Opaque(_) => String::new(),
    };
    let expressible = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
    if !origin.is_empty() && origin.chars().all(expressible) { origin } else { format!("{}:", uri.scheme()) }
}

#[cfg(test)]
mod tests {
    use axum::{http::header, response::IntoResponse};

    use super::*;

    #[derive(Template)]
    #[template(source = "{{ shell.nonce() }}", ext = "html")]
    struct Nonce<'a> {
        shell: &'a Shell,
    }

    #[derive(Template)]
    #[template(source = "{{ self::broken()? }}", ext = "html")]
    struct Broken;

    fn broken() -> askama::Result<String> {
        Err(askama::Error::Fmt)
    }

    fn shell() -> Shell {
        Shell::with_looks(Looks::default(), Language::En, None)
    }

    fn policy_of(shell: &Shell) -> String {
        let response = shell.page(&Nonce { shell }).into_response();
        response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    }

    #[test]
    fn every_response_has_its_own_nonce_and_nothing_unsafe() {
        let (one, two) = (shell(), shell());

        assert_ne!(one.nonce(), two.nonce());
        assert!(one.nonce().len() >= 22);
        assert!(policy_of(&one).contains(&format!("script-src 'nonce-{}';", one.nonce())));
        assert!(!policy_of(&one).contains("unsafe"));
    }

    #[test]
    fn forms_lead_home_and_to_the_client_only() {
        for (redirect_uri, target) in [
            ("https://app.example/callback?tenant=1", "https://app.example"),
            ("http://127.0.0.1:49152/callback", "http://127.0.0.1:49152"),
            ("http://[::1]:49152/callback", "http:"),
            ("com.example.app:/callback", "com.example.app:"),
            ("https://app;sandbox.example/callback", "https:"),
        ] {
            let shell = shell().leading_to(redirect_uri);

            let expected = format!("form-action 'self' {target}; base-uri");
            assert!(policy_of(&shell).contains(&expected), "{redirect_uri}: {}", policy_of(&shell));
        }
        for shell in [shell(), shell().leading_to("no uri")] {
            assert!(policy_of(&shell).contains("form-action 'self'; base-uri"));
        }
    }

    #[test]
    fn a_page_frames_the_origins_that_it_names_and_nothing_else() {
        let uris = ["https://a.example/out?sid=1", "https://b.example:8443/out", "https://a.example/2", "no uri"];
        let framing = shell().framing(&uris.map(str::to_owned));

        assert!(policy_of(&framing).contains("; frame-src https://a.example https://b.example:8443; script-src"));
        assert!(!policy_of(&shell()).contains("frame-src"));
    }

    #[test]
    fn a_page_is_neither_stored_nor_framed() {
        let shell = shell();

        let response = shell.page(&Nonce { shell: &shell }).with_status(StatusCode::BAD_REQUEST).into_response();

        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    }

    #[test]
    fn a_page_that_cannot_be_rendered_is_a_500() {
        let response = shell().page(&Broken).into_response();

        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
