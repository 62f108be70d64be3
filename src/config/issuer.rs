//! The issuer identifier: the one URL that everything else hangs on.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Our issuer identifier (RFC 8414 §2, OpenID Connect Discovery §3): an origin, compared byte for byte by everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    origin: String,
    /// Where the authority begins in `origin`.
    authority: usize,
    loopback: bool,
}

/// Why a text is no issuer of ours; each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MalformedIssuer {
    #[error(
        "it is not a URL: give the address under which people and clients reach this server, such as https://id.example.org"
    )]
    NotUrl,
    #[error("it must begin with https:// (http:// is for loopback hosts only: localhost, 127.0.0.1 and [::1])")]
    NotHttps,
    #[error("a path is not supported yet: give this server a host name of its own and write {0}")]
    Path(String),
    #[error("it must be scheme, host and port only, in their plain form: write {0}")]
    NotPlain(String),
}

impl Issuer {
    /// The identifier, as it stands in `iss`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Its origin (RFC 6454 §6.2), as browsers write it in `Origin`. The same text: an issuer has no path.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Host and port, as clients write it in `Host`; the default port is left out.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.origin[self.authority..]
    }

    /// Whether the server is for this machine alone.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The URL of a path of ours, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The same host by TLS, at this port.
    #[must_use]
    pub fn at_port(&self, port: u16) -> Option<Self> {
        let mut url = Url::parse(&self.origin).ok()?;
        url.set_scheme("https").ok()?;
        url.set_port(Some(port)).ok()?;
        url.origin().ascii_serialization().parse().ok()
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl FromStr for Issuer {
    type Err = MalformedIssuer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| MalformedIssuer::NotUrl)?;
        let loopback = is_loopback(&url);
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(MalformedIssuer::NotHttps);
        }
        let origin = url.origin().ascii_serialization();
        if origin != text {
            let has_path = url.path() != "/";
            return Err(if has_path { MalformedIssuer::Path(origin) } else { MalformedIssuer::NotPlain(origin) });
        }
        let authority = url.scheme().len() + "://".len();
        Ok(Self { origin, authority, loopback })
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_loopback() {
        for (text, authority, loopback) in [
            ("https://id.example.org", "id.example.org", false),
            ("https://id.example.org:8443", "id.example.org:8443", false),
            ("https://localhost", "localhost", true),
            ("http://localhost:8080", "localhost:8080", true),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://[::1]:8080", "[::1]:8080", true),
        ] {
            let issuer: Issuer = text.parse().unwrap();
            assert_eq!((issuer.as_str(), issuer.origin()), (text, text));
            assert_eq!((issuer.authority(), issuer.is_loopback()), (authority, loopback));
            assert_eq!(issuer.url("/oauth2/token"), format!("{text}/oauth2/token"));
        }
    }

    #[test]
    fn another_port_of_the_same_host_is_reached_by_tls() {
        for (text, port, expected) in [
            ("https://id.example.org", 9443, "https://id.example.org:9443"),
            ("https://id.example.org:8443", 443, "https://id.example.org"),
            ("http://[::1]:8080", 9443, "https://[::1]:9443"),
        ] {
            assert_eq!(text.parse::<Issuer>().unwrap().at_port(port).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_others_could_read_differently_is_no_issuer() {
        let plain = |text: &str| MalformedIssuer::NotPlain(text.into());
        let path = |text: &str| MalformedIssuer::Path(text.into());
        for (text, refusal) in [
            ("", MalformedIssuer::NotUrl),
            ("id.example.org", MalformedIssuer::NotUrl),
            ("https://", MalformedIssuer::NotUrl),
            ("http://id.example.org", MalformedIssuer::NotHttps),
            ("http://localhost.example.org", MalformedIssuer::NotHttps),
            ("http://128.0.0.1", MalformedIssuer::NotHttps),
            ("ftp://localhost", MalformedIssuer::NotHttps),
            ("localhost:8080", MalformedIssuer::NotHttps),
            ("https://id.example.org/", plain("https://id.example.org")),
            ("https://id.example.org?a", plain("https://id.example.org")),
            ("https://id.example.org#a", plain("https://id.example.org")),
            ("https://user:pass@id.example.org", plain("https://id.example.org")),
            ("https://ID.example.org", plain("https://id.example.org")),
            ("https://id.example.org:443", plain("https://id.example.org")),
            (" https://id.example.org", plain("https://id.example.org")),
            ("https://bücher.example", plain("https://xn--bcher-kva.example")),
            ("https://id.example.org/tenant", path("https://id.example.org")),
            ("https://id.example.org/tenant/?a#b", path("https://id.example.org")),
        ] {
            assert_eq!(text.parse::<Issuer>(), Err(refusal), "{text}");
        }
    }
}
