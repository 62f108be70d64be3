//! How the text of each setting is read. Each refusal says what to give instead.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use ipnet::IpNet;
use lettre::message::Mailbox;
use reqwest::Certificate;
use sqlx::postgres::PgConnectOptions;
use tracing::level_filters::LevelFilter;
use url::Url;
use zeroize::Zeroizing;

use super::{Issuer, TokenIssuanceRecord};

pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "give an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080")
}

pub(super) fn whole_number(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<u32, String> {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("give a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse().ok().map(|address: IpAddr| address.into());
    text.parse().ok().or_else(address).ok_or("give a network such as 10.0.0.0/8, or one IP address")
}

/// A TCP port.
pub(super) fn port(text: &str) -> Result<u16, &'static str> {
    text.parse().ok().filter(|port| *port > 0).ok_or("give a port from 1 to 65535")
}

/// A host with its port, if it is not the default, in the form in which browsers send it.
pub(super) fn host(text: &str) -> Result<String, &'static str> {
    let origin = format!("https://{text}");
    let plain = Url::parse(&origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    if plain {
        Ok(text.to_owned())
    } else {
        Err("give a host name in lower case, with a port if it is not 443, and nothing else")
    }
}

pub(super) fn name(text: &str) -> Result<String, &'static str> {
    let fits = !text.trim().is_empty() && text.chars().count() <= 100 && !text.contains(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("give a name of 1 to 100 characters on one line") }
}

pub(super) fn switch(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "give true or false")
}

/// A place to ask: `https`, or on this machine `http`, without a query.
pub(super) fn https_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).ok().filter(|url| url.query().is_none() && url.fragment().is_none());
    let is_local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let url = url.filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_local(url)));
    url.ok_or("give an https URL without a query")
}

/// Scheme, host and port, as an issuer has them, by TLS.
pub(super) fn https_origin(text: &str) -> Result<Issuer, &'static str> {
    let origin = text.parse().ok().filter(|origin: &Issuer| origin.as_str().starts_with("https://"));
    origin.ok_or(
        "give an https URL without a path, in its plain form: https://mtls.example.org or https://id.example.org:9443",
    )
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox, &'static str> {
    text.parse().map_err(|_| "give an e-mail address, or a name with one: Example <no-reply@example.org>")
}

/// A file that can be read.
pub(super) fn file(path: &str) -> Result<PathBuf, String> {
    std::fs::File::open(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    Ok(path.into())
}

/// The text of a file of certificates.
pub(super) fn certificates(path: &str) -> Result<Vec<u8>, String> {
    let pem = std::fs::read(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    let has_any = Certificate::from_pem_bundle(&pem).is_ok_and(|found| !found.is_empty());
    if has_any { Ok(pem) } else { Err("give a file of certificates, as PEM".to_owned()) }
}

pub(super) fn token_issuance(text: &str) -> Result<TokenIssuanceRecord, &'static str> {
    match text {
        "database" => Ok(TokenIssuanceRecord::Database),
        "log" => Ok(TokenIssuanceRecord::Log),
        _ => Err("give database (durable before the token leaves) or log"),
    }
}

pub(super) fn contact(text: &str) -> Result<String, &'static str> {
    let is_uri = text.starts_with("mailto:") || text.starts_with("https://");
    let is_line = text.len() <= 300 && text.bytes().all(|b| b.is_ascii_graphic());
    if is_uri && is_line { Ok(text.to_owned()) } else { Err("write a URI such as mailto:security@example.org") }
}

/// Where a link leads.
pub(super) fn link(text: &str) -> Result<String, &'static str> {
    let fits = Url::parse(text).is_ok_and(|url| ["https", "mailto"].contains(&url.scheme())) && text.len() <= 300;
    if fits { Ok(text.to_owned()) } else { Err("give a URL that begins with https:// or mailto:") }
}

pub(super) fn log_level(text: &str) -> Result<LevelFilter, &'static str> {
    match text {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err("give error, warn, info, debug or trace"),
    }
}

pub(super) fn postgres_url(text: &str) -> Result<(), &'static str> {
    let postgres = Url::parse(text).is_ok_and(|url| ["postgres", "postgresql"].contains(&url.scheme()));
    if !postgres {
        return Err("give a URL that begins with postgres://");
    }
    let options = text.parse::<PgConnectOptions>();
    options.map(|_| ()).map_err(|_| "one of its parameters has no such value, perhaps sslmode or port")
}

pub(super) fn redis_url(text: &str) -> Result<(), &'static str> {
    let redis = Url::parse(text).is_ok_and(|url| ["redis", "rediss", "unix"].contains(&url.scheme()));
    if redis { Ok(()) } else { Err("give a URL that begins with rediss:// (TLS), redis:// or unix://") }
}

/// Checks the form that `keys::MasterKey` reads.
pub(super) fn master_key(text: &str) -> Result<(), &'static str> {
    let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let base64 = [URL_SAFE_NO_PAD, URL_SAFE, STANDARD_NO_PAD, STANDARD].iter().any(|encoding| {
        let decoded = encoding.decode(text).map(Zeroizing::new);
        decoded.is_ok_and(|decoded| decoded.len() == 32)
    });
    if hex || base64 { Ok(()) } else { Err("give 32 random bytes, as `openssl rand -base64 32` writes them") }
}
