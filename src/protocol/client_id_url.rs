//! Client ids that are URLs ([Client ID Metadata Document §3]): the document that is there describes the client.
//!
//! [Client ID Metadata Document §3]: https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document#section-3

use url::Url;

use super::redirect_uri::{UnsafeUri, plain_url};

/// The longest of them, in bytes.
pub const LONGEST: usize = 500;

/// The URL of a client's document, which is its id. Two are the same if they are the same text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdUrl(Url);

/// Why a text is no such URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedClientIdUrl {
    /// Another scheme.
    #[error("it must begin with https://")]
    NotHttps,
    /// Longer than [`LONGEST`].
    #[error("it may have at most 500 characters")]
    TooLong,
    /// `#…`
    #[error("it must have no fragment (#…)")]
    Fragment,
    /// `user@`
    #[error("it must have no user name before the host (…@)")]
    UserInfo,
    /// Nothing follows the host.
    #[error("it must have a path after the host, such as /client.json")]
    NoPath,
    /// Programs read it in different ways.
    #[error("write it in its plain form: the host in lower case, no . or .. in the path, no port 443")]
    NotPlain,
}

/// Whether a client id is meant to be a URL. No client that an administrator registers has such an id.
#[must_use]
pub fn is_meant(client_id: &str) -> bool {
    client_id.starts_with("https://")
}

impl ClientIdUrl {
    /// Reads a client id.
    ///
    /// # Errors
    /// Why it is no such URL.
    pub fn parse(text: &str) -> Result<Self, MalformedClientIdUrl> {
        if !is_meant(text) {
            return Err(MalformedClientIdUrl::NotHttps);
        }
        if text.len() > LONGEST {
            return Err(MalformedClientIdUrl::TooLong);
        }
        let url = plain_url(text).map_err(|unsafe_uri| match unsafe_uri {
            UnsafeUri::Fragment => MalformedClientIdUrl::Fragment,
            UnsafeUri::UserInfo => MalformedClientIdUrl::UserInfo,
            _ => MalformedClientIdUrl::NotPlain,
        })?;
        if url.as_str() != text {
            return Err(MalformedClientIdUrl::NoPath); // the empty path is the only thing that a plain URL may leave out
        }
        match url.domain().or(url.host_str()) {
            Some(host) if host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-') => Ok(Self(url)),
            _ => Err(MalformedClientIdUrl::NotPlain),
        }
    }

    /// The URL as it stands.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whose document it is.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Where it is served.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port().unwrap_or(443)
    }
}

#[cfg(test)]
mod tests {
    use MalformedClientIdUrl::{Fragment, NoPath, NotHttps, NotPlain, TooLong, UserInfo};
    use proptest::prelude::*;

    use super::*;

    /// §3: what it must and must not have.
    #[test]
    fn a_client_id_that_is_a_url_is_read_in_one_way_only() {
        let long = format!("https://a.example/{}", "x".repeat(LONGEST));
        for (text, refused) in [
            ("https://agents.example.org/client.json", None),
            ("https://agents.example.org/", None),
            ("https://agents.example.org/client?v=2", None),
            ("https://agents.example.org:8443/client.json", None),
            ("https://127.0.0.1:8443/client.json", None),
            ("https://agents.example.org", Some(NoPath)),
            ("https://agents.example.org?x=1", Some(NotPlain)),
            ("http://agents.example.org/client.json", Some(NotHttps)),
            ("HTTPS://agents.example.org/client.json", Some(NotHttps)),
            ("agents.example.org/client.json", Some(NotHttps)),
            ("https://agents.example.org/client.json#", Some(Fragment)),
            ("https://agents.example.org/client.json#x", Some(Fragment)),
            ("https://a@agents.example.org/client.json", Some(UserInfo)),
            ("https://:@agents.example.org/client.json", Some(UserInfo)),
            ("https://agents.example.org/a/../client.json", Some(NotPlain)),
            ("https://agents.example.org/./client.json", Some(NotPlain)),
            ("https://agents.example.org/%2e%2e/client.json", Some(NotPlain)),
            ("https://agents.example.org:443/client.json", Some(NotPlain)),
            ("https://Agents.example.org/client.json", Some(NotPlain)),
            ("https://agents.example.org\\@evil.example/", Some(NotPlain)),
            ("https://ägents.example.org/client.json", Some(NotPlain)),
            ("https://agents.example.org/client json", Some(NotPlain)),
            ("https://[::1]/client.json", Some(NotPlain)),
            ("https:///client.json", Some(NotPlain)),
            ("https://", Some(NotPlain)),
            (&long, Some(TooLong)),
        ] {
            assert_eq!(ClientIdUrl::parse(text).err(), refused, "{text}");
        }
        let url = ClientIdUrl::parse("https://agents.example.org:8443/client.json").unwrap();
        assert_eq!((url.host(), url.port()), ("agents.example.org", 8443));
    }

    proptest! {
        /// The check of the column in the database, by other means.
        #[test]
        fn what_is_read_can_be_kept(text in "https://[a-z0-9.:@-]{1,12}[/?#]?[!-~]{0,12}") {
            if let Ok(url) = ClientIdUrl::parse(&text) {
                prop_assert_eq!(url.as_str(), &text);
                let (authority, path) = text["https://".len()..].split_once('/').unwrap();
                let (host, port) = authority.split_once(':').unwrap_or((authority, "1"));
                prop_assert!(!host.is_empty() && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b)));
                prop_assert!(!port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
                prop_assert!(path.bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    }
}
