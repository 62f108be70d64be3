//! A browser: it keeps cookies, follows redirects on our own origin, and submits forms as they stand on the page.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{HeaderMap, Request, header},
};
use url::{Url, form_urlencoded};

use crate::server::{Answer, ISSUER, NATIVE_CALLBACK, PASSWORD, SPA_CALLBACK, Server, WEB_CALLBACK};

pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A browser with its cookies.
#[derive(Clone)]
pub struct Browser {
    pub server: Server,
    pub cookies: BTreeMap<String, String>,
}

/// Where following redirects ended.
pub struct Page {
    /// The path and query on our origin, or the whole URI of somebody else's.
    pub uri: String,
    pub answer: Answer,
}

impl Page {
    /// Where it is, without the query.
    pub fn path(&self) -> &str {
        self.uri.split('?').next().unwrap()
    }

    /// The parameters of the redirect to a client; empty on our own pages.
    pub fn redirected(&self) -> BTreeMap<String, String> {
        match Url::parse(&self.uri) {
            Ok(url) => url.query_pairs().into_owned().collect(),
            Err(_) => BTreeMap::new(),
        }
    }

    /// The code that the client got.
    pub fn code(&self) -> String {
        self.redirected().remove("code").unwrap_or_else(|| panic!("no code: {} {}", self.uri, self.answer.body))
    }

    /// The error that the client got.
    pub fn error(&self) -> String {
        self.redirected().remove("error").unwrap_or_default()
    }

    pub fn has_form(&self, id: &str) -> bool {
        self.answer.body.contains(&format!("id=\"{id}\""))
    }
}

impl Browser {
    pub fn new(server: Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    /// Opens a page and follows redirects until there is none, or one that leaves us.
    pub async fn open(&mut self, uri: &str) -> Page {
        let answer = self.request(Request::get(uri).body(Body::empty()).unwrap()).await;
        self.follow(uri.to_owned(), answer).await
    }

    /// Posts a form of one of our pages.
    pub async fn submit(&mut self, uri: &str, form: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let answer = self.request(request.body(Body::from(body)).unwrap()).await;
        self.follow(uri.to_owned(), answer).await
    }

    /// What it sends with each request.
    pub fn headers(&self) -> HeaderMap {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let cookies = (!cookies.is_empty()).then(|| (header::COOKIE, cookies.parse().unwrap()));
        cookies.into_iter().collect()
    }

    /// One request, no redirect followed.
    pub async fn request(&mut self, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        parts.headers.extend(self.headers());
        let answer = self.server.send(Request::from_parts(parts, body)).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    async fn follow(&mut self, mut uri: String, mut answer: Answer) -> Page {
        for _ in 0..10 {
            let location = answer.header("location").to_owned();
            if !answer.status.is_redirection() {
                return Page { uri, answer };
            }
            uri = location.strip_prefix(ISSUER).unwrap_or(&location).to_owned();
            if !uri.starts_with('/') {
                return Page { uri, answer };
            }
            answer = self.request(Request::get(&uri).body(Body::empty()).unwrap()).await;
        }
        panic!("too many redirects at {uri}");
    }

    /// Sends an authorization request with these parameters in place of the usual ones; an empty value leaves one out.
    pub async fn authorize(&mut self, changes: &[(&str, &str)]) -> Page {
        self.open(&authorize_uri(changes)).await
    }

    pub async fn sign_in(&mut self, page: &Page, username: &str) -> Page {
        assert!(page.has_form("sign-in"), "{} {}", page.uri, page.answer.body);
        self.submit(&page.uri, &[("username", username), ("password", PASSWORD)]).await
    }

    pub async fn consent(&mut self, page: &Page, decision: &str) -> Page {
        assert!(page.has_form("consent"), "{} {}", page.uri, page.answer.body);
        let (_, shown) = page.answer.body.split_once("name=\"shown\" value=\"").unwrap();
        let shown = shown.split_once('"').unwrap().0;
        self.submit(&page.uri, &[("decision", decision), ("shown", shown)]).await
    }

    /// Signs in, allows everything, and returns to the client.
    pub async fn obtain(&mut self, username: &str, changes: &[(&str, &str)]) -> Page {
        let mut page = self.authorize(changes).await;
        if page.has_form("sign-in") {
            page = self.sign_in(&page, username).await;
        }
        if page.has_form("consent") {
            page = self.consent(&page, "allow").await;
        }
        page
    }

    /// The code for one of the fixed clients, with what its usual request asks of alice.
    pub async fn obtain_code_for(&mut self, client: &str) -> String {
        self.obtain("alice", &[("client_id", client), ("redirect_uri", callback(client))]).await.code()
    }

    /// The code for the web client, with all that alice may grant.
    pub async fn obtain_code(&mut self) -> String {
        self.obtain("alice", &[]).await.code()
    }
}

/// Where the answer for one of the fixed clients goes.
pub fn callback(client: &str) -> &'static str {
    match client {
        "spa" => SPA_CALLBACK,
        "native" => NATIVE_CALLBACK,
        _ => WEB_CALLBACK,
    }
}

/// The URI of an authorization request of the web client, with changes.
pub fn authorize_uri(changes: &[(&str, &str)]) -> String {
    let good = [
        ("response_type", "code"),
        ("client_id", "web"),
        ("redirect_uri", WEB_CALLBACK),
        ("scope", "openid profile email offline_access records:read"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = good.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let changed = changes.iter().copied().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(changed)).finish();
    format!("/oauth2/authorize?{query}")
}
