//! A server somewhere else, which commands reach by its admin API: whoever runs them needs neither its database nor its
//! master key, and may do there what they may do in its console.

mod access;
mod kept;
mod loopback;

use std::{cell::RefCell, time::Duration};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, Response, StatusCode, header, redirect::Policy};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};
use uuid::Uuid;

use self::access::{Access, Proof};
use super::answer::{Answer, Problems};
use crate::admin_api::operations::Operation;

/// For a request, until its answer has come.
const LONGEST: Duration = Duration::from_mins(2);
/// What stands in a path as it is.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which server is asked, and as which client.
#[derive(Args)]
pub struct ServerArgs {
    /// Instead of settings: the issuer of a running server, such as <https://id.example.org>, to work through its admin API.
    #[arg(long, global = true, value_name = "URL", conflicts_with_all = ["config", "data_dir"])]
    server: Option<Url>,
    /// With --server: the client that asks. You sign in to it in a browser; if `PORTCULLIS_CLIENT_SECRET` is set, it asks
    /// for itself.
    #[arg(long, global = true, value_name = "CLIENT_ID", default_value = "portcullis-cli")]
    as_client: String,
}

/// A server that is reached by its admin API.
pub struct Server {
    issuer: String,
    http: Client,
    access: Access,
    /// The access token, once there is one.
    token: RefCell<Option<String>>,
}

/// Why the server did not do it (RFC 9457).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
    errors: Vec<FieldError>,
    max_age: Option<u32>,
    acr_values: Option<String>,
    change: Option<usize>,
    kind: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct FieldError {
    field: String,
    message: String,
}

impl ServerArgs {
    /// The server, if one is named.
    ///
    /// # Errors
    /// It cannot be reached, or is none of ours.
    pub async fn open(&self) -> Result<Option<Server>> {
        let Some(url) = &self.server else { return Ok(None) };
        ensure!(is_safe(url), "{url}: give a URL that begins with https, or with http on this machine");
        let issuer = url.as_str().trim_end_matches('/').to_owned();
        let http = Client::builder().timeout(LONGEST).redirect(Policy::none()).build()?;
        let access = Access::discover(&http, &issuer, &self.as_client).await?;
        let token = RefCell::new(access.kept_token());
        Ok(Some(Server { issuer, http, access, token }))
    }

    /// Makes sure that none is named, for a command that works on the database itself.
    ///
    /// # Errors
    /// One is named.
    pub fn ensure_none(&self) -> Result<()> {
        ensure!(self.server.is_none(), "This command works on the database itself: leave out --server.");
        Ok(())
    }
}

fn is_safe(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

impl Server {
    /// Asks for an operation, about what these ids name. What replaces a thing says which revision it replaces, if that is
    /// part of the body.
    ///
    /// # Errors
    /// Why it was not done, in the words of the server.
    pub async fn call(&self, operation: &Operation, ids: &[&str], body: Option<Value>) -> Result<Value> {
        let mut path = operation.path.to_owned();
        for id in ids {
            let (before, rest) = path.split_once('{').context("too many ids")?;
            let (_, after) = rest.split_once('}').context("no end of an id")?;
            path = format!("{before}{}{after}", utf8_percent_encode(id, IN_PATH));
        }
        self.ask(operation, &path, body).await
    }

    /// Everything that a list holds, page by page, or as many as are wanted.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn list(
        &self,
        operation: &Operation,
        query: &[(&str, Option<&str>)],
        most: Option<usize>,
    ) -> Result<Vec<Value>> {
        let mut query_text = url::form_urlencoded::Serializer::new(String::new());
        query_text.extend_pairs(query.iter().filter_map(|(name, value)| Some((name, (*value)?))));
        let query_text = query_text.finish();
        let mut next = Some(match query_text.as_str() {
            "" => operation.path.to_owned(),
            query => format!("{}?{query}", operation.path),
        });
        let mut all = Vec::new();
        while let Some(path) = next.filter(|_| most.is_none_or(|most| all.len() < most)) {
            let mut page = self.ask(operation, &path, None).await?;
            let Value::Array(items) = page["items"].take() else { bail!("{}: no list was answered", operation.id) };
            all.extend(items);
            next = page["next"].as_str().map(str::to_owned);
        }
        all.truncate(most.unwrap_or(usize::MAX));
        Ok(all)
    }

    /// Everything that a list holds of which this is a member, of this value.
    ///
    /// # Errors
    /// There is none, or as [`call`](Self::call).
    pub async fn named(&self, operation: &Operation, (member, value): (&str, &str), what: &str) -> Result<Value> {
        let asked = if operation.query.contains(&"q") { Some(value) } else { None };
        let found = self.list(operation, &[("q", asked)], None).await?;
        let found = found.into_iter().find(|one| one[member] == value);
        found.with_context(|| format!("{what} {value}: it does not exist"))
    }

    /// Asks for an operation at this path, which has its ids and its query.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn ask(&self, operation: &Operation, path: &str, body: Option<Value>) -> Result<Value> {
        let key = Uuid::now_v7().to_string(); // the same if it is sent twice
        let mut proof = None;
        loop {
            let token = self.token(proof.as_ref()).await?;
            let sent = self.send(operation, path, (&token, &key), body.as_ref()).await?;
            let status = sent.status();
            if status.is_success() {
                let body = sent.bytes().await?;
                return if body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&body)?) };
            }
            let problem = serde_json::from_slice::<Problem>(&sent.bytes().await?).unwrap_or_default();
            if status != StatusCode::UNAUTHORIZED || proof.is_some() {
                return Err(problem.told(status));
            }
            // The token has come to an end, or a sign-in is needed that is younger or stronger.
            proof = Some(Proof { max_age: problem.max_age, acr_values: problem.acr_values });
        }
    }

    async fn token(&self, proof: Option<&Proof>) -> Result<String> {
        let known = self.token.borrow().clone();
        match known {
            Some(token) if proof.is_none() => Ok(token),
            _ => {
                let token = self.access.obtain(&self.http, proof).await?;
                self.token.replace(Some(token.clone()));
                Ok(token)
            }
        }
    }

    async fn send(
        &self,
        operation: &Operation,
        path: &str,
        (token, key): (&str, &str),
        body: Option<&Value>,
    ) -> Result<Response> {
        let method = Method::from_bytes(operation.method.to_uppercase().as_bytes())?;
        let is_post = method == Method::POST;
        let mut request = self.http.request(method, format!("{}{path}", self.issuer)).bearer_auth(token);
        if is_post {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(serde_json::to_vec(body)?);
        }
        if let Some(revision) = body.filter(|_| operation.replaces()).and_then(|body| body["revision"].as_i64()) {
            request = request.header(header::IF_MATCH, format!("\"{revision}\""));
        }
        request.send().await.map_err(unreachable)
    }
}

impl Problem {
    fn told(self, status: StatusCode) -> anyhow::Error {
        let Self { code, detail, errors, change, kind, name, .. } = self;
        let place = match (change, kind.zip(name)) {
            (Some(change), _) => format!("change {change}: "),
            (None, Some((kind, name))) => format!("{kind} {name}: "),
            (None, None) => String::new(),
        };
        let one_line = |text: String| text.replace(char::is_control, "\u{fffd}");
        if !errors.is_empty() {
            let line = |error: FieldError| one_line(format!("{place}{}: {}", error.field, error.message));
            return Problems(errors.into_iter().map(line).collect()).into();
        }
        match detail.as_str() {
            "" => anyhow!("The server answered {status}."),
            detail => anyhow!("{}", one_line(format!("{place}{detail} ({code})"))),
        }
    }
}

/// Why a server cannot be reached, with what the system says.
fn unreachable(error: reqwest::Error) -> anyhow::Error {
    anyhow!(error).context("the server cannot be reached")
}

/// One thing, as the server shows it.
///
/// # Errors
/// It has no JSON form.
pub fn shown(value: Value) -> Result<Answer> {
    Ok(Answer::one(value)?)
}
