//! Redirect URIs: what may be registered, when one matches, and how an answer is put on one.
//!
//! They are compared as text ([RFC 9700 §4.1.3]): two URIs that parse to the same thing are still two URIs.
//!
//! [RFC 9700 §4.1.3]: https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3

mod nearest;

use url::{Host, Url, form_urlencoded};

pub use nearest::{Nearest, nearest};

use super::client::values::ClientType;

/// The longest URI that can be registered, in bytes.
pub const LONGEST_URI: usize = 2000;

const OUR_PARAMETERS: [&str; 8] =
    ["code", "state", "iss", "error", "error_description", "error_uri", "response", "session_state"];

/// Why a URI cannot be registered. Its text tells the user who registers it what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeUri {
    /// Not an absolute URI, or one that programs read in different ways.
    #[error("write an absolute URI in its plain form, such as https://app.example/callback")]
    NotPlain,
    /// Longer than [`LONGEST_URI`].
    #[error("a URI may have at most 2000 characters")]
    TooLong,
    /// `#…`, which never reaches a server.
    #[error("remove the fragment (#…)")]
    Fragment,
    /// `user@` before the host, which makes another host look familiar.
    #[error("remove the user name before the host (…@)")]
    UserInfo,
    /// `*`: we match exactly.
    #[error("wildcards (*) are not supported: register each URI in full")]
    Wildcard,
    /// Plain HTTP to another machine.
    #[error("use https; http is only for this machine: 127.0.0.1, [::1] or localhost")]
    NotEncrypted,
    /// A scheme such as `javascript:`, or a private one that anybody could claim.
    #[error(
        "use https, or for a native app a private scheme that reverses your domain, such as com.example.app:/callback"
    )]
    Scheme,
    /// A private scheme for a client that runs in a browser or on a server.
    #[error("only a native client can use a private scheme")]
    PrivateSchemeNotNative,
    /// A query parameter that our answer will carry.
    #[error("remove the query parameter {0}: the answer itself uses that name")]
    OurParameter(&'static str),
}

/// Checks a redirect URI that somebody wants to register for a client of this type.
///
/// # Errors
/// What is unsafe about it ([RFC 9700 §4.1], [RFC 8252 §7]).
///
/// [RFC 9700 §4.1]: https://www.rfc-editor.org/rfc/rfc9700#section-4.1
/// [RFC 8252 §7]: https://www.rfc-editor.org/rfc/rfc8252#section-7
pub fn check_registration(text: &str, client_type: ClientType) -> Result<(), UnsafeUri> {
    let url = plain_url(text)?;
    if let Some(name) = OUR_PARAMETERS.iter().find(|name| url.query_pairs().any(|(key, _)| key == **name)) {
        return Err(UnsafeUri::OurParameter(name));
    }
    match url.scheme() {
        "https" | "http" => check_web_url(text, &url),
        scheme if !scheme.contains('.') || text.contains("://") && url.host().is_none() => Err(UnsafeUri::Scheme),
        _ if client_type == ClientType::Native => Ok(()),
        _ => Err(UnsafeUri::PrivateSchemeNotNative),
    }
}

/// Checks a link that pages will show: a home page, a policy, terms. The same rules, without private schemes.
///
/// # Errors
/// What is unsafe about it.
pub fn check_link(text: &str) -> Result<(), UnsafeUri> {
    let url = plain_url(text)?;
    match url.scheme() {
        "https" | "http" => check_web_url(text, &url),
        _ => Err(UnsafeUri::NotEncrypted),
    }
}

/// Whether an answer that goes there reaches a program on the user's device: a loopback address, or a private scheme
/// ([RFC 8252 §7](https://www.rfc-editor.org/rfc/rfc8252#section-7)).
#[must_use]
pub fn is_of_device(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| !matches!(url.scheme(), "https" | "http") || is_loopback(&url))
}

/// Whether a request's URI is this registered one: the same bytes.
///
/// One exception ([RFC 8252 §7.3]): a native client that registered a loopback address without a port may use any port.
///
/// [RFC 8252 §7.3]: https://www.rfc-editor.org/rfc/rfc8252#section-7.3
#[must_use]
pub fn matches(registered: &str, requested: &str, client_type: ClientType) -> bool {
    registered == requested || client_type == ClientType::Native && differs_only_by_port(registered, requested)
}

/// The URI with these parameters added to its query, and an empty fragment, so that a browser cannot carry an old one
/// over ([RFC 9700 §4.1.3](https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3)).
#[must_use]
pub fn with_parameters<'a>(uri: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    with_query(uri, parameters) + "#"
}

/// The URI with these parameters added to its query.
#[must_use]
pub fn with_query<'a>(uri: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{query}")
}

/// What a Content-Security-Policy names to let a form lead to this URI: its origin, or its private scheme.
#[must_use]
pub fn csp_source(uri: &str) -> Option<String> {
    origin(uri).or_else(|| Some(format!("{}:", Url::parse(uri).ok()?.scheme())))
}

/// The origin of a URI on the web, as browsers write it (RFC 6454 §6.2).
#[must_use]
pub fn origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some(url.origin().ascii_serialization())
}

/// The host of a URI on the web.
#[must_use]
pub fn host(uri: &str) -> Option<String> {
    Url::parse(uri).ok()?.host_str().map(ToOwned::to_owned)
}

/// A URI that every parser reads in the same way: its normal form is what stands there.
pub(super) fn plain_url(text: &str) -> Result<Url, UnsafeUri> {
    if text.len() > LONGEST_URI {
        return Err(UnsafeUri::TooLong);
    }
    if text.contains('*') {
        return Err(UnsafeUri::Wildcard);
    }
    if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return Err(UnsafeUri::NotPlain);
    }
    let url = Url::parse(text).map_err(|_| UnsafeUri::NotPlain)?;
    if url.fragment().is_some() {
        return Err(UnsafeUri::Fragment);
    }
    if !url.username().is_empty() || url.password().is_some() || authority(text).is_some_and(|a| a.contains('@')) {
        return Err(UnsafeUri::UserInfo);
    }
    let normal = url.as_str();
    let is_plain = normal == text || normal.strip_suffix('/') == Some(text) && url.path() == "/";
    if is_plain { Ok(url) } else { Err(UnsafeUri::NotPlain) }
}

fn check_web_url(text: &str, url: &Url) -> Result<(), UnsafeUri> {
    if !text.starts_with("https://") && !text.starts_with("http://") || authority(text).is_none_or(str::is_empty) {
        return Err(UnsafeUri::NotPlain);
    }
    if url.scheme() == "https" || is_loopback(url) { Ok(()) } else { Err(UnsafeUri::NotEncrypted) }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn authority(text: &str) -> Option<&str> {
    text.split_once("://")?.1.split(['/', '?', '#']).next()
}

fn differs_only_by_port(registered: &str, requested: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].iter().any(|host| {
        let (Some(path), Some(rest)) = (registered.strip_prefix(host), requested.strip_prefix(host)) else {
            return false;
        };
        let Some((port, rest)) = rest.strip_prefix(':').map(|rest| rest.split_at(digits(rest))) else {
            return false;
        };
        path.starts_with('/') && rest == path && !port.starts_with('0') && port.parse::<u16>().is_ok()
    })
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ru_13_only_safe_uris_can_be_registered() {
        use ClientType::{Native, Web};
        for (text, client_type, refusal) in [
            ("https://app.example/callback", Web, None),
            ("https://app.example", Web, None),
            ("https://app.example/cb?tenant=1", Web, None),
            ("http://localhost:8080/cb", Web, None),
            ("http://127.0.0.1/cb", Native, None),
            ("http://[::1]/cb", Native, None),
            ("com.example.app:/cb", Native, None),
            ("http://app.example/cb", Web, Some(UnsafeUri::NotEncrypted)),
            ("http://127.0.0.1.evil.example/cb", Native, Some(UnsafeUri::NotEncrypted)),
            ("http://127.1/cb", Native, Some(UnsafeUri::NotPlain)),
            ("https://app.example/cb#x", Web, Some(UnsafeUri::Fragment)),
            ("https://app.example/cb#", Web, Some(UnsafeUri::Fragment)),
            ("https://app.example@evil.example/cb", Web, Some(UnsafeUri::UserInfo)),
            ("https://@evil.example/cb", Web, Some(UnsafeUri::UserInfo)),
            ("https://*.example/cb", Web, Some(UnsafeUri::Wildcard)),
            ("https://APP.example/cb", Web, Some(UnsafeUri::NotPlain)),
            ("https://app.example/a/../b", Web, Some(UnsafeUri::NotPlain)),
            ("https:app.example/cb", Web, Some(UnsafeUri::NotPlain)),
            ("https:\\\\app.example/cb", Web, Some(UnsafeUri::NotPlain)),
            ("https://app.example/c b", Web, Some(UnsafeUri::NotPlain)),
            ("https://app.example/\tcb", Web, Some(UnsafeUri::NotPlain)),
            ("https://äpp.example/cb", Web, Some(UnsafeUri::NotPlain)),
            ("javascript:alert(1)", Native, Some(UnsafeUri::Scheme)),
            ("data:text/html,x", Native, Some(UnsafeUri::Scheme)),
            ("file:///etc/passwd", Native, Some(UnsafeUri::Scheme)),
            ("myapp:/cb", Native, Some(UnsafeUri::Scheme)),
            ("com.example.app:/cb", Web, Some(UnsafeUri::PrivateSchemeNotNative)),
            ("https://app.example/cb?code=x&state=y", Web, Some(UnsafeUri::OurParameter("code"))),
            ("https://app.example/cb?iss=x", Web, Some(UnsafeUri::OurParameter("iss"))),
            ("/cb", Web, Some(UnsafeUri::NotPlain)),
            ("", Web, Some(UnsafeUri::NotPlain)),
        ] {
            assert_eq!(check_registration(text, client_type).err(), refusal, "{text}");
        }
    }

    #[test]
    fn ru_10_a_native_client_may_change_the_port_of_a_loopback_address_and_nothing_else() {
        let registered = "http://127.0.0.1/cb";
        assert!(matches(registered, "http://127.0.0.1:51004/cb", ClientType::Native));
        assert!(matches("http://[::1]/cb", "http://[::1]:1/cb", ClientType::Native));
        for requested in [
            "http://127.0.0.1:51004/other",
            "http://localhost:51004/cb",
            "http://127.0.0.1.evil.tld/cb",
            "http://127.0.0.1:51004@evil.tld/cb",
            "http://127.1:51004/cb",
            "http://2130706433:51004/cb",
            "http://[::ffff:127.0.0.1]:51004/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:70000/cb",
            "http://127.0.0.1:051004/cb",
            "https://127.0.0.1:51004/cb",
        ] {
            assert!(!matches(registered, requested, ClientType::Native), "{requested}");
        }
        assert!(!matches(registered, "http://127.0.0.1:51004/cb", ClientType::Web), "RU-11");
        assert!(!matches("http://127.0.0.1:80/cb", "http://127.0.0.1:81/cb", ClientType::Native));
    }

    #[test]
    fn parameters_join_a_query_that_is_there() {
        let parameters = [("code", "a b"), ("state", "&=#")];
        assert_eq!(
            with_parameters("https://a.example/cb", parameters),
            "https://a.example/cb?code=a+b&state=%26%3D%23#"
        );
        assert_eq!(with_parameters("https://a.example/?x=1", [("code", "c")]), "https://a.example/?x=1&code=c#");
    }

    proptest! {
        #[test]
        fn any_change_is_another_uri(at in 0..30_usize, to in any::<char>()) {
            let registered = "https://app.example/callback?x=1";
            let mut changed = registered.chars().collect::<Vec<_>>();
            changed[at] = to;
            let changed = changed.into_iter().collect::<String>();
            prop_assert_eq!(matches(registered, &changed, ClientType::Native), registered == changed);
        }

        #[test]
        fn registration_never_panics(text in any::<String>()) {
            let _ = check_registration(&text, ClientType::Native);
        }
    }
}
