//! The setting that says whose client metadata documents are read.

use std::str::FromStr;

use super::value;

/// A host whose clients may describe themselves by a document, and what they may have at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentHost {
    /// The host, in the form in which URLs have it.
    pub host: String,
    /// The port. `None`: every one that may be called.
    pub port: Option<u16>,
    /// The scopes. Empty: none is named.
    pub scopes: Vec<String>,
}

impl DocumentHost {
    /// Whether a URL could be of both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.host == other.host && (self.port.is_none() || other.port.is_none() || self.port == other.port)
    }
}

impl FromStr for DocumentHost {
    type Err = &'static str;

    /// Reads `agents.example.org`, or `agents.example.org openid records:read`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_ascii_whitespace();
        let named = words.next().map(value::host).transpose()?;
        let named = named.ok_or("give a host name, and after it the scopes that its clients may have")?;
        let (host, port) = match named.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host.to_owned(), Some(value::port(port)?)),
            None => (named, None),
        };
        if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-') {
            return Err("give each host by its name, or its IPv4 address; there are no wildcards");
        }
        let scopes = words.map(ToOwned::to_owned).collect::<Vec<_>>();
        let is_scope = |name: &String| name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if scopes.iter().all(is_scope) {
            Ok(Self { host, port, scopes })
        } else {
            Err("give the names of scopes after the host, with spaces between them")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_host_and_the_scopes_of_its_clients() {
        let entry = |host: &str, port, scopes: &[&str]| DocumentHost {
            host: host.to_owned(),
            port,
            scopes: scopes.iter().map(ToString::to_string).collect(),
        };
        for (text, expected) in [
            ("agents.example.org", entry("agents.example.org", None, &[])),
            ("localhost:8443", entry("localhost", Some(8443), &[])),
            ("a.example  openid records:read ", entry("a.example", None, &["openid", "records:read"])),
            ("192.0.2.1", entry("192.0.2.1", None, &[])),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in [
            "",
            " ",
            "*.example.org",
            "*",
            "https://a.example",
            "a.example/path",
            "A.example",
            "a.example:443",
            "a.example:0",
            "a.example:99999",
            "user@a.example",
            "a.example sc\"ope",
            "a.example äscope",
            "[::1]",
            "[::1]:8443",
        ] {
            assert!(text.parse::<DocumentHost>().is_err(), "{text}");
        }
    }
}
