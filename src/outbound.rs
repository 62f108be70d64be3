//! The calls that this server makes to others: to clients at sign-out, to whatever else settings name.
//!
//! Where they go is partly for others to say, so nothing here can be pointed at what stands behind our own walls:
//! a name is resolved first, every address that is not public is left out ([`addresses`]), and the connection goes to one
//! of those that are left, not to what the name means a moment later. No redirect is followed, no proxy of the
//! environment is used, and neither time nor size of an answer is without limit. A URL that a client registered leads to the
//! port of https and to those that the settings name, or it would be a way to knock at every port of every server.

pub mod addresses;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::Context;
use ipnet::IpNet;
use reqwest::{
    Certificate, Client, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
    redirect::Policy,
};
use url::{Host, Url, form_urlencoded};

const CONNECT: Duration = Duration::from_secs(3);
/// For everything: name, connection, request, and the answer to its last byte.
const IN_ALL: Duration = Duration::from_secs(5);
/// Of an answer's body, in bytes.
const LARGEST_BODY: usize = 64 * 1024;
const USER_AGENT: &str = concat!("Portcullis/", env!("CARGO_PKG_VERSION"));

/// What an installation says about the calls that it makes.
#[derive(Clone, Debug, Default)]
pub struct OutboundSettings {
    /// Networks that may be called although they are not public.
    pub allowed_networks: Vec<IpNet>,
    /// Ports that clients may name beside 443.
    pub allowed_ports: Vec<u16>,
    /// Certificates (PEM) that are trusted beside those of the operating system.
    pub authorities: Option<Vec<u8>>,
}

/// The one way out.
pub struct Outbound {
    settings: OutboundSettings,
    certificates: Vec<Certificate>,
    lookup: Lookup,
    /// Made when it is first needed: to read the operating system's certificates takes its time.
    client: OnceLock<Client>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, no larger than 64 KiB, or than was asked for.
    pub body: Vec<u8>,
}

/// Why there is no answer. No text of it holds a URL or anything that was answered.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OutboundError {
    #[error("the URL is malformed")]
    Malformed,
    #[error("only https is called, and http on this machine")]
    NotEncrypted,
    #[error("the address is not public, and outbound.allowed_networks does not name it")]
    NotPublic,
    #[error("the port is not 443, and outbound.allowed_ports does not name it")]
    OtherPort,
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("{}", described(.0))]
    Failed(reqwest::Error),
}

impl From<reqwest::Error> for OutboundError {
    fn from(error: reqwest::Error) -> Self {
        Self::Failed(error.without_url())
    }
}

/// An error of the library with its causes: by itself it says little more than "error sending request".
fn described(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}

impl OutboundSettings {
    /// Whether a URL may be called that a client registered: as every other URL, and its port is that of https or one of
    /// `allowed_ports`. On this machine, where it may be called at all, every port will do: that is how applications are
    /// tried out.
    ///
    /// # Errors
    /// Why not.
    pub fn vet_of_client(&self, url: &str) -> Result<Url, OutboundError> {
        let url = self.vet(url)?;
        let port = url.port_or_known_default().unwrap_or_default();
        if port == 443 || self.allowed_ports.contains(&port) || is_here(&url) {
            Ok(url)
        } else {
            Err(OutboundError::OtherPort)
        }
    }

    /// Checks scheme and address. A host name is checked later, when it is resolved. An IP address in the URL, however it is
    /// written, and `localhost` are checked here.
    fn vet(&self, url: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(url).map_err(|_| OutboundError::Malformed)?;
        let is_here = is_here(&url);
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(OutboundError::NotEncrypted);
        }
        let may_be_called = match url.host().ok_or(OutboundError::Malformed)? {
            Host::Ipv4(address) => self.may_call(address),
            Host::Ipv6(address) => self.may_call(address),
            Host::Domain(_) if is_here => self.may_call(Ipv4Addr::LOCALHOST) || self.may_call(Ipv6Addr::LOCALHOST),
            Host::Domain(_) => true,
        };
        if may_be_called { Ok(url) } else { Err(OutboundError::NotPublic) }
    }

    fn may_call(&self, address: impl Into<IpAddr>) -> bool {
        addresses::may_be_called(address.into(), &self.allowed_networks)
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl Outbound {
    /// Calls within these settings.
    ///
    /// # Errors
    /// What should be certificates is none.
    pub fn new(settings: &OutboundSettings) -> anyhow::Result<Self> {
        let pem = settings.authorities.as_deref().unwrap_or_default();
        let certificates = Certificate::from_pem_bundle(pem).context("outbound.ca_file: not certificates as PEM")?;
        Ok(Self { settings: settings.clone(), certificates, lookup: look_up, client: OnceLock::new() })
    }

    /// Gets what is there. The URL is one that the settings name.
    ///
    /// # Errors
    /// [`OutboundError`]. A status that tells of a failure is an answer.
    pub async fn get(&self, url: &str, headers: HeaderMap) -> Result<Answer, OutboundError> {
        let url = self.settings.vet(url)?;
        answer(self.client()?.get(url).headers(headers), LARGEST_BODY).await
    }

    /// Posts a form to a URL that a client registered, and waits `patience` for the whole answer.
    ///
    /// # Errors
    /// [`OutboundError`]. A status that tells of a failure is an answer.
    pub async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        patience: Duration,
    ) -> Result<Answer, OutboundError> {
        let url = self.settings.vet_of_client(url)?;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client()?.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        answer(request.timeout(patience), LARGEST_BODY).await
    }

    /// Gets the JSON document at a URL that a client named, of at most so many bytes.
    ///
    /// # Errors
    /// [`OutboundError`]. A status that tells of a failure is an answer.
    pub async fn get_document(&self, url: &str, largest: usize) -> Result<Answer, OutboundError> {
        let url = self.settings.vet_of_client(url)?;
        answer(self.client()?.get(url).header(ACCEPT, "application/json"), largest).await
    }

    fn client(&self) -> Result<&Client, OutboundError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .dns_resolver(Arc::new(Vetting {
                allowed: self.settings.allowed_networks.clone().into(),
                lookup: self.lookup,
            }))
            .tls_certs_merge(self.certificates.iter().cloned())
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(IN_ALL)
            .pool_max_idle_per_host(0)
            .user_agent(USER_AGENT)
            .build()?;
        Ok(self.client.get_or_init(|| client))
    }
}

async fn answer(request: RequestBuilder, largest: usize) -> Result<Answer, OutboundError> {
    let mut response = request.send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > largest {
            return Err(OutboundError::TooLarge(largest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

/// How a name becomes addresses.
type Lookup = fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

fn look_up(name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

/// Resolves names, and leaves out what must not be called. The connection is made to what it returns (SS-03).
struct Vetting {
    allowed: Arc<[IpNet]>,
    lookup: Lookup,
}

impl Resolve for Vetting {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, addresses) = (Arc::clone(&self.allowed), (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let mut vetted = addresses.await?;
            vetted.retain(|address| addresses::may_be_called(address.ip(), &allowed));
            if vetted.is_empty() {
                return Err(OutboundError::NotPublic.into());
            }
            Ok(Box::new(vetted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
