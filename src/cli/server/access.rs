//! Access tokens for the admin API of a server: somebody signs in for one in a browser (authorization code with PKCE, the
//! answer to a loopback address, RFC 8252), or a client gets one for itself.

use std::env;

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Client, header};
use serde::{Deserialize, de::DeserializeOwned};
use url::{Url, form_urlencoded::Serializer};

use super::{
    kept::{self, Kept},
    loopback::Loopback,
    unreachable,
};
use crate::{
    model::registry::OUR_API,
    policy::permission::Permission,
    protocol::pkce::{CodeChallenge, CodeVerifier},
    secret::{Secret, SecretKind},
};

/// The secret of a client that asks for itself. It is no option: those can be read by every user of the machine.
const CLIENT_SECRET: &str = "PORTCULLIS_CLIENT_SECRET";

/// How tokens are got from a server.
pub(super) struct Access {
    server: Metadata,
    client_id: String,
    secret: Option<Secret>,
}

/// What a server says of itself (RFC 8414).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
}

/// What a sign-in must prove (RFC 9470).
pub(super) struct Proof {
    /// How many seconds ago it may be.
    pub max_age: Option<u32>,
    /// The level that it must reach.
    pub acr_values: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    expires_in: i64,
}

/// RFC 6749 §5.2.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Access {
    /// Asks a server where its tokens are got.
    pub async fn discover(http: &Client, issuer: &str, client_id: &str) -> Result<Self> {
        let url = format!("{issuer}/.well-known/openid-configuration");
        let answer = http.get(&url).send().await.map_err(unreachable)?;
        ensure!(answer.status().is_success(), "{url} answered {}: give the issuer of a server", answer.status());
        let server: Metadata = read(&answer.bytes().await?).with_context(|| url.clone())?;
        ensure!(server.issuer.trim_end_matches('/') == issuer, "{url} names another issuer: {}", server.issuer);
        let origin = Url::parse(issuer)?.origin();
        for endpoint in [&server.authorization_endpoint, &server.token_endpoint] {
            ensure!(endpoint.origin() == origin, "{url} names an endpoint elsewhere: {endpoint}");
        }
        let secret = env::var(CLIENT_SECRET).ok().filter(|secret| !secret.is_empty());
        let secret = secret.map(|secret| Secret::presented(&secret));
        Ok(Self { server, client_id: client_id.to_owned(), secret })
    }

    /// A token of an earlier command that still works.
    pub fn kept_token(&self) -> Option<String> {
        if self.secret.is_some() { None } else { kept::find(&self.server.issuer, &self.client_id) }
    }

    /// A new token.
    ///
    /// # Errors
    /// Why the server gave none.
    pub async fn obtain(&self, http: &Client, proof: Option<&Proof>) -> Result<String> {
        if let Some(secret) = &self.secret {
            return Ok(self.by_secret(http, secret).await?.access_token);
        }
        let Tokens { access_token, expires_in } = self.by_browser(http, proof).await?;
        kept::keep(&Kept::new(&self.server.issuer, &self.client_id, &access_token, expires_in));
        Ok(access_token)
    }

    async fn by_secret(&self, http: &Client, secret: &Secret) -> Result<Tokens> {
        let pair = format!("{}:{}", form_urlencoded(&self.client_id), form_urlencoded(secret.expose()));
        let form = [("grant_type", "client_credentials"), ("resource", OUR_API)];
        self.tokens(http, &form, Some(&STANDARD.encode(pair))).await
    }

    async fn by_browser(&self, http: &Client, proof: Option<&Proof>) -> Result<Tokens> {
        let (verifier, state) = (Secret::generate(SecretKind::Browser), Secret::generate(SecretKind::Browser));
        let challenge = CodeChallenge::of(&verifier.expose().parse::<CodeVerifier>()?);
        let loopback = Loopback::open().await?;
        let redirect_uri = loopback.redirect_uri();
        let mut url = self.server.authorization_endpoint.clone();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &redirect_uri),
            ("scope", &what_people_may()),
            ("resource", OUR_API),
            ("state", state.expose()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        if let Some(max_age) = proof.and_then(|proof| proof.max_age) {
            url.query_pairs_mut().append_pair("max_age", &max_age.to_string());
        }
        if let Some(acr_values) = proof.and_then(|proof| proof.acr_values.as_deref()) {
            url.query_pairs_mut().append_pair("acr_values", acr_values);
        }
        eprintln!("Sign in with your browser:\n\n{url}\n");
        let answer = loopback.answer(state.expose()).await?;
        ensure!(answer.issuer.as_deref() == Some(&self.server.issuer), "The answer came from another server.");
        let code = match (answer.code, answer.error) {
            (Some(code), None) => code,
            (_, error) => {
                let why = answer.error_description.or(error).unwrap_or_default();
                bail!("The server did not let you in: {}", why.replace(char::is_control, "\u{fffd}"));
            }
        };
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.client_id),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", verifier.expose()),
        ];
        self.tokens(http, &form, None).await
    }

    async fn tokens(&self, http: &Client, form: &[(&str, &str)], basic: Option<&str>) -> Result<Tokens> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = http.post(self.server.token_endpoint.clone()).body(body);
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(basic) = basic {
            request = request.header(header::AUTHORIZATION, format!("Basic {basic}"));
        }
        let answer = request.send().await.map_err(unreachable)?;
        let (status, body) = (answer.status(), answer.bytes().await?);
        if status.is_success() {
            return read(&body);
        }
        let Refusal { error, error_description } = read(&body).with_context(|| format!("no token: {status}"))?;
        bail!(
            "The server gave no token: {}",
            format!("{error}: {error_description}").replace(char::is_control, "\u{fffd}")
        )
    }
}

/// Every permission that somebody who signs in can have. They get those that their offices and the client have.
fn what_people_may() -> String {
    let all = Permission::ALL.iter().filter(|one| **one != Permission::Unattended);
    all.map(|one| one.scope()).collect::<Vec<_>>().join(" ")
}

fn form_urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).context("the answer is not what a server of ours says")
}
